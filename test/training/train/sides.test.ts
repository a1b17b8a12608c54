import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { MANIFEST_SCHEMA, writeManifest, type ManifestItem } from '../../../src/training/manifest.js';
import { loadTrainingConfig } from '../../../src/training/config.js';
import { openTraining } from '../../../src/training/train/open.js';
import { refuseLeaks } from '../../../src/training/train/sides.js';
import type { ExampleOptions } from '../../../src/training/example.js';
import { temporaryFolder } from '../../models/support.js';
import { MINIMAL } from './configuration.js';

type Given = Partial<ManifestItem> & Pick<ManifestItem, 'path'>;

async function listed(folder: string, items: readonly Given[]): Promise<string> {
  const path = join(folder, 'faces.jsonl');
  await writeManifest(path, { header: { schema: MANIFEST_SCHEMA, root: '.' }, items: items.map((item) => ({ kind: 'image', label: 'real', dataset: 'set', ...item })) });
  return path;
}

function part(faces: string, split: ExampleOptions['split'], recipe: ExampleOptions['recipe'] = 'as-is'): ExampleOptions {
  return { recipe, faces: [faces], ...(split === undefined ? {} : { split }), batchSize: 2, inputSize: 64, clipLength: 1, seed: 1, workers: 0 };
}

test('people and sources on both sides are refused, each with the pictures that show it', async (t) => {
  const faces = await listed(await temporaryFolder(t), [
    { path: 'a/1.png', split: 'train', identities: ['anna', 'bo'] },
    { path: 'a/2.png', split: 'val', identities: ['bo'] },
    { path: 'b/1.png', split: 'train', sources: ['033'] },
    { path: 'b/2.png', split: 'val', label: 'fake', method: 'Swap', sources: ['097', '033'] },
    { path: 'c/1.png', split: 'test', identities: ['anna'] },
  ]);
  await assert.rejects(refuseLeaks(part(faces, 'train'), part(faces, 'val')), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'FW_TRAINING_SPLIT');
    assert.match(error.message, /the person bo of set \(a\/1\.png, a\/2\.png\)/);
    assert.match(error.message, /the source 033 of set \(b\/1\.png, b\/2\.png\)/);
    assert.doesNotMatch(error.message, /anna/);
    return true;
  });
  // Against the test split there is one other.
  await assert.rejects(refuseLeaks(part(faces, 'train'), part(faces, 'test')), { code: 'FW_TRAINING_SPLIT', message: /person anna/ });
  await refuseLeaks(part(faces, 'val'), part(faces, 'test'));
});

test('a recipe that forges real faces is not refused for forged ones, which it does not read', async (t) => {
  const faces = await listed(await temporaryFolder(t), [
    { path: '1.png', split: 'train', identities: ['anna'] },
    { path: '2.png', split: 'val', identities: ['bo'] },
    { path: '3.png', split: 'val', label: 'fake', method: 'Swap', identities: ['anna'] },
  ]);
  await refuseLeaks(part(faces, 'train', 'self-blended'), part(faces, 'val', 'self-blended'));
  await assert.rejects(refuseLeaks(part(faces, 'train', 'self-blended'), part(faces, 'val')), { code: 'FW_TRAINING_SPLIT' });
});

test('the same pictures on both sides are refused even where nobody says who is seen, and only the first few are told', async (t) => {
  const faces = await listed(await temporaryFolder(t), Array.from({ length: 8 }, (_, i) => ({ path: `${i}.png` })));
  await assert.rejects(refuseLeaks(part(faces, undefined), part(faces, undefined)), { code: 'FW_TRAINING_SPLIT', message: /set: 0\.png; .*; and 3 more/ });
});

test('a training with a leak is not opened', async (t) => {
  const folder = await temporaryFolder(t);
  await listed(folder, [
    { path: '1.png', split: 'train', identities: ['anna'] },
    { path: '2.png', split: 'val', identities: ['anna'] },
  ]);
  await writeFile(join(folder, 'leak.yaml'), MINIMAL);
  await assert.rejects(openTraining(loadTrainingConfig(join(folder, 'leak.yaml')), { openSource: () => assert.fail('examples were opened') }), { code: 'FW_TRAINING_SPLIT' });
});
