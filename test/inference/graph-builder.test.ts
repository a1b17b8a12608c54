import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph, Value } from '../../src/inference/graph.js';
import { buildGraph, type GraphBuilder } from '../../src/inference/graph-builder.js';
import { graphStatistics } from '../../src/inference/graph-statistics.js';
import { batchNormalisation, convolution, fullyConnected, recurrentLayers } from '../../src/inference/layers.js';
import { networkGraph } from '../../src/models/registry.js';
import { SRM_RESIDUAL } from '../../src/models/srm-residual.js';
import { SRM_RESIDUAL_GRU } from '../../src/models/srm-residual-gru.js';

const build = (define: (g: GraphBuilder, x: Value) => Value): Graph => buildGraph('net', (g) => ({ y: define(g, g.input('x', ['N', 3, 8, 8])) }));

function refused(define: (g: GraphBuilder, x: Value) => Value, message: RegExp): void {
  assert.throws(() => build(define), { name: 'FramewitnessError', code: 'FW_MODEL_GRAPH', message });
}

test('a shape error names network, layer and operation, and shows the shapes', () => {
  const define = (g: GraphBuilder, x: Value): Value => {
    const layer = g.scope('layer1');
    return layer.conv2d(x, layer.parameter('conv1.weight', [4, 5, 3, 3]), {}, 'conv1');
  };
  refused(define, /^net: layer1\.conv1: conv2d: .*\[4, 5, 3, 3\].*5 input channels.*\[N, 3, 8, 8\] has 3/);
});

test('every operation refuses shapes that do not fit', () => {
  const c = (g: GraphBuilder, shape: readonly number[]): Value => g.constant('c', shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0));
  refused((g, x) => g.conv2d(x, c(g, [2, 3, 9, 1]), {}, 'a'), /net: a: .*window of 9 does not fit into 8/);
  refused((g, x) => g.conv2d(x, c(g, [4, 1, 1, 1]), { groups: 3 }, 'a'), /net: a: .*4 output channels cannot be divided into 3 groups/);
  refused((g, x) => g.conv2d(x, c(g, [4, 3, 1, 1]), { bias: c(g, [3]) }, 'a'), /net: a: .*the bias must have shape \[4\], has \[3\]/);
  refused((g, x) => g.conv2d(x, c(g, [4, 3, 1, 1]), { stride: 0 }, 'a'), /net: a: .*integers from 1/);
  refused((g, x) => g.batchNorm(x, { weight: c(g, [3]), bias: c(g, [3]), runningMean: c(g, [3]), runningVariance: c(g, [4]) }, 'bn'), /net: bn: .*running variance must have shape \[3\]/);
  refused((g, x) => g.prelu(x, c(g, [8, 1, 1]), 'p'), /net: p: prelu: /);
  refused((g, x) => g.clip(x, 1, 0, 'limit'), /net: limit: .*minimum 1 is above/);
  refused((g, x) => g.add(x, c(g, [1, 4, 8, 8]), 'sum'), /net: sum: add: .*cannot be broadcast/);
  refused((g, x) => g.concat([x, c(g, [1, 3, 8, 8])], 1, 'join'), /net: join: concat: .*differ/);
  refused((g, x) => g.maxPool(x, { kernel: 10 }, 'pool'), /net: pool: maxPool: /);
  refused((g, x) => g.globalAveragePool(g.flatten(x), 'gap'), /net: gap: .*4 axes/);
  refused((g, x) => g.resizeBilinear(x, [0, 4], 'half-pixel', 'up'), /net: up: /);
  refused((g, x) => g.pad(x, [1, 0, 0, 0], [0, 0, 0, 0], 0, 'border'), /net: border: pad: axis 0 .* must be a known number/);
  refused((g, x) => g.linear(g.flatten(x), c(g, [1, 100]), undefined, 'head'), /net: head: .*100 features/);
  refused((g, x) => g.reshape(x, ['N', 191], 'r'), /net: r: .*192\*N elements are not 191\*N/);
  refused((g, x) => g.transpose(x, [0, 1, 2, 2], 't'), /net: t: transpose/);
  refused((g, x) => g.slice(x, 1, 2, 4, 's'), /net: s: .*2\.\.4 is no part of the 3/);
  refused((g, x) => g.reduceMean(x, [4], false, 'm'), /net: m: .*no axis 4/);
  refused((g, x) => g.div(x, c(g, [3, 8, 7]), 'ratio'), /net: ratio: div: .*cannot be broadcast/);
  refused((g, x) => g.maximum(x, c(g, [5]), 'larger'), /net: larger: maximum: .*cannot be broadcast/);
  refused((g, x) => g.matMul(x, c(g, [7, 8]), 'product'), /net: product: matMul: .*differ in length/);
  refused((g, x) => g.matMul(x, c(g, [8]), 'product'), /net: product: matMul: a matrix has two axes or more/);
  refused((g, x) => g.softmax(x, 4, 'shares'), /net: shares: softmax: .*no axis 4/);
  refused((g, x) => g.dropout(x, 1, 'drop'), /net: drop: dropout: the rate must be from 0 to below 1/);
  refused((g, x) => g.reduceMax(x, [4], false, 'm'), /net: m: .*no axis 4/);
  const lstm = (g: GraphBuilder, x: Value): Value =>
    g.lstm(g.reshape(x, ['N', 3, 64]), { inputWeight: c(g, [6, 64]), recurrentWeight: c(g, [8, 2]), inputBias: c(g, [8]), recurrentBias: c(g, [8]) }, { hiddenSize: 2 }, 'memory');
  refused(lstm, /net: memory: lstm: the input weight must have shape \[8, 64\], has \[6, 64\]/);
  const gru = (g: GraphBuilder, x: Value): Value =>
    g.gru(g.reshape(x, ['N', 3, 64]), { inputWeight: c(g, [6, 63]), recurrentWeight: c(g, [6, 2]), inputBias: c(g, [6]), recurrentBias: c(g, [6]) }, { hiddenSize: 2 }, 'memory');
  refused(gru, /net: memory: gru: the input weight must have shape \[6, 64\], has \[6, 63\]/);
});

