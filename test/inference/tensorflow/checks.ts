/** What holds on every back end; the test files of the back ends call these. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emitOnnx } from '../../../src/inference/onnx-emitter.js';
import { createSession } from '../../../src/inference/onnx-runtime.js';
import { servingGraph } from '../../../src/inference/serving-graph.js';
import type { FloatTensor } from '../../../src/inference/tensor.js';
import type { TensorflowBackendName } from '../../../src/inference/tensorflow/backends.js';
import { createTensorflowExecutor, type ForwardOptions, type TensorflowExecutor } from '../../../src/inference/tensorflow/executor.js';
import { OPERATION_CASES, spreadOut, type OperationCase } from './cases.js';

/** The case as ONNX Runtime computes it. */
async function byOnnxRuntime({ graph, parameters, x }: OperationCase): Promise<FloatTensor> {
  const session = await createSession(emitOnnx(servingGraph(graph, parameters)), { name: graph.name });
  try {
    return (await session.run({ x }))['y']!;
  } finally {
    await session.close();
  }
}

/** Asserts that tensors are equal up to `tolerance` times the root mean square of the expected one. */
export function assertClose(actual: FloatTensor, expected: FloatTensor, tolerance: number, what: string): void {
  assert.deepEqual(actual.dims, expected.dims, what);
  const rms = Math.sqrt(expected.data.reduce((sum, value) => sum + value * value, 0) / Math.max(1, expected.data.length));
  actual.data.forEach((value, i) => assert.ok(Math.abs(value - expected.data[i]!) <= tolerance * Math.max(rms, 1e-3), `${what}: [${i}] is ${value}, expected ${expected.data[i]}`));
}

/** Gradients of sum(y × fixed numbers) by input `x` and by every trainable parameter. */
function gradients(executor: TensorflowExecutor, { graph, parameters, x }: OperationCase, options: ForwardOptions): ReadonlyMap<string, FloatTensor> {
  const { tf } = executor;
  const variables = executor.createVariables(graph, parameters);
  const input = tf.tidy(() => tf.variable(tf.tensor(x.data, [...x.dims]), true, `x of ${graph.name} on ${executor.backend}`));
  try {
    const found = new Map<string, FloatTensor>();
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() => weighted(executor, executor.asFunction(graph, variables, options)({ x: input })['y']!), [...variables.trainable, input]);
      for (const [key, { name }] of [['x', input] as const, ...variables.byKey]) {
        const gradient = grads[name];
        if (gradient !== undefined) found.set(key, { dims: [...gradient.shape], data: Float32Array.from(gradient.dataSync()) });
      }
    });
    return found;
  } finally {
    variables.dispose();
    input.dispose();
  }
}

function weighted({ tf }: TensorflowExecutor, y: ReturnType<TensorflowExecutor['tf']['tensor']>): ReturnType<TensorflowExecutor['tf']['scalar']> {
  return tf.sum(tf.mul(y, tf.tensor(spreadOut(y.shape, 5).data, y.shape)));
}

/** The same sum at other values. */
function valueAt(executor: TensorflowExecutor, { graph, parameters, x }: OperationCase, moved: string, by: (i: number) => number, options: ForwardOptions): number {
  const { tf } = executor;
  const change = (tensor: FloatTensor): FloatTensor => ({ ...tensor, data: tensor.data.map((value, i) => value + by(i)) });
  const at = moved === 'x' ? parameters : new Map([...parameters].map(([key, tensor]) => [key, key === moved ? change(tensor) : tensor]));
  const variables = executor.createVariables(graph, at);
  try {
    return tf.tidy(() => {
      const input = moved === 'x' ? change(x) : x;
      return weighted(executor, executor.asFunction(graph, variables, options)({ x: tf.tensor(input.data, [...input.dims]) })['y']!).dataSync()[0]!;
    });
  } finally {
    variables.dispose();
  }
}

/** The derivative along a direction of ±1s, by central differences, against the gradient. */
function checkByDifferences(executor: TensorflowExecutor, operation: OperationCase, options: ForwardOptions): void {
  const step = 1e-3;
  for (const [key, gradient] of gradients(executor, operation, options)) {
    for (const seed of [11, 12, 13]) {
      const direction = spreadOut([gradient.data.length], seed).data.map((value) => Math.sign(value));
      const slope = gradient.data.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      const value = (sign: number): number => valueAt(executor, operation, key, (i) => sign * step * direction[i]!, options);
      const difference = (value(1) - value(-1)) / (2 * step);
      const scale = Math.sqrt(gradient.data.reduce((sum, g) => sum + g * g, 0));
      assert.ok(Math.abs(slope - difference) <= 0.01 * Math.max(scale, 0.3), `${operation.title}, by ${key}: the gradient says ${slope}, differences say ${difference}`);
    }
  }
}

/** Gradients against finite differences, for every operation and for batch normalisation by its batch. */
export async function checkGradientsByDifferences(backend: TensorflowBackendName): Promise<void> {
  const executor = await createTensorflowExecutor({ backend });
  for (const operation of OPERATION_CASES) {
    test(`the gradient of ${operation.title} is that of differences`, () => {
      checkByDifferences(executor, operation, { mode: 'evaluate' });
      if (/batchNorm|dropout/.test(operation.title)) checkByDifferences(executor, operation, { mode: 'train', dropoutSeed: 3 });
    });
  }
}

/** Every operation against ONNX Runtime, and the engine's tensors counted before and after. */
export async function checkOperations(backend: TensorflowBackendName): Promise<void> {
  const executor = await createTensorflowExecutor({ backend });
  for (const operation of OPERATION_CASES) {
    test(`${backend}: ${operation.title} is what ONNX Runtime computes, folded and not, and no tensor is left`, async () => {
      const { graph, parameters, x } = operation;
      const expected = await byOnnxRuntime(operation);
      const before = executor.tf.memory().numTensors;
      const network = executor.load(graph, parameters);
      for (let i = 0; i < 2; i++) assertClose(network.run({ x })['y']!, expected, 1e-5, 'served');
      network.dispose();
      const variables = executor.createVariables(graph, parameters);
      const y = executor.tf.tidy(() => {
        const output = executor.asFunction(graph, variables)({ x: executor.tf.tensor(x.data, [...x.dims]) })['y']!;
        return { dims: output.shape, data: Float32Array.from(output.dataSync()) };
      });
      variables.dispose();
      assertClose(y, expected, 1e-5, 'as a function');
      assert.equal(executor.tf.memory().numTensors, before);
    });
  }
}

/** Gradients of every operation against the plain JavaScript back end's, and the engine's tensors counted. */
export async function checkGradientsAgree(backend: TensorflowBackendName): Promise<void> {
  const [executor, reference] = [await createTensorflowExecutor({ backend }), await createTensorflowExecutor({ backend: 'cpu' })];
  for (const operation of OPERATION_CASES) {
    test(`${backend}: the gradient of ${operation.title} is the plain JavaScript back end's, and no tensor is left`, () => {
      for (const mode of ['evaluate', 'train'] as const) {
        const expected = gradients(reference, operation, { mode });
        executor.activate();
        const before = executor.tf.memory().numTensors;
        const actual = gradients(executor, operation, { mode });
        assert.equal(executor.tf.memory().numTensors, before);
        assert.deepEqual([...actual.keys()], [...expected.keys()]);
        for (const [key, gradient] of actual) assertClose(gradient, expected.get(key)!, 1e-4, `${mode}, by ${key}`);
      }
    });
  }
}
