import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAPSULE_FORENSICS_V1, CAPSULE_FORENSICS_V2 } from '../../src/models/capsule.js';
import { decide } from '../../src/models/decision.js';
import { checkParity } from '../../src/models/parity-check.js';
import { readFixtures } from '../../src/models/parity-fixture.js';
import { factsOf, openServing, stateDictOf } from './published-networks.js';

const fixtures = await readFixtures(new URL('../fixtures/parity', import.meta.url).pathname);

test('three capsules agree with PyTorch at every output', async () => {
  const { fixture } = fixtures.find(({ fixture: { model } }) => model === 'capsule_v1')!;
  const result = await checkParity(fixture, CAPSULE_FORENSICS_V1, openServing);
  assert.deepEqual(result.outputs.map(({ name, agrees }) => [name, agrees]), [['class_probabilities', true], ['z', true]]);
});

test('ten capsules ask for the tensors of the published state dict, by name and shape', () => {
  const capsules = stateDictOf(CAPSULE_FORENSICS_V2).filter((tensor) => tensor.startsWith('capnet.')).map((tensor) => tensor.slice('capnet.'.length));
  assert.deepEqual(factsOf(capsules), { tensors: 241, elements: 1_572_850, digest: 'b38708bed617f7090ba15ba98596bdb9987c5941b3a88654fad70b8babb25fad' });
});

test('the first version has forged as class 0, the second as class 1', () => {
  const outputs = { class_probabilities: { dims: [1, 2], data: Float32Array.of(0.75, 0.25) } };
  assert.ok(Math.abs(decide(CAPSULE_FORENSICS_V1.decision, outputs, 1)[0]! - Math.log(3)) < 1e-6);
  assert.ok(Math.abs(decide(CAPSULE_FORENSICS_V2.decision, outputs, 1)[0]! + Math.log(3)) < 1e-6);
});