test('scopes prefix keys and layers, and asking twice for a parameter shares it', () => {
  const graph = build((g, x) => {
    const block = g.scope('outer').scope('inner');
    const y = convolution(block, 'conv', x, { channels: 3, kernel: 1, bias: true });
    return batchNormalisation(block, 'bn', convolution(block, 'conv', y, { channels: 3, kernel: 1, bias: true }));
  });
  const prefix = 'outer.inner.';
  const keys = ['conv.weight', 'conv.bias', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'];
  assert.deepEqual([...graph.parameters.keys()], keys.map((key) => prefix + key));
  assert.deepEqual(graph.nodes.map(({ name }) => name), ['outer.inner.conv', 'outer.inner.conv:2', 'outer.inner.bn']);
  assert.equal(graph.nodes[0]!.inputs[1], graph.nodes[1]!.inputs[1]);
  const twice = (g: GraphBuilder, x: Value): Value => g.add(g.parameter('w', [1]), g.add(x, g.parameter('w', [2])));
  refused(twice, /net: w: the parameter was asked for as/);
});

test('a constant must have as many values as its shape', () => {
  refused((g, x) => g.add(x, g.constant('table', [2, 2], [1, 2, 3])), /net: table: 3 values do not fill \[2, 2\]/);
});

test('a network without outputs is refused', () => {
  assert.throws(() => buildGraph('empty', () => ({})), { code: 'FW_MODEL_GRAPH', message: /empty: the network has no output/ });
});

test('statistics count learnt numbers and multiply-adds of one item', () => {
  const graph = buildGraph('net', (g) => {
    const x = g.input('x', ['N', 3, 8, 8]);
    const y = convolution(g, 'conv', x, { channels: 4, kernel: 3, stride: 2, padding: 1, bias: true });
    const sequence = g.reshape(y, ['N', 16, 4]);
    return { y: fullyConnected(g, 'head', recurrentLayers(g, 'gru', sequence, { cell: 'gru', hiddenSize: 2 }), 1) };
  });
  const { parameters, multiplyAdds } = graphStatistics(graph);
  assert.equal(parameters, 4 * 27 + 4 + (6 * 4 + 6 * 2 + 12) + (2 + 1));
  assert.equal(multiplyAdds, 4 * 16 * 27 + 16 * 3 * 2 * (4 + 2) + 16 * 2);
});

test('the shipped networks have the sizes that training states', () => {
  const stored = Object.fromEntries([SRM_RESIDUAL, SRM_RESIDUAL_GRU].map((network) => [network.name, graphStatistics(networkGraph(network)).parameters]));
  assert.deepEqual(stored, { 'srm-residual': 552_897, 'srm-residual-gru': 596_354 });
});
