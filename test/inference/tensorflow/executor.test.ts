import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../../src/inference/graph-builder.js';
import { batchNormalisation, fullyConnected } from '../../../src/inference/layers.js';
import { createTensorflowExecutor } from '../../../src/inference/tensorflow/executor.js';
import { dropoutMask } from '../../../src/inference/tensorflow/dropout.js';
import { parityParameters } from '../../../src/models/parity.js';
import { spreadOut } from './cases.js';
import { smallNetwork } from './training.js';

const executor = await createTensorflowExecutor({ backend: 'cpu' });
const { tf } = executor;

test('in training, batch normalisation uses the biased variance of the batch and moves the running one by a tenth of the unbiased', () => {
  const graph = buildGraph('norm', (g) => ({ y: batchNormalisation(g, 'bn', g.input('x', ['N', 1]), 0) }));
  const tensor = (value: number): { dims: number[]; data: Float32Array } => ({ dims: [1], data: Float32Array.of(value) });
  const variables = executor.createVariables(graph, new Map([['bn.weight', tensor(2)], ['bn.bias', tensor(1)], ['bn.running_mean', tensor(10)], ['bn.running_var', tensor(20)]]));
  const y = tf.tidy(() => executor.asFunction(graph, variables, { mode: 'train' })({ x: tf.tensor([0, 2, 4], [3, 1]) })['y']!.dataSync());
  const deviation = Math.sqrt(8 / 3);
  [0, 2, 4].forEach((x, i) => assert.ok(Math.abs(y[i]! - ((2 * (x - 2)) / deviation + 1)) < 1e-6));
  const after = variables.export();
  assert.ok(Math.abs(after.get('bn.running_mean')!.data[0]! - (9 + 0.2)) < 1e-6);
  assert.ok(Math.abs(after.get('bn.running_var')!.data[0]! - (18 + 0.4)) < 1e-6);
  assert.throws(() => executor.asFunction(graph, variables, { mode: 'train' })({ x: tf.tensor([1], [1, 1]) }), { code: 'FW_MODEL_FAILED', message: /bn: a batch of one value/ });
  variables.dispose();
});

test('a dropout mask is a function of seed and layer, keeps the expected share and scales it up', () => {
  const mask = dropoutMask(10_000, 0.25, 7, 'layer');
  assert.deepEqual(dropoutMask(10_000, 0.25, 7, 'layer'), mask);
  assert.notDeepEqual(dropoutMask(10_000, 0.25, 8, 'layer'), mask);
  assert.notDeepEqual(dropoutMask(10_000, 0.25, 7, 'other'), mask);
  const kept = mask.filter((value) => value !== 0);
  assert.ok(kept.every((value) => value === Math.fround(4 / 3)));
  assert.ok(Math.abs(kept.length - 7500) < 200, `${kept.length}`);
});

test('dropout works in training only, and the same seed drops the same', () => {
  const graph = buildGraph('dropout', (g) => ({ y: g.dropout(g.input('x', ['N', 50]), 0.5) }));
  const variables = executor.createVariables(graph, new Map());
  const run = (options: Parameters<typeof executor.asFunction>[2]): Float32Array => tf.tidy(() => executor.asFunction(graph, variables, options)({ x: tf.ones([2, 50]) })['y']!.dataSync<'float32'>());
  assert.ok(run({}).every((value) => value === 1));
  const dropped = run({ mode: 'train', dropoutSeed: 1 });
  assert.ok(dropped.includes(0) && dropped.includes(2));
  assert.deepEqual(run({ mode: 'train', dropoutSeed: 1 }), dropped);
  assert.notDeepEqual(run({ mode: 'train', dropoutSeed: 2 }), dropped);
  variables.dispose();
});

test('a run holds no more tensors than it must: each goes with its last reader', () => {
  const graph = buildGraph('chain', (g) => {
    let x = g.input('x', ['N', 64]);
    for (let i = 0; i < 50; i++) x = g.relu(x);
    return { y: x };
  });
  const network = executor.load(graph, new Map());
  let peak = 0;
  const relu = tf.getKernel('Relu', 'cpu');
  tf.unregisterKernel('Relu', 'cpu');
  tf.registerKernel({ ...relu, kernelFunc: (params) => ((peak = Math.max(peak, tf.memory().numTensors)), relu.kernelFunc(params)) });
  const before = tf.memory().numTensors;
  network.run({ x: spreadOut([2, 64], 1) });
  tf.unregisterKernel('Relu', 'cpu');
  tf.registerKernel(relu);
  assert.ok(peak - before <= 4, `${peak - before} more than before`);
  assert.equal(tf.memory().numTensors, before);
  network.dispose();
});

test('a run that fails says which network and why, and leaves no tensor', () => {
  const graph = smallNetwork();
  const network = executor.load(graph, parityParameters(graph, 'failing', 1));
  const x = spreadOut([1, 1, 8, 8], 1);
  network.run({ x });
  const before = tf.memory().numTensors;
  assert.throws(() => network.run({}), { code: 'FW_MODEL_FAILED', message: /small: input x is missing/ });
  assert.throws(() => network.run({ x: spreadOut([1, 1, 8, 9], 1) }), { code: 'FW_MODEL_FAILED', message: /small: input x has shape \[1, 1, 8, 9\], must have \[N, 1, 8, 8\]/ });
  assert.throws(() => network.run({ x, z: x }), { code: 'FW_MODEL_FAILED', message: /there is no input z/ });
  assert.throws(() => network.run({ x: { ...x, data: x.data.slice(1) } }), { code: 'FW_MODEL_FAILED', message: /small: the run failed in TensorFlow.js \(cpu\)/ });
  assert.equal(tf.memory().numTensors, before);
  network.dispose();
});

test('two networks whose parameters have the same keys may be trained side by side', () => {
  const graph = buildGraph('twin', (g) => ({ y: fullyConnected(g, 'fc', g.input('x', ['N', 3]), 2) }));
  const [a, b] = [executor.createVariables(graph, parityParameters(graph, 'a', 1)), executor.createVariables(graph, parityParameters(graph, 'b', 1))];
  assert.notDeepEqual(a.export().get('fc.weight'), b.export().get('fc.weight'));
  assert.throws(() => executor.createVariables(graph, new Map()), { code: 'FW_MODEL_WEIGHTS', message: /twin: missing fc.weight/ });
  a.dispose();
  b.dispose();
});
