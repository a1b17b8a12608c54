/** Every registered network learns by its published loss: a few steps on as few faces as it takes, at the smallest size. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadGradients } from '../../src/inference/tensorflow/backends.js';
import { createTensorflowExecutor } from '../../src/inference/tensorflow/executor.js';
import type { Tensor } from '../../src/inference/tensorflow/tf.js';
import type { NetworkDefinition, NetworkShape } from '../../src/models/network.js';
import { parityInput } from '../../src/models/parity.js';
import { NETWORKS, networkGraph } from '../../src/models/registry.js';
import { createLoss } from '../../src/training/losses/create.js';
import type { LossInput } from '../../src/training/losses/loss.js';
import { publishedLoss } from '../../src/training/losses/published.js';
import { initialParameters } from '../../src/training/train/initialise.js';

const executor = await createTensorflowExecutor({ backend: 'node' });
const { tf } = executor;
loadGradients();

/** Length of a step over all weights together: so small that it goes down whatever the network. */
const STRIDE = 1e-3;

/** One step for networks of a fixed size, which are large. */
const stepsOf = ({ inputSizes }: NetworkDefinition): number => (inputSizes === undefined ? 1 : 3);

/** Below this the last maps are a single place, and normalisation over a batch of two makes them ±1 whatever the weights. */
const SMALLEST = 64;

/** About the smallest that it can be built for; clips of two, where it takes so few. */
function smallest({ inputSize, inputSizes, clipLength, clipLengths }: NetworkDefinition): NetworkShape {
  return { inputSize: inputSizes === undefined ? inputSize : Math.max(SMALLEST, inputSizes.minimum), clipLength: clipLengths === undefined ? clipLength : Math.max(2, clipLengths.minimum) };
}

for (const network of NETWORKS) {
  test(`${network.name} makes its published loss smaller on the faces that it is shown`, () => {
    const before = tf.memory().numTensors;
    const shape = smallest(network);
    const { loss, needs } = createLoss(publishedLoss(network), network);
    const graph = networkGraph(network, shape);
    const variables = executor.createVariables(graph, initialParameters(graph, 1));
    const labels = needs.pairs ? [1, 1, 0, 0] : [1, 0];
    const { inputSize: size } = shape;
    const dims = network.kind === 'frame' ? [labels.length, 3, size, size] : [labels.length, shape.clipLength, 3, size, size];
    const steps = stepsOf(network);
    const costs = tf.tidy(() => {
      const input = tf.tensor(parityInput('faces', dims).data, dims);
      const given: Omit<LossInput, 'outputs'> = {
        tf,
        labels: tf.tensor1d(labels),
        ...(needs.masks ? { masks: tf.mul(tf.ones([labels.length, 4, 4]), tf.tensor(labels, [labels.length, 1, 1])) } : {}),
        ...(needs.pairs ? { pairs: tf.tensor1d([0, 0, 1, 1], 'int32') } : {}),
        step: 0,
        steps,
      };
      const forward = executor.asFunction(graph, variables, { mode: 'train', dropoutSeed: 1 });
      const total = (): Tensor => loss({ ...given, outputs: forward({ input }) }).total;
      const found: number[] = [];
      for (let step = 0; step < steps; step++) {
        tf.tidy(() => {
          const { value, grads } = tf.variableGrads(total as never, variables.trainable);
          found.push(value.dataSync()[0]!);
          const slopes = Object.values(grads);
          const length = Math.sqrt(slopes.reduce((sum, slope) => sum + tf.sum(tf.square(slope)).dataSync()[0]!, 0));
          assert.ok(Number.isFinite(length) && length > 0, `slopes of length ${length}`);
          for (const variable of variables.trainable) {
            const slope = grads[variable.name];
            if (slope !== undefined) variable.assign(tf.sub(variable, tf.mul(slope, STRIDE / length)));
          }
        });
      }
      return [...found, total().dataSync()[0]!];
    });
    assert.ok(costs.at(-1)! < costs[0]!, costs.join(' '));
    variables.dispose();
    assert.equal(tf.memory().numTensors, before, 'no tensor is left');
  });
}
