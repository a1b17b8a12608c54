import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FramewitnessError } from '../../src/domain/errors.js';
import { readTflite } from '../../src/inference/tflite.js';
import { tfliteGraph } from '../../src/inference/tflite-graph.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { counting, runGraph, tensor } from './support.js';
import { floats, ints, tfliteFile, type Field, type OperatorSpec, type TensorSpec } from './tflite-support.js';

const SAME = 0;
const VALID = 1;
const RELU = 1;
const RELU6 = 3;

/** Conv2DOptions: padding, stride width, stride height, activation, dilation width, dilation height. */
const conv = (padding: number, strideW: number, strideH: number, activation = 0, dilationW = 1, dilationH = 1): readonly Field[] => [
  [0, 'int8', padding], [1, 'int32', strideW], [2, 'int32', strideH], [3, 'int8', activation], [4, 'int32', dilationW], [5, 'int32', dilationH],
];

/** Runs a file whose tensor 0 is the one input and whose last tensor is the one output, on channel-first data. */
async function run(tensors: readonly TensorSpec[], operators: readonly OperatorSpec[], dims: readonly number[], data: readonly number[]): Promise<{ dims: readonly number[]; data: number[] }> {
  const file = tfliteFile(tensors, operators, [0], [tensors.length - 1]);
  const graph = servingGraph(tfliteGraph(readTflite(file, 'small.tflite'), 'small', ['y']), new Map());
  const { y } = await runGraph(graph, { input: tensor(dims, data) });
  return { dims: y!.dims, data: [...y!.data] };
}

const nine = Array.from({ length: 9 }, (_, i) => i + 1); // 1 2 3 / 4 5 6 / 7 8 9

test('SAME padding of a strided window puts the odd zero after: 4 by 3 with stride 2', async () => {
  // TensorFlow: total = (ceil(4 / 2) - 1) * 2 + 3 - 4 = 1, all of it at the end; symmetric padding would start one earlier.
  const tensors = [{ shape: [1, 4, 4, 1] }, { shape: [1, 3, 3, 1], data: floats(...new Array<number>(9).fill(1)) }, { shape: [1], data: floats(0.5) }, { shape: [1, 2, 2, 1] }];
  const result = await run(tensors, [{ code: 3, inputs: [0, 1, 2], outputs: [3], options: conv(SAME, 2, 2) }], [1, 1, 4, 4], [...counting([16]).data]);
  assert.deepEqual(result, { dims: [1, 1, 2, 2], data: [45.5, 39.5, 66.5, 50.5] });
});

test('VALID padding, stride and dilation go to the right axes', async () => {
  const tensors = [{ shape: [1, 3, 3, 1] }, { shape: [1, 1, 2, 1], data: floats(1, 10) }, { shape: [1, 2, 1, 1] }];
  const result = await run(tensors, [{ code: 3, inputs: [0, 1, -1], outputs: [2], options: conv(VALID, 1, 2, 0, 2, 1) }], [1, 1, 3, 3], nine);
  assert.deepEqual(result, { dims: [1, 1, 2, 1], data: [31, 97] });
});

test('weights are out × height × width × in, depthwise weights 1 × height × width × channel', async () => {
  const pointwise = [{ shape: [1, 1, 1, 2] }, { shape: [3, 1, 1, 2], data: floats(1, 10, 2, 20, 3, 30) }, { shape: [1, 1, 1, 3] }];
  const dense = await run(pointwise, [{ code: 3, inputs: [0, 1, -1], outputs: [2], options: conv(VALID, 1, 1) }], [1, 2, 1, 1], [1, 2]);
  assert.deepEqual(dense.data, [21, 42, 63]);
  const depthwise = [{ shape: [1, 1, 2, 2] }, { shape: [1, 1, 2, 2], data: floats(1, 100, 10, 1000) }, { shape: [2], data: floats(0, 5) }, { shape: [1, 1, 1, 2] }];
  const options: readonly Field[] = [[0, 'int8', VALID], [1, 'int32', 1], [2, 'int32', 1], [3, 'int32', 1], [4, 'int8', 0]];
  // Channel 0 is 1 2, channel 1 is 3 4 (channel-first).
  const separate = await run(depthwise, [{ code: 4, inputs: [0, 1, 2], outputs: [3], options }], [1, 2, 1, 2], [1, 2, 3, 4]);
  assert.deepEqual(separate.data, [21, 4305]);
});

