import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { importModel, readCheckpointFile } from '../../../src/models/import-model.js';
import { findNetwork } from '../../../src/models/registry.js';
import { createScorer, isClipScorer } from '../../../src/models/scorers.js';

const SHARED = process.env['FRAMEWITNESS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');
const WEIGHTS = join(SHARED, 'models/weights');

test('every published checkpoint is read, and the evil one refused by the name of what it asks for', async () => {
  const counts: Record<string, number> = {};
  for (const folder of ['mesonet', 'capsule_forensics_v1', 'fakeavceleb_meso', '3ddfa_v2_mb05', '../checkpoints']) {
    for (const name of (await readdir(join(WEIGHTS, folder))).filter((file) => /\.(pth|pt|h5)$/.test(file))) {
      const reading = readCheckpointFile(join(WEIGHTS, folder, name));
      if (name.startsWith('evil')) await assert.rejects(reading, { code: 'FW_CHECKPOINT_UNSAFE', message: /posix\.system/ });
      else {
        const { checkpoint } = await reading;
        assert.ok([...checkpoint.tensors.values()].every(({ data }) => data.every(Number.isFinite)), name);
        counts[name] = checkpoint.tensors.size;
      }
    }
  }
  assert.equal(Object.keys(counts).length, 17);
  assert.deepEqual([counts['Meso4_DF.h5'], counts['MesoInception_DF.h5'], counts['deepfakes_capsule_95.pt'], counts['mb05_120x120.pth'], counts['MesoInception4_realA_fakeC.pt']], [28, 52, 73, 166, 35]);
});

test('weights that belong to a network fit it, tensor for tensor', async () => {
  const pairs = [
    ['mesonet/Meso4_DF.h5', 'meso4-keras', 256],
    ['mesonet/Meso4_F2F.h5', 'meso4-keras', 256],
    ['mesonet/MesoInception_DF.h5', 'meso-inception4-keras', 256],
    ['mesonet/MesoInception_F2F.h5', 'meso-inception4-keras', 256],
    ['fakeavceleb_meso/Meso4_realA_fakeC.pt', 'meso4', 224],
    ['fakeavceleb_meso/MesoInception4_realA_fakeC.pt', 'meso-inception4', 224],
  ] as const;
  for (const [file, name, inputSize] of pairs) {
    const { weights } = await importModel(findNetwork(name), [{ path: join(WEIGHTS, file) }], { name: 'x', shape: { inputSize, clipLength: 1 } });
    assert.ok(weights.length > 50_000, file);
  }
  // The capsules are published without the VGG-19 that they read: exactly its tensors are missing.
  await assert.rejects(importModel(findNetwork('capsule-forensics-v1'), [{ path: join(WEIGHTS, 'capsule_forensics_v1/deepfakes_capsule_95.pt') }], { name: 'x' }), (error: unknown) => {
    assert.ok(error instanceof Error);
    const problems = error.message.split('\n').slice(1);
    assert.ok(problems.length > 0 && problems.every((problem) => /^ {2}missing vgg_ext\./.test(problem)), error.message);
    return true;
  });
});

test("Meso4's published weights say of its authors' four pictures what the authors say", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'framewitness-meso-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { weights, card } = await importModel(findNetwork('meso4-keras'), [{ path: join(WEIGHTS, 'mesonet/Meso4_DF.h5') }], { name: 'meso4-df' });
  await writeFile(join(folder, card.weights.file), weights);
  await writeFile(join(folder, 'meso4-df.card.json'), JSON.stringify(card));
  const scorer = await createScorer({ card: join(folder, 'meso4-df.card.json') });
  assert.ok(!isClipScorer(scorer));
  const pictures = join(SHARED, 'data/eval_faces/mesonet');
  const scoresIn = async (kind: 'real' | 'fake'): Promise<readonly string[]> => {
    const scores: string[] = [];
    for (const name of (await readdir(join(pictures, kind))).sort()) {
      const { data, info } = await sharp(join(pictures, kind, name)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      assert.equal(info.width, info.height);
      const [probability] = await scorer.score([{ crop: { size: info.width, data: Uint8Array.from(data) } }]);
      scores.push(probability!.toFixed(2));
    }
    return scores.sort();
  };
  assert.deepEqual(await scoresIn('real'), ['0.00', '0.01']);
  assert.deepEqual(await scoresIn('fake'), ['0.95', '0.98']);
  await scorer.close();
});
