import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { decide } from '../../src/models/decision.js';
import { DUAL_LEVEL_GRU } from '../../src/models/dual-level.js';
import { checkParity } from '../../src/models/parity-check.js';
import { readFixtures } from '../../src/models/parity-fixture.js';
import { findFixtureNetwork, findNetwork, networkGraph, NETWORKS } from '../../src/models/registry.js';
import { factsOf, openServing, stateDictOf } from './published-networks.js';

const fixtures = await readFixtures(new URL('../fixtures/parity', import.meta.url).pathname);
/** Light enough for every run; the others are checked in test/shared. */
const LIGHT = ['dual_level_gru', 'dual_level_crnn_gru', 'dual_level_dct_gated', 'dual_level_resnet3d', 'dual_level_vit', 'dual_level_resvit'];

for (const { fixture } of fixtures.filter(({ fixture: { model } }) => LIGHT.includes(model))) {
  test(`${fixture.model} agrees with PyTorch at every output and probed layer`, async () => {
    const result = await checkParity(fixture, findFixtureNetwork(fixture.model)!, openServing);
    assert.deepEqual([...result.outputs, ...result.probes].filter(({ agrees }) => !agrees), []);
    assert.ok(result.agrees && result.outputs.length === fixture.outputs.length);
    assert.deepEqual(result.unmatchedProbes, []);
  });
}

test('the networks ask for the tensors of the published state dicts, by name and shape', () => {
  const digests = Object.fromEntries(['dual-level-gru', 'dual-level-lstm'].map((name) => [name, factsOf(stateDictOf(findNetwork(name)))]));
  assert.deepEqual(digests, {
    'dual-level-gru': { tensors: 281, elements: 26_122_178, digest: 'b11b5324399f8fae4c90ee9fa31e8f4d226a8e8e0f40251ca2bdead67faf8306' },
    'dual-level-lstm': { tensors: 281, elements: 26_975_682, digest: 'f9bea22de0efd7be3cd65aba5d8e37faf27a74327224406c21d03b43bc3f260a' },
  });
});

test('clips of any allowed length and faces of any allowed size are built for, others are refused', () => {
  for (const network of NETWORKS.filter(({ name, kind }) => name.startsWith('dual-level') && kind === 'clip')) {
    for (const clipLength of [1, 2, 19]) {
      const graph = networkGraph(network, { inputSize: network.inputSizes === undefined ? network.inputSize : 96, clipLength });
      const clip = graph.outputs.find(({ name }) => name === 'clip')!.value;
      assert.deepEqual(clip.shape, ['N', network.decision.kind === 'softmax' ? 2 : 1], network.name);
    }
    const tooLong = network.clipLengths!.maximum + 1;
    assert.throws(() => networkGraph(network, { inputSize: network.inputSize, clipLength: tooLong }), { code: 'FW_MODEL_GRAPH', message: new RegExp(`clips of ${tooLong}`) });
  }
  const two = buildGraph('x', (g) => DUAL_LEVEL_GRU.define(g, { inputSize: 64, clipLength: 7 }));
  assert.deepEqual(two.outputs.map(({ name, value }) => [name, value.shape]), [['clip', ['N', 1]], ['frame', ['N', 7]]]);
});

test('as in the published training lists a positive logit speaks for an authentic face', () => {
  const outputs = { clip: { dims: [2, 1], data: Float32Array.of(3, -2) }, frame: { dims: [2, 2], data: Float32Array.of(1, -1, 2, 4) } };
  assert.deepEqual([...decide(DUAL_LEVEL_GRU.decision, outputs, 2)], [-3, 2]);
  assert.deepEqual([...decide(DUAL_LEVEL_GRU.frameDecision!, outputs, 4)], [-1, 1, -2, -4]);
});
