import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { activationScale, planQuantisation, quantiseWeights } from '../../src/inference/quantisation.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { loadModel } from '../../src/models/load.js';
import { quantiseModel } from '../../src/models/quantise.js';
import { createScorer, isClipScorer, judgingGraph, scorerOf } from '../../src/models/scorers.js';
import { parseTopology } from '../../src/topology/lint.js';
import { PACKAGE_FOLDER } from '../../src/topology/cards.js';
import { picture, temporaryFolder, writeModel } from './support.js';

const shipped = (name: string): string => join(PACKAGE_FOLDER, 'weights', `${name}.card.json`);

test('weights are stored with a scale for each output channel, in seven bits', () => {
  const { values, scales } = quantiseWeights({ dims: [2, 2], data: Float32Array.of(64, -32, 0.5, 0.25) });
  assert.deepEqual([...values], [64, -32, 64, 32]);
  assert.deepEqual([...scales], [1, Math.fround(0.5 / 64)]);
});

test('the scale of an inner value holds zero exactly', () => {
  assert.deepEqual(activationScale([0, 255]), { scale: 1, zeroPoint: 0 });
  assert.deepEqual(activationScale([2, 510]), { scale: 2, zeroPoint: 0 });
  assert.deepEqual(activationScale([-51, 204]), { scale: 1, zeroPoint: 51 });
  assert.deepEqual(activationScale([0, 0]), { scale: 1, zeroPoint: 0 });
});

test('first convolution, results and fully connected layers stay float32', async () => {
  const model = await loadModel(shipped('srm-residual'));
  const { nodes } = planQuantisation(servingGraph(judgingGraph(model), model.parameters));
  assert.ok(nodes.has('layer1') && nodes.has('layer3.bn2'));
  for (const name of ['residuals', 'frame_head', 'features']) assert.ok(!nodes.has(name), name);
});

test('int8 of the shipped model stays near float32, and a face scores the same alone and in any batch', async () => {
  const [float32, int8] = [await createScorer({ card: shipped('srm-residual') }), await createScorer({ card: shipped('srm-residual'), precision: 'int8' })];
  assert.ok(!isClipScorer(float32) && !isClipScorer(int8));
  assert.deepEqual([float32.identity.precision, int8.identity.precision], ['float32', 'int8']);
  assert.notEqual(float32.identity.digest, int8.identity.digest, 'the ranges are a part of what int8 runs');
  const faces = Array.from({ length: 8 }, (_, i) => ({ crop: picture(`face ${i}`) }));
  const [wanted, got] = [await float32.score(faces), await int8.score(faces)];
  got.forEach((score, i) => assert.ok(Math.abs(score - wanted[i]!) < 0.1, `face ${i}: ${score} for ${wanted[i]}`));
  assert.notDeepEqual(got, wanted);
  for (const [i, face] of faces.entries()) assert.deepEqual(await int8.score([face]), [got[i]]);
  for (const size of [2, 3, 5]) assert.deepEqual(await int8.score(faces.slice(1, 1 + size)), got.slice(1, 1 + size));
  assert.deepEqual(await int8.score(faces.toReversed()), got.toReversed());
  await Promise.all([float32.close(), int8.close()]);
});

test('a clip scores the same in int8 alone and beside another', async () => {
  const scorer = await createScorer({ card: shipped('srm-residual-gru'), precision: 'int8' });
  assert.ok(isClipScorer(scorer));
  const clips = ['a', 'b'].map((seed) => ({ faces: Array.from({ length: 16 }, (_, i) => ({ crop: picture(`${seed} ${i}`) }) as never) }));
  const both = await scorer.score(clips);
  assert.deepEqual(await scorer.score(clips.slice(1)), both.slice(1));
  await scorer.close();
});

test('calibration keeps the ranges with the smallest loss and measures AUC where labels are known', async (t) => {
  const model = await loadModel(await writeModel(await temporaryFolder(t), 'srm-residual'));
  const items = Array.from({ length: 20 }, (_, i) => ({ crops: [picture(`item ${i}`)], label: i % 4 < 2 ? ('real' as const) : ('forged' as const) }));
  const measured = await quantiseModel(model, items);
  assert.deepEqual([measured.items, measured.difference.items, measured.difference.heldOut, measured.auc?.items], [10, 10, true, 10]);
  assert.ok(measured.difference.mean < 0.05 && measured.difference.mean <= measured.difference.largest);
  const scorer = await scorerOf(model, { ranges: new Map(Object.entries(measured.ranges)) });
  await scorer.close();
  await assert.rejects(scorerOf(model, { ranges: new Map() }), { code: 'FW_MODEL_CARD', message: /no range of .*models quantise/ });
});

test('int8 of a card without a quantisation is refused, naming the command', async (t) => {
  const card = await writeModel(await temporaryFolder(t), 'srm-residual');
  await assert.rejects(createScorer({ card, precision: 'int8' }), { code: 'FW_PRECISION_MISSING', message: /framewitness models quantise/ });
});

test('int8 with TensorFlow.js is a mistake of the topology', () => {
  const text = (executor: string): string => `version: "1.0"\nstages: { score: { models: [{ name: a, card: "builtin:srm-residual", executor: ${executor}, precision: int8 }] } }\n`;
  const problems = parseTopology(text('tensorflow'), 't.yaml').problems.filter(({ path }) => path.includes('precision'));
  assert.equal(problems.length, 1);
  assert.match(problems[0]!.hint, /onnxruntime/);
  assert.deepEqual(parseTopology(text('onnxruntime'), 't.yaml').problems.filter(({ path }) => path.includes('precision')), []);
});
