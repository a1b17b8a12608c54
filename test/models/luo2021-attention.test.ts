import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { dualCrossAttention, featureResiduals, pictureResiduals } from '../../src/models/luo2021-attention.js';
import { parityInput, parityParameters } from '../../src/models/parity.js';
import { SRM_FILTERS } from '../../src/models/srm-filters.js';
import { runGraph, runOperation, tensor } from '../inference/support.js';

test('the filters see neither a flat picture nor an even slope', () => {
  for (const taps of SRM_FILTERS) {
    const moment = (weight: (row: number, column: number) => number): number => taps.reduce((sum, tap, i) => sum + tap * weight(Math.floor(i / 5) - 2, (i % 5) - 2), 0);
    for (const weight of [() => 1, (row: number) => row, (_: number, column: number) => column]) assert.ok(Math.abs(moment(weight)) < 1e-12);
  }
});

test('residuals of a picture sum over its colours and are clipped at three', async () => {
  // One bright pixel in the middle, in red alone, then in all colours.
  const picture = (colours: number): Float32Array => Float32Array.from({ length: 75 }, (_, i) => (i % 25 === 12 && i < 25 * colours ? 1 : 0));
  const centres = async (colours: number): Promise<readonly number[]> => {
    const { data } = await runOperation(tensor([1, 3, 5, 5], picture(colours)), (g, x) => pictureResiduals(g, 'srm', x));
    return [12, 37, 62].map((i) => data[i]!);
  };
  assert.deepEqual(await centres(1), [-1, -1, -1]);
  assert.deepEqual(await centres(3), [-3, -3, -3]);
  const { data } = await runOperation(tensor([1, 3, 5, 5], picture(3).map((value) => -2 * value)), (g, x) => pictureResiduals(g, 'srm', x));
  assert.deepEqual([12, 37, 62].map((i) => data[i]), [3, 3, 3]);
});

test('residuals of features come filter after filter, three in a row for each channel, as the published weights expect', () => {
  const graph = buildGraph('residuals', (g) => ({ y: featureResiduals(g, 'srm', g.input('x', ['N', 4, 8, 8])) }));
  const [, kernel] = graph.nodes.find(({ operation }) => operation.op === 'conv2d')!.inputs;
  assert.ok(kernel?.origin.kind === 'constant');
  const { data } = kernel.origin;
  const rows = Array.from({ length: 12 }, (_, row) => SRM_FILTERS.findIndex((taps) => taps.every((tap, i) => Math.abs(tap - data[25 * row + i]!) < 1e-6)));
  // Channel 0 meets the first filter three times, channel 1 the first and the second, …
  assert.deepEqual(rows, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
});

test('with both factors at zero, where training starts, each stream keeps its features; otherwise each takes from the other', async () => {
  const graph = buildGraph('attention', (g) => {
    const [x, y] = dualCrossAttention(g, 'cma', g.input('a', ['N', 8, 2, 3]), g.input('b', ['N', 8, 2, 3]));
    return { x, y };
  });
  const parameters = new Map(parityParameters(graph, 'attention', 1));
  const inputs = { a: parityInput('a', [2, 8, 2, 3]), b: parityInput('b', [2, 8, 2, 3]) };
  const mixed = await runGraph(servingGraph(graph, parameters), inputs);
  for (const [output, own] of [['x', inputs.a], ['y', inputs.b]] as const) {
    assert.deepEqual(mixed[output]!.dims, own.dims);
    assert.ok(mixed[output]!.data.some((value, i) => Math.abs(value - own.data[i]!) > 1e-3));
  }
  for (const key of ['cma.gamma1', 'cma.gamma2']) parameters.set(key, tensor([1], [0]));
  const kept = await runGraph(servingGraph(graph, parameters), inputs);
  assert.deepEqual([...kept['x']!.data], [...inputs.a.data]);
  assert.deepEqual([...kept['y']!.data], [...inputs.b.data]);
});
