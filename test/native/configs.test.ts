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

/** Parameters without a slope: gates behind a step function, and outputs of LGRR that no term of its published loss reads. */
const NO_SLOPE: Readonly<Record<string, readonly string[]>> = {
  'dual-level-dct-gated': ['inp_GM.'],
  'lgrr': ['c11.', 'lastconv3.', 'lastconv4.', 'lastconv33.', 'lastconv44.', 'lastconv333.', 'lastconv444.'],
};

for (const published of publishedConfigs().filter(({ loaded }) => !SMALL.includes(loaded.config.network))) {
  const { network, frozen } = published.loaded.config;
  test(`${published.file}.yaml: two steps move every parameter of ${network} that is to move`, async () => {
    const { unmoved, parts } = await twoSteps(smallestTraining(published, faces, folder), 'node');
    const still = [...frozen, ...(NO_SLOPE[network] ?? [])];
    assert.deepEqual(unmoved.filter((key) => !still.some((beginning) => key.startsWith(beginning))), []);
    for (const beginning of still) assert.ok(unmoved.some((key) => key.startsWith(beginning)), `${beginning} moved`);
    if (network === 'cao2021') assert.deepEqual(parts, ['metric', 'mask', 'pair', 'attention', 'adversarial']);
  });
}
