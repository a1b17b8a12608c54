import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNetwork } from '../../../src/models/registry.js';
import { cao2021Schema, criticState } from '../../../src/training/losses/cao2021.js';
import { createLoss } from '../../../src/training/losses/create.js';
import type { LossInput } from '../../../src/training/losses/loss.js';
import { assertNear, assertSlopes, lossFor, tf, valueOf } from './support.js';

/** A real and a forged face, each at two qualities. */
const BATCH = {
  outputs: {
    embedding: [[3, 4], [3, 1], [0.5, 0.2], [0.5, 1.4]],
    mask: [[[[0.6, 0.8]]], [[[0.8, 0.6]]], [[[0.3, 0.4]]], [[[0.3, 0.4]]]],
  },
  labels: [1, 1, 0, 0],
  masks: [[[1, 0], [1, 0]], [[1, 0], [1, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 0]]],
  pairs: [5, 5, 6, 6],
};
const SPEC = { kind: 'cao2021', inner: 1, outer: 6 };

test('radii, pairs, masks and attention are what they say, weighted as in the released program', () => {
  const { total, parts } = valueOf(lossFor(SPEC, 'cao2021'), BATCH);
  const metric = (1 + (6 - Math.sqrt(10)) + 0 + (Math.sqrt(0.25 + 1.96) - 1)) / 4;
  const pair = (3 + 1.2) / 2;
  const mask = -(Math.log(0.6) + Math.log(0.2) + Math.log(0.8) + Math.log(0.4) + 2 * (Math.log(0.7) + Math.log(0.6))) / 8;
  // Lengths are 1 and 1, 0.5 and 0.5: the first pair's differ by (0.2, -0.2), the second's by nothing.
  const attention = Math.sqrt(0.08) / 2;
  assertNear(parts['metric'], metric);
  assertNear(parts['pair'], pair);
  assertNear(parts['mask'], mask);
  assert.ok(Math.abs(parts['attention']! - attention) < 1e-5);
  assert.ok(Math.abs(total - (2 * metric + 0.2 * pair + 2 * mask + attention)) < 1e-5);
});

test('a place is forged where more than the threshold of it is', () => {
  const loss = lossFor({ ...SPEC, metric: 0, pair: 0, attention: 0, mask: 1 }, 'cao2021');
  const masks = [[[0.3, 0], [0, 0.3]]];
  // Means of the columns are 0.15: below a threshold of 0.2, above one of 0.1.
  const batch = { outputs: { embedding: [[1, 1]], mask: [[[[0.25, 0.25]]]] }, labels: [1], masks };
  assertNear(valueOf(loss, batch).total, -Math.log(0.75));
  assertNear(valueOf(lossFor({ ...SPEC, metric: 0, pair: 0, attention: 0, mask: 1, maskThreshold: 0.1 }, 'cao2021'), batch).total, -Math.log(0.25));
});

test('its slopes are those of differences', () => {
  assertSlopes(lossFor({ ...SPEC, attention: 0 }, 'cao2021'), BATCH, { step: 2e-3, tolerance: 5e-3 });
  const outputs = { ...BATCH.outputs, mask: [[[[0.6, 0.8]]], [[[0.8, 0.6]]], [[[0.3, 0.4]]], [[[0.5, 0.2]]]] };
  assertSlopes(lossFor(SPEC, 'cao2021'), { ...BATCH, outputs }, { step: 2e-3, tolerance: 5e-3 });
});

test('it needs masks and pairs only for what has a weight', () => {
  assert.deepEqual(lossFor(SPEC, 'cao2021').needs, { masks: true, pairs: true });
  const plain = lossFor({ ...SPEC, pair: 0, attention: 0, mask: 0 }, 'cao2021');
  assert.deepEqual(plain.needs, { masks: false, pairs: false });
  assertNear(valueOf(plain, { outputs: { embedding: [[0, 8]], mask: [[[[0.5, 0.5]]]] }, labels: [1] }).total, 0);
  assert.equal(plain.variables, undefined);
  assert.throws(() => lossFor(SPEC, 'xception'), { code: 'FW_LOSS_UNFIT' });
});

