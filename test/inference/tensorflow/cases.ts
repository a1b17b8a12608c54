/** Every operation of the graph, in the forms that executors treat apart, with odd sizes. */
import type { OperationName, Value } from '../../../src/inference/graph.js';
import { buildGraph, type GraphBuilder } from '../../../src/inference/graph-builder.js';
import type { Graph } from '../../../src/inference/graph.js';
import { concreteShape } from '../../../src/inference/shapes.js';
import type { FloatTensor } from '../../../src/inference/tensor.js';

/** One network of an operation or two: input `x` of these extents, output `y`. */
export interface OperationCase {
  readonly title: string;
  readonly graph: Graph;
  readonly x: FloatTensor;
  readonly parameters: ReadonlyMap<string, FloatTensor>;
}

/**
 * Numbers between -1 and 1, all different and none near zero: a small step never changes which of two is larger, so that
 * differences of functions with kinks are good derivatives. The order is a function of the seed.
 */
export function spreadOut(dims: readonly number[], seed: number): FloatTensor {
  const length = dims.reduce((product, extent) => product * extent, 1);
  const data = Float32Array.from({ length }, (_, i) => (2 * i + 1) / length - 1).map((value) => 0.9 * value + Math.sign(value) * 0.1);
  let state = seed + 1;
  for (let i = length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [data[i], data[j]] = [data[j]!, data[i]!];
  }
  return { dims, data };
}

/** Positive where a parameter must be (variances). */
function parameterTensor(key: string, dims: readonly number[], seed: number): FloatTensor {
  const tensor = spreadOut(dims, seed);
  return key.includes('variance') ? { dims, data: tensor.data.map((value) => 1 + value / 2) } : tensor;
}

/** @param seed - of x, chosen where a convolution's results would otherwise come too close to a kink */
function operationCase(title: string, dims: readonly number[], define: (g: GraphBuilder, x: Value) => Value, seed = 1): OperationCase {
  const graph = buildGraph(title, (g) => ({ y: define(g, g.input('x', ['N', ...dims.slice(1)])) }));
  const parameters = new Map([...graph.parameters].map(([key, { shape }], i) => [key, parameterTensor(key, concreteShape(shape, 1), 7 * i + 3)]));
  return { title, graph, x: spreadOut(dims, seed), parameters };
}

const image = [2, 3, 5, 7] as const;
const norm = (g: GraphBuilder, x: Value): Value => {
  const one = (name: string): Value => g.parameter(name, [Number(x.shape[1])]);
  return g.batchNorm(x, { weight: one('weight'), bias: one('bias'), runningMean: one('mean'), runningVariance: one('variance'), epsilon: 1e-3 });
};
/** A convolution first, so that what follows gets its image with channels last. */
const afterConvolution = (define: (g: GraphBuilder, x: Value) => Value) => (g: GraphBuilder, x: Value): Value => define(g, g.conv2d(x, g.parameter('w', [4, 3, 1, 1])));
const gates = (g: GraphBuilder, rows: number, features: number, hidden: number): Parameters<GraphBuilder['gru']>[1] => ({
  inputWeight: g.parameter('ih', [rows, features]),
  recurrentWeight: g.parameter('hh', [rows, hidden]),
  inputBias: g.parameter('bi', [rows]),
  recurrentBias: g.parameter('bh', [rows]),
});

