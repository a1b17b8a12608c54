import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphStatistics } from '../../src/inference/graph-statistics.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { decide } from '../../src/models/decision.js';
import { parityInput, parityParameters } from '../../src/models/parity.js';
import { networkGraph } from '../../src/models/registry.js';
import { XCEPTION } from '../../src/models/xception.js';
import { runGraph } from '../inference/support.js';
import { assertParity, factsOf, stateDictOf } from './published-networks.js';

test('xception agrees with PyTorch at its output and every probed layer', () => assertParity('xception'));

test('the network asks for the tensors of the published state dict, and does the published work', () => {
  assert.deepEqual(factsOf(stateDictOf(XCEPTION)), { tensors: 236, elements: 20_865_578, digest: 'aaa6556ce0184728cf2466703189834794ad20e5a908a4905eb46aa44019abe3' });
  assert.deepEqual(graphStatistics(networkGraph(XCEPTION)), { parameters: 20_811_050, multiplyAdds: 8_355_359_592 });
});

test('faces of other sizes are judged, each alone as beside others, and no normalisation is left to serve', async () => {
  const graph = networkGraph(XCEPTION, { inputSize: 71, clipLength: 1 });
  const served = servingGraph(graph, parityParameters(graph, 'another seed', 0.7));
  assert.ok(served.nodes.every(({ operation }) => operation.op !== 'batchNorm'));
  const both = parityInput('another seed', [2, 3, 71, 71]);
  const second = { dims: [1, 3, 71, 71], data: both.data.slice(both.data.length / 2) };
  const [{ logits }, alone] = [await runGraph(served, { input: both }), await runGraph(served, { input: second })];
  assert.deepEqual(logits!.dims, [2, 2]);
  assert.deepEqual([...logits!.data.slice(2)], [...alone['logits']!.data]);
  assert.notDeepEqual([...logits!.data.slice(0, 2)], [...alone['logits']!.data]);
});

test('class 1 is forged', () => {
  assert.deepEqual([...decide(XCEPTION.decision, { logits: { dims: [1, 2], data: Float32Array.of(-1, 2) } }, 1)], [3]);
});
