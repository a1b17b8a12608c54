/** No network trains inverted: what lowers its loss is what its own decision calls right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concreteShape } from '../../../src/inference/shapes.js';
import type { FloatTensor } from '../../../src/inference/tensor.js';
import type { Tensor } from '../../../src/inference/tensorflow/tf.js';
import { decide, type Decision } from '../../../src/models/decision.js';
import type { NetworkDefinition } from '../../../src/models/network.js';
import { parityTensor } from '../../../src/models/parity.js';
import { NETWORKS, networkGraph } from '../../../src/models/registry.js';
import { createLoss } from '../../../src/training/losses/create.js';
import { publishedLoss } from '../../../src/training/losses/published.js';
import { lossSpecSchema, type LossSpec } from '../../../src/training/losses/spec.js';
import { tf } from './support.js';

const LABELS = [1, 0, 1, 0];
/** Rate of the descent: embeddings are long, probabilities are not to leave 0 to 1. */
const rateOf = ({ decision }: NetworkDefinition): number => (decision.kind === 'length' ? 2 : decision.kind === 'probability' ? 0.1 : 0.3);

/** Outputs of four items, all alike: nothing tells the forged from the real before the descent. */
function alike(network: NetworkDefinition): Record<string, Tensor> {
  const { outputs } = networkGraph(network);
  return Object.fromEntries(
    outputs.map(({ name, value }) => {
      const dims = [...concreteShape(value.shape, 1)];
      const row = parityTensor(network.name, name, dims, 1).data.map((x) => Math.min(0.6, Math.max(0.4, 0.5 + 0.05 * x)));
      return [name, tf.tile(tf.tensor(row, dims), [LABELS.length, ...dims.slice(1).map(() => 1)])];
    }),
  );
}

/** Capsule-Forensics decides by the mean of what its loss reads. */
function linked(outputs: Record<string, Tensor>): Record<string, Tensor> {
  const { z, ...others } = outputs;
  return z === undefined ? others : { ...others, z, class_probabilities: tf.mean(tf.softmax(z, 2), 1) };
}

function descend(network: NetworkDefinition, spec: LossSpec): { readonly before: number; readonly after: number; readonly outputs: Record<string, FloatTensor> } {
  return tf.tidy(() => {
    const { loss } = createLoss(spec, network);
    const names = networkGraph(network).outputs.map(({ name }) => name);
    const masks = tf.mul(tf.ones([LABELS.length, 6, 6]), tf.tensor(LABELS, [LABELS.length, 1, 1]));
    const total = (...tensors: Tensor[]): Tensor => {
      const outputs = linked(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])));
      const value = loss({ tf, outputs, labels: tf.tensor1d(LABELS), masks, pairs: tf.tensor1d([0, 1, 0, 1], 'int32'), step: 0, steps: 1 }).total;
      // Every output has a slope, also one that the loss does not read.
      return tensors.reduce((sum, tensor) => tf.add(sum, tf.mul(tf.sum(tensor), 0)), value);
    };
    const start = alike(network);
    let tensors = names.map((name) => start[name]!);
    const before = total(...tensors).dataSync()[0]!;
    for (let step = 0; step < 3; step++) {
      const slopes = tf.grads(total)(tensors) as Tensor[];
      tensors = tensors.map((tensor, i) => tf.sub(tensor, tf.mul(slopes[i]!, rateOf(network))));
    }
    const outputs = linked(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])));
    return { before, after: total(...tensors).dataSync()[0]!, outputs: Object.fromEntries(Object.entries(outputs).map(([name, x]) => [name, { dims: x.shape, data: Float32Array.from(x.dataSync()) }])) };
  });
}

/** Asserts that each forged item is found more forged than each real one, and so is each of its faces than theirs. */
function assertTold(decision: Decision, outputs: Record<string, FloatTensor>, faces: number, what: string): void {
  const scores = decide(decision, outputs, LABELS.length * faces);
  for (let face = 0; face < faces; face++) {
    const of = (label: number): number[] => LABELS.flatMap((each, item) => (each === label ? [scores[item * faces + face]!] : []));
    assert.ok(Math.min(...of(1)) > Math.max(...of(0)), `${what}: forged ${of(1).join(' ')}, real ${of(0).join(' ')}`);
  }
}

for (const network of NETWORKS) {
  test(`${network.name}: its published loss falls where its decision tells forged from real`, () => {
    const { before, after, outputs } = descend(network, publishedLoss(network));
    assert.ok(after < before, `${before} to ${after}`);
    assertTold(network.decision, outputs, 1, 'decision');
    if (network.frameDecision !== undefined) assertTold(network.frameDecision, outputs, network.clipLength, 'decision on faces');
  });
}

test('the general losses do so too, for every network that has a probability', () => {
  for (const network of NETWORKS.filter(({ decision }) => decision.kind !== 'length')) {
    for (const kind of ['bce', 'focal', 'auc', 'squared-error', 'am-softmax', 'cross-entropy']) {
      assertTold(network.decision, descend(network, lossSpecSchema.parse({ kind })).outputs, 1, `${network.name}, ${kind}`);
    }
  }
});

test('every network has a published loss of its own', () => {
  assert.deepEqual(NETWORKS.filter((network) => publishedLoss(network).kind === 'bce').map(({ name }) => name), ['srm-residual']);
});
