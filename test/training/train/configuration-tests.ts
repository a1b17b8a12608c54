/** Two steps of the configurations of large networks, made as small as they can be, in native TensorFlow.js, as `train` takes them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pairedManifestIn } from '../augmentation/sample-faces.js';
import { publishedConfigs, smallestTraining, SMALL } from './published-configs.js';
import { twoSteps } from './two-steps.js';

/** Parameters without a slope: gates behind a step function, and outputs of LGRR that no term of its published loss reads. */
const NO_SLOPE: Readonly<Record<string, readonly string[]>> = {
  'dual-level-dct-gated': ['inp_GM.'],
  'lgrr': ['c11.', 'lastconv3.', 'lastconv4.', 'lastconv33.', 'lastconv44.', 'lastconv333.', 'lastconv444.'],
};

/** Published systems themselves. Their variants and the other large networks take too long for every run, and the critic of Cao et al. too much memory: 12 GB. */
export const SYSTEMS: readonly string[] = ['msfrnet', 'luo2021', 'dual-level-gru', 'lgrr'];

/** A test for each configuration of a large network. @param wanted - whether one is tested here */
export function configurationTests(wanted: (network: string) => boolean): void {
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-configs-'));
  let faces = '';
  before(async () => {
    faces = await pairedManifestIn(folder);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const published of publishedConfigs().filter(({ loaded }) => !SMALL.includes(loaded.config.network) && wanted(loaded.config.network))) {
    const { network, frozen } = published.loaded.config;
    test(`${published.file}.yaml: two steps move every parameter of ${network} that is to move`, async () => {
      const { unmoved, parts } = await twoSteps(smallestTraining(published, faces, folder), 'node');
      const still = [...frozen, ...(NO_SLOPE[network] ?? [])];
      assert.deepEqual(unmoved.filter((key) => !still.some((beginning) => key.startsWith(beginning))), []);
      for (const beginning of still) assert.ok(unmoved.some((key) => key.startsWith(beginning)), `${beginning} moved`);
      if (network === 'cao2021') assert.deepEqual(parts, ['metric', 'mask', 'pair', 'attention', 'adversarial']);
    });
  }
}
