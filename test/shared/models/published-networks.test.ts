import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { checkParity } from '../../../src/models/parity-check.js';
import { readFixtures } from '../../../src/models/parity-fixture.js';
import { findFixtureNetwork, findNetwork } from '../../../src/models/registry.js';
import { openServing, stateDictOf, stateDictOfListing } from '../../models/published-networks.js';

const SHARED = process.env['FRAMEWITNESS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');

/** Listings, with what our keys begin with and theirs do not. */
const LISTINGS = [
  { network: 'dual-level-gru', listing: 'pu2022_Baseline_gru_dual', prefix: '' },
  { network: 'dual-level-lstm', listing: 'pu2022_Baseline_lstm_dual', prefix: '' },
  { network: 'lgrr', listing: 'lgrr_CDCN_my', prefix: '' },
  { network: 'capsule-forensics-v2', listing: 'capsule_forensics_v2_CapsuleNet', prefix: 'capnet.' },
  { network: 'dsp-fwa', listing: 'fwa_SPPNet50', prefix: '' },
] as const;

for (const { network: name, listing, prefix } of LISTINGS) {
  test(`${name} asks for exactly the tensors of the published state dict, apart from those it names as unused`, async () => {
    const network = findNetwork(name);
    const published = stateDictOfListing(await readFile(`${SHARED}/models/state_dicts/${listing}.txt`, 'utf8'), network.checkpoint?.unused ?? []);
    const own = stateDictOf(network).filter((tensor) => tensor.startsWith(prefix)).map((tensor) => tensor.slice(prefix.length));
    assert.deepEqual(own, published);
  });
}

const OWN = ['dual_level_gru', 'dual_level_lstm', 'dual_level_crnn_lstm', 'capsule', 'fwa', 'lgrr'];
const VARIANTS = ['dual_level_bigru', 'dual_level_bilstm', 'dual_level_cnn', 'dual_level_dct'];
const fixtures = [
  ...(await readFixtures(`${SHARED}/models/parity`)).filter(({ fixture }) => OWN.includes(fixture.model)),
  ...(await readFixtures(new URL('../../fixtures/parity', import.meta.url).pathname)).filter(({ fixture }) => VARIANTS.includes(fixture.model)),
];
assert.equal(fixtures.length, OWN.length + VARIANTS.length);

for (const { fixture } of fixtures) {
  test(`${fixture.model} agrees with the published numbers at every output and probed layer`, async () => {
    const result = await checkParity(fixture, findFixtureNetwork(fixture.model)!, openServing);
    assert.deepEqual([...result.outputs, ...result.probes].filter(({ agrees }) => !agrees), []);
    assert.ok(result.agrees);
    assert.deepEqual(result.unmatchedProbes, []);
  });
}
