/** Configurations of small networks take steps; those of large ones do in test/native. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pairedManifestIn } from './augmentation/sample-faces.js';
import { publishedConfigs, smallestTraining, SMALL } from './train/published-configs.js';
import { twoSteps } from './train/two-steps.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-configs-'));
let faces = '';
before(async () => {
  faces = await pairedManifestIn(folder);
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

for (const published of publishedConfigs().filter(({ loaded }) => SMALL.includes(loaded.config.network))) {
  const { network } = published.loaded.config;
  test(`${published.file}.yaml: two steps move every parameter of ${network}`, async () => {
    const { unmoved } = await twoSteps(smallestTraining(published, faces, folder), 'wasm');
    assert.deepEqual(unmoved, []);
  });
}
