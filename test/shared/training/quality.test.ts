import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import type { RgbImage } from '../../../src/domain/media.js';
import { rocAuc } from '../../../src/evaluation/metrics.js';
import { openExampleSource } from '../../../src/training/examples.js';

const SHARED = process.env['FRAMEWITNESS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');
const folder = mkdtempSync(join(tmpdir(), 'framewitness-quality-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What a blur would take away: the energy of the difference from the four neighbours, green alone. */
function fineEnergy({ size, data }: RgbImage): number {
  let sum = 0;
  for (let y = 1; y < size - 1; y++) {
    for (let x = 1; x < size - 1; x++) {
      const i = (y * size + x) * 3 + 1;
      sum += (data[i]! - (data[i - 3]! + data[i + 3]! + data[i - 3 * size]! + data[i + 3 * size]!) / 4) ** 2;
    }
  }
  return sum;
}

test('neither sharpness nor brightness tells self-blended forgeries from real faces', async () => {
  const pictures = ['video_faces/real', 'train_faces/ytf_udacity'].flatMap((name) => readdirSync(join(SHARED, 'data', name)).filter((_, i) => i % 14 === 0).map((file) => ({ path: join(SHARED, 'data', name, file), kind: 'image', label: 'real', dataset: name })));
  const manifest = join(folder, 'faces.jsonl');
  writeFileSync(manifest, [{ schema: 'framewitness.manifest/1' }, ...pictures].map((line) => `${JSON.stringify(line)}\n`).join(''));
  const source = await openExampleSource({ recipe: 'self-blended', faces: [manifest], batchSize: 64, inputSize: 128, clipLength: 1, seed: 5, workers: 2 });
  const examples = (await Promise.all(Array.from({ length: 12 }, (_, i) => source.batch(i)))).flat();
  await source.close();
  const labels = examples.map(({ label }) => label);
  const auc = (of: (crop: RgbImage) => number): number => rocAuc(labels, examples.map(({ crops }) => of(crops[0]!))) ?? NaN;
  const [sharpness, brightness] = [auc(fineEnergy), auc(({ data }) => data.reduce((sum, value) => sum + value, 0))];
  assert.ok(Math.abs(sharpness - 0.5) < 0.06 && Math.abs(brightness - 0.5) < 0.06, `AUC of sharpness ${sharpness}, of brightness ${brightness}`);
});
