import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { findNetwork } from '../../../src/models/registry.js';
import { assertParity, stateDictOf, stateDictOfListing } from '../../models/published-networks.js';

const SHARED = process.env['FRAMEWITNESS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');

/** Listings that make up each network, with what our keys put before theirs. */
const LISTINGS = {
  xception: [['xception_ffpp', '']],
  meso4: [['deepfakebench_Meso4', '']],
  'meso-inception4': [['deepfakebench_MesoInception4', '']],
  cao2021: [['cao2021_Head_reg', 'head.'], ['cao2021_Tail', 'tail.']],
  luo2021: [['luo2021_Two_Stream_Net', '']],
  'luo2021-deepfakebench': [['deepfakebench_SRMDetector', '']],
  msfrnet: [['msfr_VGG_based_multi', '']],
} as const;

for (const [name, parts] of Object.entries(LISTINGS)) {
  test(`${name} asks for exactly the tensors of the published state dict, apart from those it names as unused`, async () => {
    const network = findNetwork(name);
    const published = await Promise.all(parts.map(async ([listing, prefix]) => {
      const text = await readFile(`${SHARED}/models/state_dicts/${listing}.txt`, 'utf8');
      return stateDictOfListing(text, network.checkpoint?.unused ?? []).map((tensor) => `${prefix}${tensor}`);
    }));
    assert.deepEqual(stateDictOf(network), published.flat().sort());
  });
}

// The heavy ones; the others are checked in test/models, from the same committed fixtures.
for (const model of ['cao2021', 'luo2021', 'msfrnet']) {
  test(`${model} agrees with the published numbers at every output and probed layer`, () => assertParity(model));
}