test('for the critic the network gives its features too, under the same parameters; small maps are refused', () => {
  const created = createLoss(cao2021Schema.parse({ ...SPEC, adversarial: 1 }), findNetwork('cao2021'));
  const graph = created.graph!({ inputSize: 299, clipLength: 1 });
  assert.deepEqual(graph.outputs.map(({ name, value }) => [name, value.shape]), [['embedding', ['N', 2048]], ['mask', ['N', 1, 19, 19]], ['features', ['N', 728, 19, 19]]]);
  assert.throws(() => created.variables!(tf, { inputSize: 128, clipLength: 1 }), { code: 'FW_LOSS_UNFIT', message: /256 or more/ });
});

/** Pairs whose worse quality has a lower second channel. */
function features(worse: number): number[][][][] {
  const plane = (value: number): number[][] => Array.from({ length: 16 }, (_, y) => Array.from({ length: 16 }, (__, x) => value + 0.01 * ((x * 3 + y * 5) % 7)));
  return [plane(0.5), plane(0.6)].flatMap((first) => [[first, plane(1)], [first, plane(worse)]]);
}

test('the critic learns to tell the order of qualities, its weights are state, and the network is drawn to leave no difference', () => {
  const spec = cao2021Schema.parse({ ...SPEC, metric: 0, mask: 0, pair: 0, attention: 0, adversarial: 1, criticRate: 2e-3, criticSteps: 3 });
  const { loss } = createLoss(spec, findNetwork('cao2021'));
  const before = tf.memory().numTensors;
  const state = criticState(tf, [2, 16, 16], spec, 4);
  const keys = [...state.byKey.keys()];
  assert.equal(keys.length, 20);
  assert.ok(keys.includes('loss.critic.conv1.weight') && keys.includes('loss.critic.linear.bias.square'));
  const input = (worse: number, step: number): LossInput => ({
    tf,
    outputs: { embedding: tf.zeros([4, 3]), mask: tf.fill([4, 1, 1, 1], 0.5), features: tf.tensor(features(worse)) },
    labels: tf.tensor1d([1, 1, 1, 1]),
    pairs: tf.tensor1d([0, 0, 1, 1], 'int32'),
    step,
    steps: 12,
    state,
  });
  const judged = (worse: number): number => tf.tidy(() => loss(input(worse, 0)).total.dataSync()[0]!);
  const first = judged(0.2);
  const kept = tf.memory().numTensors;
  for (let step = 0; step < 12; step++) tf.tidy(() => state.adversary!(input(0.2, step)).dataSync());
  assert.ok(judged(0.2) > first + 0.5, `${first} to ${judged(0.2)}`);
  assert.ok(Math.abs(judged(1)) < 1e-5, 'like qualities leave nothing to tell by');
  const slope = tf.tidy(() => tf.grad((x) => loss({ ...input(0.2, 0), outputs: { ...input(0.2, 0).outputs, features: x } }).total)(tf.tensor(features(0.2))).arraySync() as number[][][][]);
  const sum = (plane: readonly number[][]): number => plane.flat().reduce((total, value) => total + value, 0);
  assert.ok(sum(slope[1]![1]!) < 0 && sum(slope[0]![1]!) > 0, 'going down the slope draws both qualities together');
  assert.equal(tf.memory().numTensors, kept, 'a step leaves no tensor');
  state.dispose();
  assert.equal(tf.memory().numTensors, before);
});

test('without its critic the adversarial part is refused', () => {
  const outputs = { embedding: [[1], [1]], mask: [[[[0.5]]], [[[0.5]]]], features: [[[[1]]], [[[1]]]] };
  assert.throws(() => valueOf(lossFor({ ...SPEC, mask: 0, adversarial: 1 }, 'cao2021'), { outputs, labels: [1, 1], pairs: [0, 0] }), { code: 'FW_LOSS_UNFIT', message: /critic/ });
});