test('float16 weights behind DEQUANTIZE and a fused activation', async () => {
  const half = new Uint8Array(Uint16Array.of(0x3c00, 0xc000).buffer); // 1, -2
  const tensors = [{ shape: [1, 1, 1, 1] }, { shape: [2, 1, 1, 1], data: half, type: 1 }, { shape: [2, 1, 1, 1] }, { shape: [1, 1, 1, 2] }];
  const chain = (activation: number): readonly OperatorSpec[] => [{ code: 6, inputs: [1], outputs: [2] }, { code: 3, inputs: [0, 2, -1], outputs: [3], options: conv(VALID, 1, 1, activation) }];
  assert.deepEqual((await run(tensors, chain(RELU), [1, 1, 1, 1], [3])).data, [3, 0]);
  assert.deepEqual((await run(tensors, chain(RELU6), [1, 1, 1, 1], [-4])).data, [0, 6]);
  assert.deepEqual((await run(tensors, chain(0), [1, 1, 1, 1], [-4])).data, [-4, 8]);
});

test('max pool, PRELU, ADD, PAD of channels and RELU6', async () => {
  const pool: readonly Field[] = [[0, 'int8', SAME], [1, 'int32', 2], [2, 'int32', 2], [3, 'int32', 2], [4, 'int32', 2], [5, 'int8', 0]];
  const pooled = await run([{ shape: [1, 3, 3, 1] }, { shape: [1, 2, 2, 1] }], [{ code: 17, inputs: [0], outputs: [1], options: pool }], [1, 1, 3, 3], nine.map((v) => -v));
  assert.deepEqual(pooled.data, [-1, -3, -7, -9]);
  const prelu = await run([{ shape: [1, 1, 1, 2] }, { shape: [1, 1, 2], data: floats(0.5, 0.25) }, { shape: [1, 1, 1, 2] }], [{ code: 54, inputs: [0, 1], outputs: [2] }], [1, 2, 1, 1], [-4, -4]);
  assert.deepEqual(prelu.data, [-2, -1]);
  const paddings = ints(0, 0, 0, 0, 1, 0, 0, 2);
  const padded = await run([{ shape: [1, 1, 1, 1] }, { shape: [4, 2], data: paddings, type: 2 }, { shape: [1, 1, 2, 3] }], [{ code: 34, inputs: [0, 1], outputs: [2] }], [1, 1, 1, 1], [7]);
  assert.deepEqual(padded, { dims: [1, 3, 1, 2], data: [0, 7, 0, 0, 0, 0] });
  const shape = [1, 1, 1, 2];
  const sum = await run([{ shape }, { shape }, { shape }], [{ code: 0, inputs: [0, 0], outputs: [1], options: [[0, 'int8', 0]] }, { code: 21, inputs: [1], outputs: [2] }], [1, 2, 1, 1], [-1, 4]);
  assert.deepEqual(sum.data, [0, 6]);
});

test('resize follows both flags of the file', async () => {
  const tensors = [{ shape: [1, 1, 2, 1] }, { shape: [2], data: ints(1, 4), type: 2 }, { shape: [1, 1, 4, 1] }];
  const resize = (alignCorners: number, halfPixel: number): Promise<{ data: number[] }> =>
    run(tensors, [{ code: 23, inputs: [0, 1], outputs: [2], options: [[2, 'int8', alignCorners], [3, 'int8', halfPixel]] }], [1, 1, 1, 2], [0, 12]);
  assert.deepEqual((await resize(0, 0)).data, [0, 6, 12, 12]);
  assert.deepEqual((await resize(0, 1)).data, [0, 3, 9, 12]);
  assert.deepEqual((await resize(1, 0)).data.map(Math.round), [0, 4, 8, 12]);
});

