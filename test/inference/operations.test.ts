import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldConstant } from '../../src/inference/constant-folding.js';
import type { GraphBuilder, RecurrentParameters } from '../../src/inference/graph-builder.js';
import type { Value } from '../../src/inference/graph.js';
import { gelu, layerNormalisation, leakyRelu } from '../../src/inference/layers.js';
import type { FloatTensor } from '../../src/inference/onnx-runtime.js';
import { counting, runOperation, tensor } from './support.js';

function assertTensor(actual: FloatTensor, dims: readonly number[], values: readonly number[], tolerance = 1e-6): void {
  assert.deepEqual(actual.dims, dims);
  assert.equal(actual.data.length, values.length);
  values.forEach((value, i) => assert.ok(Math.abs(actual.data[i]! - value) <= tolerance * Math.max(1, Math.abs(value)), `[${i}] is ${actual.data[i]}, expected ${value}`));
}

const operation = (title: string, x: FloatTensor, define: (g: GraphBuilder, x: Value) => Value, dims: readonly number[], values: readonly number[], tolerance?: number): void => {
  test(title, async () => assertTensor(await runOperation(x, define), dims, values, tolerance));
};

/** A builder whose parameters are constants of value 1. */
function boundAtOne(g: GraphBuilder): GraphBuilder {
  return new Proxy(g, {
    get: (target, key) => {
      if (key === 'parameter') return (name: string, shape: readonly number[]) => ones(target, shape, name);
      if (key === 'scope') return (name: string) => boundAtOne(target.scope(name));
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

const image = counting([1, 1, 3, 3]); // 0 1 2 / 3 4 5 / 6 7 8
const ones = (g: GraphBuilder, dims: readonly number[], name = 'w'): Value => g.constant(name, dims, new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(1));

operation('conv2d is cross-correlation: the weight is not turned round', image, (g, x) => g.conv2d(x, g.constant('w', [1, 1, 1, 2], [10, 1])), [1, 1, 3, 2], [1, 12, 34, 45, 67, 78]);
operation('conv2d adds its bias', image, (g, x) => g.conv2d(x, ones(g, [1, 1, 3, 3]), { bias: g.constant('b', [1], [0.5]) }), [1, 1, 1, 1], [36.5]);
operation('conv2d pads each side on its own', image, (g, x) => g.conv2d(x, ones(g, [1, 1, 2, 2]), { padding: [1, 0, 0, 0] }), [1, 1, 3, 2], [1, 3, 8, 12, 20, 24]);
operation('conv2d pads left and right on their own', image, (g, x) => g.conv2d(x, ones(g, [1, 1, 1, 2]), { padding: [0, 1, 0, 0] }), [1, 1, 3, 3], [0, 1, 3, 3, 7, 9, 6, 13, 15]);
operation('conv2d strides rows and columns on their own', image, (g, x) => g.conv2d(x, ones(g, [1, 1, 1, 1]), { stride: [2, 1] }), [1, 1, 2, 3], [0, 1, 2, 6, 7, 8]);
operation('conv2d dilates', image, (g, x) => g.conv2d(x, ones(g, [1, 1, 2, 2]), { dilation: 2 }), [1, 1, 1, 1], [16]);
operation(
  'conv2d with groups keeps channels apart, outputs of a group together',
  tensor([1, 2, 1, 1], [3, 5]),
  (g, x) => g.conv2d(x, g.constant('w', [4, 1, 1, 1], [1, 2, 10, 20]), { groups: 2 }),
  [1, 4, 1, 1],
  [3, 6, 50, 100],
);
operation(
  'batchNorm uses the running statistics and epsilon 1e-5',
  tensor([1, 2, 1, 2], [1, 2, 3, 4]),
  (g, x) => g.batchNorm(x, { weight: g.constant('w', [2], [2, 1]), bias: g.constant('b', [2], [0, 10]), runningMean: g.constant('m', [2], [1, 3]), runningVariance: g.constant('v', [2], [4, 0]) }),
  [1, 2, 1, 2],
  [0, 2 / Math.sqrt(4 + 1e-5), 10, 10 + 1 / Math.sqrt(1e-5)],
);
operation(
  'batchNorm after a convolution is folded into its weights, bias included',
  tensor([1, 1, 1, 2], [1, 2]),
  (g, x) => {
    const y = g.conv2d(x, g.constant('k', [2, 1, 1, 1], [1, 3]), { bias: g.constant('kb', [2], [1, 0]) });
    return g.batchNorm(y, { weight: g.constant('w', [2], [2, 1]), bias: g.constant('b', [2], [0, 10]), runningMean: g.constant('m', [2], [1, 3]), runningVariance: g.constant('v', [2], [4, 1]), epsilon: 0 });
  },
  [1, 2, 1, 2],
  [1, 2, 10, 13],
);
operation(
  'a factor before and a factor for each channel after a convolution are folded',
  tensor([1, 1, 1, 2], [1, 2]),
  (g, x) => g.mul(g.conv2d(g.mul(x, g.scalar(10)), g.constant('k', [2, 1, 1, 1], [1, 3]), { bias: g.constant('kb', [2], [1, 0]) }), g.constant('f', [1, 2, 1, 1], [2, 0.5])),
  [1, 2, 1, 2],
  [22, 42, 15, 30],
);
operation('relu', tensor([1, 3], [-1, 0, 2]), (g, x) => g.relu(x), [1, 3], [0, 0, 2]);
operation('sigmoid', tensor([1, 3], [-1, 0, 2]), (g, x) => g.sigmoid(x), [1, 3], [1 / (1 + Math.E), 0.5, 1 / (1 + Math.exp(-2))]);
operation('prelu has a slope for each channel', tensor([1, 2, 1, 2], [-1, 1, -1, 1]), (g, x) => g.prelu(x, g.constant('s', [2, 1, 1], [0.5, 0.25])), [1, 2, 1, 2], [-0.5, 1, -0.25, 1]);
operation('clip', tensor([1, 4], [-9, -1, 1, 9]), (g, x) => g.clip(x, -4, 6), [1, 4], [-4, -1, 1, 6]);
operation('add broadcasts', tensor([2, 2], [1, 2, 3, 4]), (g, x) => g.add(x, g.constant('c', [2], [10, 20])), [2, 2], [11, 22, 13, 24]);
operation('sub keeps its order', tensor([1, 2], [1, 2]), (g, x) => g.sub(g.scalar(10), x), [1, 2], [9, 8]);
operation('mul multiplies', tensor([1, 2], [3, 4]), (g, x) => g.mul(x, x), [1, 2], [9, 16]);
operation('tanh', tensor([1, 2], [-1, 2]), (g, x) => g.tanh(x), [1, 2], [Math.tanh(-1), Math.tanh(2)]);
operation('exp', tensor([1, 2], [-1, 2]), (g, x) => g.exp(x), [1, 2], [Math.exp(-1), Math.exp(2)]);
operation('sqrt', tensor([1, 2], [0, 2]), (g, x) => g.sqrt(x), [1, 2], [0, Math.SQRT2]);
operation('erf', tensor([1, 3], [-1, 0, 0.5]), (g, x) => g.erf(x), [1, 3], [-0.8427007929, 0, 0.5204998778], 1e-5);
operation('gelu is the exact one', tensor([1, 2], [-1, 2]), (g, x) => gelu(g, x), [1, 2], [-0.158655254, 1.954499736], 1e-5);
operation('leakyRelu', tensor([1, 2], [-1, 2]), (g, x) => leakyRelu(g, x, 0.2), [1, 2], [-0.2, 2]);
operation('div keeps its order and broadcasts', tensor([1, 2], [2, 4]), (g, x) => g.div(g.scalar(1), x), [1, 2], [0.5, 0.25]);
operation('maximum takes the larger of each pair', tensor([1, 3], [1, 2, 3]), (g, x) => g.maximum(x, g.scalar(2)), [1, 3], [2, 2, 3]);
operation('matMul of matrices', tensor([2, 2], [1, 2, 3, 4]), (g, x) => g.matMul(x, g.constant('m', [2, 1], [10, 1])), [2, 1], [12, 34]);
operation('matMul broadcasts over leading axes', tensor([2, 1, 2], [1, 2, 3, 4]), (g, x) => g.matMul(x, g.constant('m', [2, 2], [1, 0, 1, 1])), [2, 1, 2], [3, 2, 7, 4]);
operation('softmax along its axis', tensor([1, 2, 2], [0, 0, Math.log(3), 0]), (g, x) => g.softmax(x, 1), [1, 2, 2], [0.25, 0.5, 0.75, 0.5]);
operation('dropout passes its input through in serving', tensor([1, 2], [1, 2]), (g, x) => g.dropout(x, 0.5), [1, 2], [1, 2]);
operation('reduceMax drops its axes', tensor([1, 2, 2], [1, 5, 3, 2]), (g, x) => g.reduceMax(x, [1]), [1, 2], [3, 5]);
operation('layerNormalisation', tensor([1, 1, 3], [1, 2, 3]), (g, x) => layerNormalisation(boundAtOne(g), 'norm', x, 0), [1, 1, 3], [1 - Math.sqrt(1.5), 1, 1 + Math.sqrt(1.5)]);
operation('concat along channels', tensor([2, 1, 1, 1], [1, 2]), (g, x) => g.concat([x, g.mul(x, g.scalar(10))], 1), [2, 2, 1, 1], [1, 10, 2, 20]);
operation('maxPool: the padding never wins', tensor([1, 1, 2, 2], [-4, -3, -2, -1]), (g, x) => g.maxPool(x, { kernel: 2, stride: 2, padding: 1 }), [1, 1, 2, 2], [-4, -3, -2, -1]);
operation('maxPool strides by its kernel unless told otherwise', counting([1, 1, 2, 4]), (g, x) => g.maxPool(x, { kernel: 2 }), [1, 1, 1, 2], [5, 7]);
operation('globalAveragePool', counting([1, 2, 2, 2]), (g, x) => g.globalAveragePool(x), [1, 2, 1, 1], [1.5, 5.5]);

const pairOfColumns = tensor([1, 1, 1, 2], [0, 12]);
operation('resizeBilinear half-pixel', pairOfColumns, (g, x) => g.resizeBilinear(x, [1, 4], 'half-pixel'), [1, 1, 1, 4], [0, 3, 9, 12]);
operation('resizeBilinear align-corners', pairOfColumns, (g, x) => g.resizeBilinear(x, [1, 4], 'align-corners'), [1, 1, 1, 4], [0, 4, 8, 12], 1e-5);
operation('resizeBilinear asymmetric', pairOfColumns, (g, x) => g.resizeBilinear(x, [1, 4], 'asymmetric'), [1, 1, 1, 4], [0, 6, 12, 12]);
// 7/3 in float32 is a little less than it is, and three times that, rounded down, are 6.
operation('resizeBilinear to a size whose scale is not exact', tensor([1, 1, 1, 3], [0, 7, 14]), (g, x) => g.resizeBilinear(x, [1, 7], 'half-pixel'), [1, 1, 1, 7], [0, 1, 4, 7, 10, 13, 14], 1e-4);

operation('pad puts a value before and after along each axis', tensor([1, 1, 1, 2], [1, 2]), (g, x) => g.pad(x, [0, 1, 0, 0], [0, 0, 0, 1], 7), [1, 2, 1, 3], [7, 7, 7, 1, 2, 7]);
operation('linear is x·Wᵀ + b', tensor([2, 2], [1, 2, 3, 4]), (g, x) => g.linear(x, g.constant('w', [3, 2], [1, 0, 0, 1, 1, 1]), g.constant('b', [3], [0, 0, 10])), [2, 3], [1, 2, 13, 3, 4, 17]);
operation('linear works over the last of three axes', tensor([1, 2, 2], [1, 2, 3, 4]), (g, x) => g.linear(x, g.constant('w', [1, 2], [1, 10]), g.constant('b', [1], [0.5])), [1, 2, 1], [21.5, 43.5]);
operation('reshape keeps row-major order and a free batch', counting([2, 2, 3]), (g, x) => g.reshape(x, ['2*N', 3]), [4, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
operation('flatten joins all but the batch', counting([2, 1, 1, 3]), (g, x) => g.flatten(x), [2, 3], [0, 1, 2, 3, 4, 5]);
operation('transpose', counting([1, 2, 3]), (g, x) => g.transpose(x, [0, 2, 1]), [1, 3, 2], [0, 3, 1, 4, 2, 5]);
operation('slice takes start to before end', counting([1, 4]), (g, x) => g.slice(x, 1, 1, 3), [1, 2], [1, 2]);
operation('reduceMean drops its axes', counting([1, 2, 3]), (g, x) => g.reduceMean(x, [1]), [1, 3], [1.5, 2.5, 3.5]);
operation('reduceMean keeps its axes when told to', counting([1, 2, 3]), (g, x) => g.reduceMean(x, [2], true), [1, 2, 1], [1, 4]);

test('gru: reset, update, new gates, the reset gate on W_hn h + b_hn, every step returned', async () => {
  const [wr, wz, wn, ur, uz, un] = [0.5, -0.3, 0.8, 0.2, 0.4, -0.6];
  const [bir, biz, bin, bhr, bhz, bhn] = [0.1, 0.2, -0.1, 0.05, -0.2, 0.3];
  const sequence = [1, -2, 0.5];
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const expected: number[] = [];
  let h = 0;
  for (const x of sequence) {
    const r = sigmoid(wr * x + bir + ur * h + bhr);
    const z = sigmoid(wz * x + biz + uz * h + bhz);
    const n = Math.tanh(wn * x + bin + r * (un * h + bhn));
    h = (1 - z) * n + z * h;
    expected.push(h);
  }
  const actual = await runOperation(tensor([1, 3, 1], sequence), (g, x) =>
    g.gru(x, { inputWeight: g.constant('w', [3, 1], [wr, wz, wn]), recurrentWeight: g.constant('u', [3, 1], [ur, uz, un]), inputBias: g.constant('bi', [3], [bir, biz, bin]), recurrentBias: g.constant('bh', [3], [bhr, bhz, bhn]) }, { hiddenSize: 1 }),
  );
  assertTensor(actual, [1, 3, 1], expected, 1e-5);
});

test('lstm: input, forget, cell and output gates, in either direction, every step returned in the order of its input', async () => {
  const w = [0.5, -0.3, 0.8, 0.7];
  const u = [0.2, 0.4, -0.6, 0.3];
  const bi = [0.1, 0.2, -0.1, 0.15];
  const bh = [0.05, -0.2, 0.3, -0.25];
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const run = (sequence: readonly number[]): number[] => {
    let [h, c] = [0, 0];
    return sequence.map((x) => {
      const gate = (k: number): number => w[k]! * x + bi[k]! + u[k]! * h + bh[k]!;
      c = sigmoid(gate(1)) * c + sigmoid(gate(0)) * Math.tanh(gate(2));
      h = sigmoid(gate(3)) * Math.tanh(c);
      return h;
    });
  };
  const sequence = [1, -2, 0.5];
  const parameters = (g: GraphBuilder): RecurrentParameters => ({ inputWeight: g.constant('w', [4, 1], w), recurrentWeight: g.constant('u', [4, 1], u), inputBias: g.constant('bi', [4], bi), recurrentBias: g.constant('bh', [4], bh) });
  const forward = await runOperation(tensor([1, 3, 1], sequence), (g, x) => g.lstm(x, parameters(g), { hiddenSize: 1 }));
  assertTensor(forward, [1, 3, 1], run(sequence), 1e-5);
  const reverse = await runOperation(tensor([1, 3, 1], sequence), (g, x) => g.lstm(x, parameters(g), { hiddenSize: 1, direction: 'reverse' }));
  assertTensor(reverse, [1, 3, 1], run(sequence.toReversed()).toReversed(), 1e-5);
});

test('slices and joins of weights are computed before the run', () => {
  const weight = { dims: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) };
  const sliced = foldConstant({ op: 'slice', axis: 1, start: 1, end: 3 }, [weight]);
  assert.deepEqual(sliced, { dims: [2, 2], data: Float32Array.of(1, 2, 4, 5) });
  assert.deepEqual(foldConstant({ op: 'concat', axis: 1 }, [weight, { dims: [2, 1], data: Float32Array.of(8, 9) }]), { dims: [2, 4], data: Float32Array.of(0, 1, 2, 8, 3, 4, 5, 9) });
  assert.deepEqual(foldConstant({ op: 'concat', axis: 0 }, [weight, weight])?.data, Float32Array.of(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5));
});
