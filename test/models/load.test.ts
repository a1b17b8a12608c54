import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSafetensors, writeSafetensors } from '../../src/inference/safetensors.js';
import { parseCard, sha256Hex } from '../../src/models/card.js';
import { listModels, loadModel, readCard } from '../../src/models/load.js';
import { findNetwork, NETWORKS } from '../../src/models/registry.js';
import { cardFor, temporaryFolder, writeModel } from './support.js';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

test('a model is loaded with its identity, card, graph and parameters', async (t) => {
  const path = await writeModel(await temporaryFolder(t), 'srm-residual');
  const { identity, card, graph, parameters } = await loadModel(path);
  assert.match(identity.digest, DIGEST);
  assert.deepEqual({ ...identity, digest: '' }, { name: 'srm-residual', network: 'srm-residual', kind: 'frame', digest: '', executor: 'onnxruntime-cpu', precision: 'float32' });
  assert.equal(card.calibration.scale, 2);
  assert.deepEqual([...parameters.keys()], [...graph.parameters.keys()]);
  assert.equal((await loadModel(path, { name: 'mine' })).identity.name, 'mine');
  assert.deepEqual(await readCard(path), card);
});

test('the digest follows weights and card, and not the card\'s layout', async (t) => {
  const folder = await temporaryFolder(t);
  const path = await writeModel(folder, 'srm-residual');
  const digest = async (): Promise<string> => (await loadModel(path)).identity.digest;
  const original = await digest();
  const card = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify(Object.fromEntries(Object.entries(card).reverse())));
  assert.equal(await digest(), original);
  await writeFile(path, JSON.stringify({ ...card, calibration: { ...(card['calibration'] as object), offset: -0.2500001 } }));
  assert.notEqual(await digest(), original);
  const weightsPath = join(folder, 'srm-residual.safetensors');
  const tensors = new Map(readSafetensors(await readFile(weightsPath)).tensors);
  tensors.set('frame_head.bias', { dims: [1], data: Float32Array.of(0.125) });
  const changed = writeSafetensors(tensors);
  await writeFile(weightsPath, changed);
  await writeFile(path, JSON.stringify(cardFor('srm-residual', sha256Hex(changed))));
  assert.notEqual(await digest(), original);
});

test('weights with one changed byte are refused', async (t) => {
  const folder = await temporaryFolder(t);
  const path = await writeModel(folder, 'srm-residual');
  const weightsPath = join(folder, 'srm-residual.safetensors');
  const bytes = await readFile(weightsPath);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(weightsPath, bytes);
  await assert.rejects(loadModel(path), { code: 'FW_MODEL_CARD', message: /srm-residual\.safetensors have SHA-256 [0-9a-f]{64}, the card says/ });
});

test('weights of another network are refused, every tensor listed', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModel(folder, 'srm-residual');
  const path = await writeModel(folder, 'srm-residual-gru');
  const other = await readFile(join(folder, 'srm-residual.safetensors'));
  await writeFile(path, JSON.stringify(cardFor('srm-residual-gru', sha256Hex(other), { weights: { file: 'srm-residual.safetensors', sha256: sha256Hex(other) } })));
  await assert.rejects(loadModel(path), { code: 'FW_MODEL_WEIGHTS', message: /missing backbone\.rgb\.conv\.weight[\s\S]*missing gru\.weight_ih_l0[\s\S]*surplus rgb\.conv\.weight/ });
});

test('what is missing is named: card, weights, folder', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(loadModel(join(folder, 'none.card.json')), { code: 'FW_MODEL_CARD', message: /none\.card\.json: cannot be read/ });
  await assert.rejects(listModels(join(folder, 'none')), { code: 'FW_MODEL_CARD', message: /cannot be read/ });
  const path = join(folder, 'x.card.json');
  await writeFile(path, JSON.stringify(cardFor('srm-residual', '0'.repeat(64), { weights: { file: 'gone.safetensors', sha256: '0'.repeat(64) } })));
  await assert.rejects(loadModel(path), { code: 'FW_MODEL_WEIGHTS', message: /gone\.safetensors: cannot be read/ });
});

test('a card at odds with its network is refused, every difference listed', async (t) => {
  const path = await writeModel(await temporaryFolder(t), 'srm-residual', { kind: 'clip', input: { size: 64, clipLength: 16, range: 'rgb/127.5-1', cropScale: 1.3, layout: 'NCHW' } });
  await assert.rejects(loadModel(path), { code: 'FW_MODEL_CARD', message: /kind is clip.*input\.size is 64.*input\.clipLength is 16/ });
});

test('an unknown network is refused with the names that there are', async (t) => {
  const path = await writeModel(await temporaryFolder(t), 'srm-residual', { network: 'eyeball' });
  await assert.rejects(loadModel(path), { code: 'FW_MODEL_UNKNOWN', message: /no network eyeball; networks: srm-residual, srm-residual-gru/ });
});

test('a card that is not one is refused with every mistake', () => {
  assert.throws(() => parseCard('{', 'c.json'), { code: 'FW_MODEL_CARD', message: /c\.json: it is not JSON/ });
  const bad = cardFor('srm-residual', 'ABC', { schema: 'framewitness.model-card/2', weights: { file: '../../etc/passwd', sha256: 'ABC' }, calibration: { method: 'isotonic' } });
  assert.throws(() => parseCard(JSON.stringify(bad), 'c.json'), (error: unknown) => {
    assert.ok(error instanceof Error);
    for (const part of ['schema:', 'weights.file: must be the plain name of a file beside the card', 'weights.sha256: must be 64', 'calibration.method:', 'calibration.scale:']) assert.ok(error.message.includes(part), part);
    return true;
  });
  for (const file of ['/etc/passwd', 'a/b', '..', '.hidden', 'a\\b', '']) {
    assert.throws(() => parseCard(JSON.stringify(cardFor('srm-residual', '0'.repeat(64), { weights: { file, sha256: '0'.repeat(64) } })), 'c.json'), { code: 'FW_MODEL_CARD' }, file);
  }
});

test('models are listed with size, work, licence and metrics, in the order of their names', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModel(folder, 'srm-residual-gru');
  await writeModel(folder, 'srm-residual');
  await writeFile(join(folder, 'notes.txt'), 'not a card');
  const models = await listModels(folder);
  assert.deepEqual(models.map(({ name, kind, parameters }) => [name, kind, parameters]), [
    ['srm-residual', 'frame', 552_897],
    ['srm-residual-gru', 'clip', 596_354],
  ]);
  const [frame, clip] = models;
  assert.ok(frame!.multiplyAdds > 1e8 && frame!.multiplyAdds < 1.2e8, String(frame!.multiplyAdds));
  assert.ok(clip!.multiplyAdds > 16 * frame!.multiplyAdds);
  assert.match(frame!.digest, DIGEST);
  assert.equal(frame!.digest, (await loadModel(frame!.card)).identity.digest);
  assert.deepEqual(frame!.licence, { weights: 'Apache-2.0', code: 'Apache-2.0' });
  assert.equal(frame!.metrics[0]!.value, 0.5);
});

test('every registered network has a name of its own, is found by it, and says what its outputs mean', () => {
  assert.equal(new Set(NETWORKS.map(({ name }) => name)).size, NETWORKS.length);
  for (const network of NETWORKS) {
    assert.equal(findNetwork(network.name), network);
    assert.ok(network.outputs.every(({ meaning }) => meaning.length > 10));
  }
});
