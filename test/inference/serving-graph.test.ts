import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph, Value } from '../../src/inference/graph.js';
import { buildGraph, type GraphBuilder } from '../../src/inference/graph-builder.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { counting, runGraph, tensor } from './support.js';

const build = (define: (g: GraphBuilder, x: Value) => Record<string, Value>): Graph => buildGraph('net', (g) => define(g, g.input('x', ['N', 1, 2, 2])));
const fold = (graph: Graph): readonly string[] => servingGraph(graph, new Map()).nodes.map((node) => node.operation.op);
const ones = (g: GraphBuilder, ...shape: number[]): Value => g.constant('c', shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1));
const norm = (g: GraphBuilder, x: Value): Value => g.batchNorm(x, { weight: ones(g, 1), bias: ones(g, 1), runningMean: ones(g, 1), runningVariance: ones(g, 1) });

/** Folding must not change what a graph computes. */
async function assertUnchanged(graph: Graph): Promise<void> {
  const input = { x: counting([2, 1, 2, 2]) };
  const [before, after] = [await runGraph(graph, input), await runGraph(servingGraph(graph, new Map()), input)];
  for (const { name } of graph.outputs) {
    before[name]!.data.forEach((value, i) => assert.ok(Math.abs(after[name]!.data[i]! - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${name}[${i}]`));
  }
}

test('arithmetic on constants is done once, before the run', async () => {
  const graph = build((g, x) => {
    const kernel = g.sub(g.mul(ones(g, 1, 1, 2, 2), g.scalar(3)), g.transpose(g.reshape(g.constant('t', [4], [1, 2, 3, 4]), [1, 1, 2, 2]), [0, 1, 3, 2]));
    return { y: g.conv2d(x, g.clip(g.relu(kernel), 0, 1.5)) };
  });
  assert.deepEqual(fold(graph), ['conv2d']);
  const served = servingGraph(graph, new Map());
  // 3 - [1 3 / 2 4], through relu and clip: [1.5 0 / 1 0].
  assert.deepEqual(served.nodes[0]!.inputs[1]!.origin, { kind: 'constant', data: Float32Array.of(1.5, 0, 1, 0) });
  await assertUnchanged(graph);
});

test('batch normalisation stays where something else reads the convolution, or where there is none', async () => {
  const shared = build((g, x) => {
    const y = g.conv2d(x, ones(g, 1, 1, 1, 1));
    return { y: g.add(norm(g, y), y) };
  });
  assert.deepEqual(fold(shared), ['conv2d', 'batchNorm', 'add']);
  const published = build((g, x) => {
    const y = g.conv2d(x, ones(g, 1, 1, 1, 1));
    return { y, z: norm(g, y) };
  });
  assert.deepEqual(fold(published), ['conv2d', 'batchNorm']);
  const alone = build((g, x) => ({ y: norm(g, g.relu(x)) }));
  assert.deepEqual(fold(alone), ['relu', 'batchNorm']);
  for (const graph of [shared, published, alone]) await assertUnchanged(graph);
});

test('a chain of normalisation and factors folds into one convolution', async () => {
  const graph = build((g, x) => {
    const y = g.conv2d(g.mul(g.scalar(0.5), x), g.constant('k', [2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), { padding: 1 });
    const stats = (values: readonly number[]): Value => g.constant('s', [2], values);
    const z = g.batchNorm(y, { weight: stats([2, 3]), bias: stats([1, -1]), runningMean: stats([0.5, 4]), runningVariance: stats([2, 0.5]) });
    return { y: g.mul(g.constant('f', [2, 1, 1], [10, -1]), z) };
  });
  assert.deepEqual(fold(graph), ['conv2d']);
  await assertUnchanged(graph);
});

test('factors that are not one number, or one a channel, stay', async () => {
  const spatial = build((g, x) => ({ y: g.mul(g.conv2d(x, ones(g, 1, 1, 1, 1)), g.constant('f', [2, 1], [2, 3])) }));
  assert.deepEqual(fold(spatial), ['conv2d', 'mul']);
  const before = build((g, x) => ({ y: g.conv2d(g.mul(x, g.constant('f', [2], [2, 3])), ones(g, 1, 1, 1, 1)) }));
  assert.deepEqual(fold(before), ['mul', 'conv2d']);
  const square = build((g, x) => ({ y: g.mul(g.conv2d(x, ones(g, 2, 1, 1, 1)), g.constant('f', [2, 1], [2, 3])) }));
  assert.deepEqual(fold(square), ['conv2d', 'mul'], 'two rows are not two channels');
  for (const graph of [spatial, before, square]) await assertUnchanged(graph);
});

test('outputs that are inputs, constants, or one value under two names are served', async () => {
  const graph = build((g, x) => ({ same: x, fixed: g.constant('k', [2], [1, 2]), once: g.relu(x), twice: g.relu(x) }));
  const shared = { ...graph, outputs: [...graph.outputs, { name: 'thrice', value: graph.outputs[2]!.value }] };
  const results = await runGraph(servingGraph(shared, new Map()), { x: tensor([1, 1, 2, 2], [-1, 0, 1, 2]) });
  assert.deepEqual(results['same']!.data, Float32Array.of(-1, 0, 1, 2));
  assert.deepEqual(results['fixed']!.data, Float32Array.of(1, 2));
  for (const name of ['once', 'twice', 'thrice']) assert.deepEqual(results[name]!.data, Float32Array.of(0, 0, 1, 2), name);
});
