import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, slopesOf, softplus, valueOf } from './support.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** Two forged (1, -0.2), three real (0.5, -2, 0). */
const BATCH = { outputs: { frame: [[1], [0.5], [-0.2], [-2], [0]] }, labels: [1, 0, 1, 0, 0] };

/** Pair by pair, as the formula says. */
function pairsByHand(forged: readonly number[], real: readonly number[], power: number): readonly number[] {
  return forged.flatMap((f) => real.map((r) => Math.max(0, 0.15 - (sigmoid(f) - sigmoid(r))) ** power));
}

test('every pair of a forged and a real item costs what their probabilities lack, squared, meant over all pairs', () => {
  const { total, parts } = valueOf(lossFor({ kind: 'auc' }, 'srm-residual'), BATCH);
  const costs = pairsByHand([1, -0.2], [0.5, -2, 0], 2);
  assert.deepEqual(costs.map((cost) => cost > 0), [true, false, false, true, false, true]);
  const pairs = costs.reduce((sum, cost) => sum + cost, 0) / 6;
  const bce = (softplus(-1) + softplus(0.5) + softplus(0.2) + softplus(-2) + softplus(0)) / 5;
  assertNear(parts['pairs'], pairs);
  assertNear(parts['bce'], bce);
  assertNear(total, 0.5 * bce + 0.5 * pairs);
});

test('the worked numbers of the docstring\'s formula: one pair, forged at 0.5 and real at 0.6', () => {
  const logit = Math.log(0.6 / 0.4);
  const { parts } = valueOf(lossFor({ kind: 'auc', gamma: 0.15, power: 2 }, 'srm-residual'), { outputs: { frame: [[0], [logit]] }, labels: [1, 0] });
  assertNear(parts['pairs'], 0.0625);
});

test('meant over the pairs that cost something, it is as large as those', () => {
  const costs = pairsByHand([1, -0.2], [0.5, -2, 0], 3);
  const { parts } = valueOf(lossFor({ kind: 'auc', over: 'violations', power: 3, alpha: 0.25 }, 'srm-residual'), BATCH);
  assertNear(parts['pairs'], costs.reduce((sum, cost) => sum + cost, 0) / 3);
});

test('a pair in the right order costs nothing and an inverted one does, in every network\'s own order of classes', () => {
  for (const [network, output, sign] of [['srm-residual', 'frame', 1], ['dual-level-vit', 'logit', -1]] as const) {
    const cost = (forged: number, real: number): number => valueOf(lossFor({ kind: 'auc' }, network), { outputs: { [output]: [[sign * forged], [sign * real]] }, labels: [1, 0] }).parts['pairs']!;
    assertNear(cost(4, -4), 0);
    // The released code gives 1.24 to the right order and nothing to the wrong one.
    assert.ok(cost(-4, 4) > 1.2, network);
  }
});

test('pairs and cross-entropy pull the same way', () => {
  const only = (alpha: number): Float32Array => slopesOf(lossFor({ kind: 'auc', alpha }, 'dual-level-vit'), { outputs: { logit: [[0.4], [-0.3]] }, labels: [1, 0] })['logit']!;
  for (const slopes of [only(0), only(1)]) assert.deepEqual([...slopes].map((slope) => Math.sign(slope)), [1, -1]);
});

test('a batch of one class has no pairs, whatever they are meant over', () => {
  for (const over of ['pairs', 'violations']) {
    const loss = lossFor({ kind: 'auc', over }, 'srm-residual');
    const batch = { outputs: { frame: [[1], [2]] }, labels: [1, 1] };
    assertNear(valueOf(loss, batch).parts['pairs'], 0);
    assertSlopes(loss, batch);
  }
});

test('its slopes are those of differences', () => {
  for (const over of ['pairs', 'violations']) assertSlopes(lossFor({ kind: 'auc', over }, 'srm-residual'), BATCH);
});

test('on both levels it compares all faces of all clips', () => {
  const outputs = { clip: [[1], [-1]], frame: [[0.3, -0.2], [0.1, -2]] };
  const { parts } = valueOf(lossFor({ kind: 'dual-level', of: { kind: 'auc', alpha: 0 } }, 'srm-residual-gru'), { outputs, labels: [1, 0] });
  assertNear(parts['frame'], pairsByHand([0.3, -0.2], [0.1, -2], 2).reduce((sum, cost) => sum + cost, 0) / 4);
});
