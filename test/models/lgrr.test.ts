import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../../src/models/decision.js';
import { LGRR } from '../../src/models/lgrr.js';
import { centralDifference, windows } from '../../src/models/lgrr-blocks.js';
import { parityTensor } from '../../src/models/parity.js';
import { networkGraph } from '../../src/models/registry.js';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { counting, runGraph, runOperation } from '../inference/support.js';
import { factsOf, stateDictOf } from './published-networks.js';

test('the network asks for the tensors of the published state dict that its results depend on', () => {
  assert.deepEqual(factsOf(stateDictOf(LGRR)), { tensors: 269, elements: 6_162_842, digest: 'b2cf36b2499c7c81351277178554293a609cea6abf9b2da67f793564758684f4' });
});

test('every output that the definition names is there, and the map has a place for each of nine windows', () => {
  const graph = networkGraph(LGRR);
  assert.deepEqual(graph.outputs.map(({ name }) => name).sort(), LGRR.outputs.map(({ name }) => name).sort());
  assert.deepEqual(graph.outputs.find(({ name }) => name === LGRR.map!.output)!.value.shape, ['N', 1, 3, 3]);
});

test('the heads of both streams vote, and class 0 is forged', () => {
  const votes = { w_f_c4: { dims: [1, 2], data: Float32Array.of(0.75, 0.25) }, w_res_c4: { dims: [1, 2], data: Float32Array.of(0.5, 0.25) } };
  assert.deepEqual([...decide(LGRR.decision, votes, 1)], [0.75]);
});

test('a central-difference convolution is the plain one less 0.7 times the one of the summed kernel', async () => {
  const weight = parityTensor('x', 'w', [4, 2, 3, 3], 1);
  const x = parityTensor('x', 'input', [1, 2, 5, 6], 1);
  const folded = servingGraph(buildGraph('difference', (g) => ({ y: centralDifference(g, 'd', g.input('x', ['N', 2, 5, 6]), 4) })), new Map([['d.conv.weight', weight]]));
  assert.deepEqual(folded.nodes.map(({ operation }) => operation.op), ['conv2d']);
  const sums = Float32Array.from({ length: 8 }, (_, i) => weight.data.subarray(9 * i, 9 * i + 9).reduce((sum, value) => sum + value, 0));
  const direct = await runOperation(x, (g, input) =>
    g.sub(g.conv2d(input, g.constant('w', [4, 2, 3, 3], weight.data), { padding: 1 }), g.mul(g.conv2d(input, g.constant('s', [4, 2, 1, 1], sums)), g.scalar(0.7))));
  const { y } = await runGraph(folded, { x });
  assert.ok(y!.data.every((value, i) => Math.abs(value - direct.data[i]!) < 1e-6));
});

test('windows stand in rows and are flattened height, width, channel', async () => {
  const cut = await runOperation(counting([1, 2, 6, 6]), (g, x) => windows(g, x, 'windows'));
  assert.deepEqual(cut.dims, [1, 9, 8]);
  // Window 5 is in the second row, third column.
  assert.deepEqual([...cut.data.subarray(40, 48)], [16, 52, 17, 53, 22, 58, 23, 59]);
});