/** By operation, so that one that is missing here does not compile. */
const CASES: Readonly<Record<OperationName, readonly OperationCase[]>> = {
  conv2d: [
    operationCase('conv2d 3×3', image, (g, x) => g.conv2d(x, g.parameter('w', [4, 3, 3, 3]), { bias: g.parameter('b', [4]) })),
    operationCase('conv2d 3×3, padded as SAME', image, (g, x) => g.conv2d(x, g.parameter('w', [4, 3, 3, 3]), { padding: 1 })),
    operationCase('conv2d 3×3, stride 2, padded, even width', [2, 3, 5, 8], (g, x) => g.conv2d(x, g.parameter('w', [4, 3, 3, 3]), { stride: 2, padding: 1 })),
    operationCase('conv2d 1×1, stride 2', image, (g, x) => g.conv2d(x, g.parameter('w', [4, 3, 1, 1]), { stride: 2 })),
    operationCase('conv2d 2×3, strides and sides unequal', image, (g, x) => g.conv2d(x, g.parameter('w', [4, 3, 2, 3]), { stride: [2, 1], padding: [1, 0, 2, 1] })),
    operationCase('conv2d 3×3, dilation 2', image, (g, x) => g.conv2d(x, g.parameter('w', [2, 3, 3, 3]), { dilation: 2, padding: 2 })),
    operationCase('conv2d 2×2, dilation and stride', image, (g, x) => g.conv2d(x, g.parameter('w', [2, 3, 2, 2]), { dilation: [2, 3], stride: 2 })),
    operationCase('conv2d in groups', [2, 4, 5, 7], (g, x) => g.conv2d(x, g.parameter('w', [6, 2, 3, 3]), { groups: 2, padding: 1 })),
    operationCase('conv2d depthwise', image, (g, x) => g.conv2d(x, g.parameter('w', [3, 1, 3, 3]), { groups: 3, padding: 1 })),
    operationCase('conv2d depthwise, stride 2, two outputs a channel', image, (g, x) => g.conv2d(x, g.parameter('w', [6, 1, 3, 3]), { groups: 3, padding: 1, stride: 2 })),
    operationCase('conv2d depthwise, strides unequal', image, (g, x) => g.conv2d(x, g.parameter('w', [3, 1, 3, 3]), { groups: 3, stride: [1, 2] })),
    operationCase('conv2d depthwise, dilation 2', image, (g, x) => g.conv2d(x, g.parameter('w', [3, 1, 3, 3]), { groups: 3, padding: 2, dilation: 2 })),
    operationCase('conv2d, window not reaching the end', [1, 2, 6, 6], (g, x) => g.conv2d(x, g.parameter('w', [2, 2, 3, 3]), { stride: 2 })),
  ],
  batchNorm: [
    operationCase('batchNorm of an image', image, norm),
    operationCase('batchNorm after a convolution', image, afterConvolution(norm)),
    operationCase('batchNorm of features', [4, 5], norm),
    operationCase('batchNorm of a sequence', [3, 4, 5], norm),
  ],
  relu: [operationCase('relu', image, (g, x) => g.relu(x)), operationCase('relu after a convolution', image, afterConvolution((g, x) => g.relu(x)), 4)],
  sigmoid: [operationCase('sigmoid', image, (g, x) => g.sigmoid(x))],
  tanh: [operationCase('tanh', image, (g, x) => g.tanh(x))],
  exp: [operationCase('exp', image, (g, x) => g.exp(x))],
  sqrt: [operationCase('sqrt', image, (g, x) => g.sqrt(g.add(x, g.scalar(1.5))))],
  erf: [operationCase('erf', image, (g, x) => g.erf(x))],
  prelu: [
    operationCase('prelu by channel', image, (g, x) => g.prelu(x, g.parameter('s', [3, 1, 1]))),
    operationCase('prelu after a convolution', image, afterConvolution((g, x) => g.prelu(x, g.parameter('s', [4, 1, 1]))), 4),
    operationCase('prelu with one slope', [2, 5], (g, x) => g.prelu(x, g.scalar(0.1))),
  ],
  clip: [operationCase('clip', image, (g, x) => g.clip(x, -0.4137, 0.6171))],
  add: [
    operationCase('add of a factor for each channel after a convolution', image, afterConvolution((g, x) => g.add(x, g.parameter('f', [4, 1, 1])))),
    operationCase('add of an image in the other order', image, (g, x) => g.add(g.conv2d(x, g.parameter('w', [3, 3, 1, 1])), x)),
  ],
  sub: [operationCase('sub from a number', image, (g, x) => g.sub(g.scalar(2), x))],
  mul: [
    operationCase('mul by a gate over channels', image, afterConvolution((g, x) => g.mul(x, g.sigmoid(g.globalAveragePool(x))))),
    operationCase('mul by a gate over places', image, afterConvolution((g, x) => g.mul(g.reduceMean(x, [1], true), x))),
    operationCase('mul along the last axis', image, afterConvolution((g, x) => g.mul(x, g.parameter('f', [7])))),
  ],
  div: [operationCase('div', image, afterConvolution((g, x) => g.div(x, g.add(g.mul(x, x), g.scalar(1)))))],
  maximum: [operationCase('maximum', image, (g, x) => g.maximum(x, g.parameter('m', [3, 1, 7])))],
  matMul: [
    operationCase('matMul with equal leading axes', [2, 3, 4, 5], (g, x) => g.matMul(x, g.transpose(x, [0, 1, 3, 2]))),
    operationCase('matMul broadcasts leading axes', [2, 3, 4, 5], (g, x) => g.matMul(x, g.parameter('m', [5, 3]))),
    operationCase('matMul broadcasts both sides over five axes', [2, 1, 3, 4, 2], (g, x) => g.matMul(g.parameter('m', [1, 2, 3, 5, 4]), x)),
    operationCase('matMul broadcasts the left side', [2, 3, 4], (g, x) => g.matMul(g.parameter('m', [5, 3]), x)),
  ],
  softmax: [
    operationCase('softmax along the last axis', [3, 5], (g, x) => g.softmax(x, 1)),
    operationCase('softmax along the channels after a convolution', image, afterConvolution((g, x) => g.softmax(x, 1))),
    operationCase('softmax along rows', image, (g, x) => g.softmax(x, 2)),
  ],
  dropout: [operationCase('dropout', image, afterConvolution((g, x) => g.dropout(x, 0.4)))],
  concat: [
    operationCase('concat along channels, orders mixed', image, (g, x) => g.concat([x, g.conv2d(x, g.parameter('w', [2, 3, 1, 1]))], 1)),
    operationCase('concat along the last axis after a convolution', image, afterConvolution((g, x) => g.concat([x, x], 3))),
    operationCase('concat of one', [2, 3], (g, x) => g.concat([x], 1)),
  ],
  maxPool: [
    operationCase('maxPool 2', image, (g, x) => g.maxPool(x, { kernel: 2 })),
    operationCase('maxPool 3, stride 2, padded, even width', [2, 3, 5, 8], (g, x) => g.maxPool(x, { kernel: 3, stride: 2, padding: 1 })),
    operationCase('maxPool 3, stride 1, padded', image, (g, x) => g.maxPool(g.sub(x, g.scalar(2)), { kernel: 3, stride: 1, padding: 1 })),
    operationCase('maxPool 3×2, sides unequal', image, (g, x) => g.maxPool(x, { kernel: [3, 2], stride: [2, 1], padding: [1, 0, 0, 1] })),
  ],
  globalAveragePool: [operationCase('globalAveragePool', image, (g, x) => g.globalAveragePool(x))],
  resizeBilinear: [
    operationCase('resizeBilinear half-pixel, up', image, (g, x) => g.resizeBilinear(x, [8, 9], 'half-pixel')),
    operationCase('resizeBilinear half-pixel, down', image, afterConvolution((g, x) => g.resizeBilinear(x, [3, 4], 'half-pixel'))),
    operationCase('resizeBilinear align-corners', image, (g, x) => g.resizeBilinear(x, [9, 4], 'align-corners')),
    operationCase('resizeBilinear asymmetric', image, (g, x) => g.resizeBilinear(x, [9, 4], 'asymmetric')),
  ],
  pad: [
    operationCase('pad', image, (g, x) => g.pad(x, [0, 1, 0, 2], [0, 0, 3, 1], 0.5)),
    operationCase('pad after a convolution', image, afterConvolution((g, x) => g.pad(x, [0, 1, 0, 2], [0, 0, 3, 1]))),
  ],
  linear: [
    operationCase('linear', [3, 5], (g, x) => g.linear(x, g.parameter('w', [4, 5]), g.parameter('b', [4]))),
    operationCase('linear over the last of three axes', [2, 3, 5], (g, x) => g.linear(x, g.parameter('w', [4, 5]))),
    operationCase('linear over a flattened convolution', image, afterConvolution((g, x) => g.linear(g.flatten(x), g.parameter('l', [2, 140])))),
  ],
  reshape: [operationCase('reshape with the batch folded in', image, afterConvolution((g, x) => g.reshape(x, ['2*N', 2, 35])))],
  transpose: [operationCase('transpose after a convolution', image, afterConvolution((g, x) => g.transpose(x, [0, 2, 1, 3]))), operationCase('transpose', [2, 3, 5], (g, x) => g.transpose(x, [0, 2, 1]))],
  slice: [operationCase('slice of channels after a convolution', image, afterConvolution((g, x) => g.slice(x, 1, 1, 3))), operationCase('slice of rows', image, (g, x) => g.slice(x, 2, 2, 5))],
  reduceMean: [
    operationCase('reduceMean over places', image, afterConvolution((g, x) => g.reduceMean(x, [2, 3]))),
    operationCase('reduceMean over channels', image, afterConvolution((g, x) => g.reduceMean(x, [1]))),
    operationCase('reduceMean over channels, kept', image, afterConvolution((g, x) => g.reduceMean(x, [1], true))),
    operationCase('reduceMean over columns', image, afterConvolution((g, x) => g.reduceMean(x, [3]))),
  ],
  reduceMax: [operationCase('reduceMax over channels', image, afterConvolution((g, x) => g.reduceMax(x, [1], true))), operationCase('reduceMax over steps', [2, 3, 5], (g, x) => g.reduceMax(x, [1]))],
  gru: [
    operationCase('gru', [2, 3, 4], (g, x) => g.gru(x, gates(g, 9, 4, 3), { hiddenSize: 3 })),
    operationCase('gru in reverse', [2, 3, 4], (g, x) => g.gru(x, gates(g, 9, 4, 3), { hiddenSize: 3, direction: 'reverse' })),
  ],
  lstm: [
    operationCase('lstm', [2, 3, 4], (g, x) => g.lstm(x, gates(g, 12, 4, 3), { hiddenSize: 3 })),
    operationCase('lstm in reverse', [2, 3, 4], (g, x) => g.lstm(x, gates(g, 12, 4, 3), { hiddenSize: 3, direction: 'reverse' })),
  ],
};

/** All of them. */
export const OPERATION_CASES: readonly OperationCase[] = Object.values(CASES).flat();
