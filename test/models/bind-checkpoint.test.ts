import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Checkpoint } from '../../src/inference/checkpoints/checkpoint.js';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { convolution, fullyConnected } from '../../src/inference/layers.js';
import type { FloatTensor } from '../../src/inference/tensor.js';
import { bindCheckpoint } from '../../src/models/bind-checkpoint.js';

const graph = buildGraph('small', (g) => {
  const x = g.input('input', ['N', 2, 1, 1]);
  const y = convolution(g, 'point', x, { channels: 3, kernel: 1, bias: true });
  return { y: fullyConnected(g, 'head', g.flatten(y), 1) };
});
const tensor = (dims: readonly number[], first = 1): FloatTensor => ({ dims, data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => first + i) });
const all = { 'point.weight': tensor([3, 2, 1, 1]), 'point.bias': tensor([3]), 'head.weight': tensor([1, 3]), 'head.bias': tensor([1]) };
const checkpoint = (tensors: Readonly<Record<string, FloatTensor>>, format: Checkpoint['format'] = 'pytorch-zip'): Pick<Checkpoint, 'format' | 'tensors'> => ({
  format,
  tensors: new Map(Object.entries(tensors).map(([name, value]) => [name, { ...value, type: 'float32' }])),
});
const prefixed = (prefix: string, tensors: Readonly<Record<string, FloatTensor>> = all): Record<string, FloatTensor> => Object.fromEntries(Object.entries(tensors).map(([name, value]) => [prefix + name, value]));

test('wrappers before every key are taken off, and counters are passed over', () => {
  for (const prefix of ['', 'module.', 'model.', 'module.model.']) {
    const bound = bindCheckpoint(graph, checkpoint({ ...prefixed(prefix), [`${prefix}bn.num_batches_tracked`]: tensor([]) }));
    assert.deepEqual([...bound.keys()].sort(), Object.keys(all).sort(), prefix);
  }
});

test('pointwise kernels of two axes get the two that the graph has, with the same numbers', () => {
  const bound = bindCheckpoint(graph, checkpoint({ ...all, 'point.weight': tensor([3, 2]), 'head.weight': tensor([1, 3, 1, 1]) }));
  assert.deepEqual(bound.get('point.weight')!.dims, [3, 2, 1, 1]);
  assert.deepEqual(bound.get('head.weight')!.dims, [1, 3]);
  assert.deepEqual(bound.get('point.weight')!.data, tensor([3, 2]).data);
});

test('every missing, surplus and misshapen tensor is listed by name at once', () => {
  const { 'head.bias': bias, ...rest } = all;
  assert.ok(bias);
  assert.throws(() => bindCheckpoint(graph, checkpoint({ ...rest, 'point.bias': tensor([4]), extra: tensor([2]) })), (error: unknown) => {
    assert.ok(error instanceof Error);
    for (const part of ['3 tensor(s)', 'missing head.bias', 'misshapen point.bias', 'surplus extra']) assert.ok(error.message.includes(part), part);
    return true;
  });
});

test('a layout renames beginnings and passes over what nothing needs, and only that', () => {
  const published = { ...prefixed('', { 'point.weight': all['point.weight'], 'point.bias': all['point.bias'] }), 'last.1.weight': all['head.weight'], 'last.1.bias': all['head.bias'], 'decoder.x': tensor([9]) };
  const layout = { unused: ['decoder.'], renamed: [{ from: 'last.1.', to: 'head.' }] };
  assert.equal(bindCheckpoint(graph, checkpoint(published), layout).size, 4);
  assert.throws(() => bindCheckpoint(graph, checkpoint({ ...published, 'encoder.x': tensor([9]) }), layout), { code: 'FW_MODEL_WEIGHTS', message: /1 tensor.*\n.*surplus encoder\.x/ });
  assert.throws(() => bindCheckpoint(graph, checkpoint({ ...published, ...prefixed('head.', { weight: all['head.weight'] }) }), layout), { message: /surplus last\.1\.weight/ });
});

test('Keras layers fit by the order of their numbers, their axes turned', () => {
  const keras = {
    'conv2d_12/conv2d_12/kernel:0': tensor([1, 1, 2, 3]),
    'conv2d_12/conv2d_12/bias:0': tensor([3]),
    'dense_7/dense_7/kernel:0': tensor([3, 1]),
    'dense_7/dense_7/bias:0': tensor([1]),
  };
  const bound = bindCheckpoint(graph, checkpoint(keras, 'keras-h5'), { keras: { conv2d: ['point'], dense: ['head'] } });
  assert.deepEqual([...bound.get('point.weight')!.data], [1, 4, 2, 5, 3, 6]);
  assert.deepEqual(bound.get('head.weight')!.dims, [1, 3]);
  assert.throws(() => bindCheckpoint(graph, checkpoint(keras, 'keras-h5')), { code: 'FW_MODEL_FORMAT', message: /not known how Keras weights fit/ });
});

test('Keras numbers are compared as numbers: the tenth layer comes after the ninth', () => {
  const two = buildGraph('two', (g) => ({ y: fullyConnected(g, 'b', fullyConnected(g, 'a', g.input('input', ['N', 1]), 1), 1) }));
  const dense = (n: number, first: number): Record<string, FloatTensor> => ({ [`dense_${n}/kernel:0`]: tensor([1, 1], first), [`dense_${n}/bias:0`]: tensor([1], first) });
  const bound = bindCheckpoint(two, checkpoint({ ...dense(10, 20), ...dense(9, 10) }, 'keras-h5'), { keras: { dense: ['a', 'b'] } });
  assert.deepEqual([bound.get('a.weight')!.data[0], bound.get('b.weight')!.data[0]], [10, 20]);
});