test('a reshape goes over the file\'s own order, channels last, and keeps a free batch', async () => {
  const tensors = [{ shape: [1, 1, 2, 2] }, { shape: [3], data: ints(1, 4, 1), type: 2 }, { shape: [1, 4, 1] }];
  const result = await run(tensors, [{ code: 22, inputs: [0, 1], outputs: [2] }], [2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(result, { dims: [2, 4, 1], data: [1, 3, 2, 4, 5, 7, 6, 8] });
});

const image = { shape: [1, 1, 1, 1] };
const refused = (title: string, bytes: () => Uint8Array, message: RegExp): void => {
  test(`refused: ${title}`, () => {
    assert.throws(() => tfliteGraph(readTflite(bytes(), 'small.tflite'), 'small', ['y']), { name: 'FramewitnessError', code: 'FW_MODEL_FORMAT', message });
  });
};

refused('an operator that is not supported, by its name', () => tfliteFile([image, image], [{ code: 25, inputs: [0], outputs: [1] }], [0], [1]), /small\.tflite: the operator SOFTMAX is not supported/);
refused('an operator above 127', () => tfliteFile([image, image], [{ code: 150, inputs: [0], outputs: [1] }], [0], [1]), /the operator number 150 is not supported/);
refused('a custom operator, by its name', () => tfliteFile([image, image], [{ code: 32, custom: 'Evil', inputs: [0], outputs: [1] }], [0], [1]), /the operator CUSTOM Evil is not supported/);
refused('a fused activation that is not supported', () => tfliteFile([image, image], [{ code: 0, inputs: [0, 0], outputs: [1], options: [[0, 'int8', 4]] }], [0], [1]), /fused activation 4/);
refused('a weight that does not fill its shape', () => tfliteFile([image, { shape: [2], data: floats(1) }], [], [0], [0]), /tensor1 has 4 bytes, its shape \[2\] needs 8/);
refused('a stored tensor of another type', () => tfliteFile([image, { shape: [1], data: floats(1), type: 9 }], [], [0], [0]), /tensor1 has data type 9/);
refused('an operator that reads what is not computed yet', () => tfliteFile([image, image, image], [{ code: 19, inputs: [1], outputs: [2] }], [0], [2]), /tensor 1 is used before it is computed/);
refused('an operator whose tensor is not there', () => tfliteFile([image], [{ code: 19, inputs: [0], outputs: [7] }], [0], [0]), /there is no tensor 7/);
refused('no bytes', () => new Uint8Array(0), /identifier TFL3/);
refused('another file', () => new TextEncoder().encode('not a network at all'), /identifier TFL3/);
refused('a truncated file', () => tfliteFile([image, image], [{ code: 19, inputs: [0], outputs: [1] }], [0], [1]).slice(0, 40), /outside its 40/);

test('whatever bytes are changed, the answer is a graph or an error of the family', () => {
  const whole = tfliteFile(
    [{ shape: [1, 4, 4, 1] }, { shape: [1, 3, 3, 1], data: floats(...nine) }, { shape: [1, 2, 2, 1] }],
    [{ code: 3, inputs: [0, 1, -1], outputs: [2], options: conv(SAME, 2, 2) }],
    [0],
    [2],
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = whole.slice();
      for (const [at, value] of changes) bytes[at] = value;
      try {
        tfliteGraph(readTflite(bytes, 'small.tflite'), 'small', ['y']);
      } catch (error) {
        assert.ok(error instanceof FramewitnessError && ['FW_MODEL_FORMAT', 'FW_MODEL_GRAPH'].includes(error.code), String(error));
      }
    }),
    { seed: 11, numRuns: 1000 },
  );
});
