import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../../src/models/decision.js';
import { DSP_FWA } from '../../src/models/fwa.js';
import { networkGraph } from '../../src/models/registry.js';
import { factsOf, stateDictOf } from './published-networks.js';

test('the network asks for the tensors of the published state dict that its result depends on', () => {
  assert.deepEqual(factsOf(stateDictOf(DSP_FWA)), { tensors: 267, elements: 23_729_090, digest: '9bba37660daec4b6ef38331b86e9f3535f7757b48530774ba35d88e89ac86d88' });
});

test('maps of both allowed sizes give 41 maxima a channel; other sizes are refused', () => {
  for (const inputSize of [192, 224]) {
    const pyramid = networkGraph(DSP_FWA, { inputSize, clipLength: 1 }).nodes.find(({ name }) => name === 'spp')!;
    assert.deepEqual(pyramid.output.shape, ['N', 41 * 2048]);
  }
  assert.throws(() => networkGraph(DSP_FWA, { inputSize: 256, clipLength: 1 }), { code: 'FW_MODEL_GRAPH' });
});

test('class 0 is forged', () => {
  assert.deepEqual([...decide(DSP_FWA.decision, { logits: { dims: [1, 2], data: Float32Array.of(2, -1) } }, 1)], [3]);
});
