import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, softplus, valueOf } from './support.js';

const HEADS = { scale1: [[1, 0.3], [0, -1]], scale2: [[0.4, 0.3], [2, -1]], scale3: [[0, 1], [0.5, 0]] };

test('every head has a cross-entropy of its own, weighted and summed', () => {
  const { total, parts } = valueOf(lossFor({ kind: 'cross-entropy', heads: [1, 10, 10] }, 'msfrnet'), { outputs: HEADS, labels: [1, 0] });
  // Class 0 is forged: the first item's true class is 0, the second's 1.
  const each = [(softplus(-0.7) + softplus(1)) / 2, (softplus(-0.1) + softplus(3)) / 2, (softplus(1) + softplus(0.5)) / 2] as const;
  assertNear(parts['scale1'], each[0]);
  assertNear(parts['scale2'], each[1]);
  assertNear(parts['scale3'], each[2]);
  assertNear(total, each[0] + 10 * each[1] + 10 * each[2]);
});

test('its slopes are those of differences', () => {
  assertSlopes(lossFor({ kind: 'cross-entropy', heads: [1, 2, 3] }, 'msfrnet'), { outputs: HEADS, labels: [1, 0] });
});

test('a wrong number of weights is refused with the names of the heads', () => {
  assert.throws(() => lossFor({ kind: 'cross-entropy', heads: [1, 2] }, 'msfrnet'), { code: 'FW_LOSS_UNFIT', message: /scale1, scale2, scale3/ });
});

test('a missing output is refused by name', () => {
  assert.throws(() => valueOf(lossFor({ kind: 'cross-entropy' }, 'xception'), { outputs: { other: [[1, 2]] }, labels: [1] }), { code: 'FW_LOSS_UNFIT', message: /reads logits/ });
});
