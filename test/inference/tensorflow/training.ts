/** What training needs of a back end; the test files of the back ends call this. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph } from '../../../src/inference/graph.js';
import { buildGraph } from '../../../src/inference/graph-builder.js';
import { batchNormalisation, convolution, fullyConnected } from '../../../src/inference/layers.js';
import type { TensorflowBackendName } from '../../../src/inference/tensorflow/backends.js';
import { createTensorflowExecutor } from '../../../src/inference/tensorflow/executor.js';
import { parityParameters } from '../../../src/models/parity.js';

const SIDE = 8;

/** Two convolutions, one of them depthwise, with everything that a small network has between them. */
export function smallNetwork(): Graph {
  return buildGraph('small', (g) => {
    const x = g.input('x', ['N', 1, SIDE, SIDE]);
    const first = g.relu(batchNormalisation(g, 'bn1', convolution(g, 'conv1', x, { channels: 6, kernel: 3, padding: 1 })));
    const second = g.relu(convolution(g, 'conv2', g.maxPool(first, { kernel: 2 }), { channels: 6, kernel: 3, padding: 1, groups: 6, bias: true }));
    const features = g.dropout(g.flatten(g.globalAveragePool(second)), 0.1);
    return { logits: fullyConnected(g, 'fc', features, 2) };
  });
}

/** Stripes that lie (0) or stand (1), with noise: pixels and labels of a batch, a function of the step. */
function stripes(step: number, size: number): { readonly pixels: Float32Array; readonly labels: Int32Array } {
  let state = step + 1;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const labels = Int32Array.from({ length: size }, () => (random() < 0.5 ? 0 : 1));
  const pixels = new Float32Array(size * SIDE * SIDE);
  labels.forEach((label, item) => {
    const phase = random() < 0.5 ? 0 : 1;
    for (let i = 0; i < SIDE * SIDE; i++) pixels[item * SIDE * SIDE + i] = (((label === 0 ? Math.floor(i / SIDE) : i % SIDE) + phase) % 2) + 0.6 * random() - 0.3;
  });
  return { pixels, labels };
}

/** Trains a tiny network for a few steps: the loss falls, statistics move, what it learnt comes out, no tensor is left. */
export async function checkTraining(backend: TensorflowBackendName): Promise<void> {
  const executor = await createTensorflowExecutor({ backend });
  const { tf } = executor;
  test(`${backend}: a tiny network learns, its running statistics move, and no tensor is left`, () => {
    executor.activate();
    const before = tf.memory().numTensors;
    const graph = smallNetwork();
    const initial = parityParameters(graph, 'training', 1.5);
    const variables = executor.createVariables(graph, initial);
    assert.deepEqual([...variables.statistics], ['bn1.running_mean', 'bn1.running_var']);
    const optimizer = tf.train.adam(0.02);
    const losses: number[] = [];
    let afterFirst = 0;
    for (let step = 0; step < 25; step++) {
      const { pixels, labels } = stripes(step, 16);
      const forward = executor.asFunction(graph, variables, { mode: 'train', dropoutSeed: step });
      const [loss] = tf.tidy(() => {
        const input = tf.tensor(pixels, [16, 1, SIDE, SIDE]);
        const target = tf.oneHot(tf.tensor1d(labels, 'int32'), 2);
        const { value, grads } = tf.variableGrads(() => tf.losses.softmaxCrossEntropy(target, forward({ x: input })['logits']!), variables.trainable);
        optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        return value.dataSync();
      });
      losses.push(loss!);
      if (step === 0) afterFirst = tf.memory().numTensors;
    }
    assert.equal(tf.memory().numTensors, afterFirst, 'a step leaves no tensor');
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.ok(mean(losses.slice(-5)) < 0.5 * mean(losses.slice(0, 3)), losses.join(' '));
    const learnt = variables.export();
    for (const key of ['conv1.weight', 'conv2.weight', 'bn1.running_mean', 'bn1.running_var']) assert.notDeepEqual(learnt.get(key)!.data, initial.get(key)!.data, key);
    // What was learnt serves, with the running statistics, as well as it trained.
    const { pixels, labels } = stripes(1000, 32);
    const logits = executor.run(graph, learnt, { x: { data: pixels, dims: [32, 1, SIDE, SIDE] } })['logits']!.data;
    const right = labels.filter((label, i) => logits[2 * i + label]! > logits[2 * i + 1 - label]!).length;
    assert.ok(right >= 28, `${right} of 32`);
    variables.dispose();
    optimizer.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}
