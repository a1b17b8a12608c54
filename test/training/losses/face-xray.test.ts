import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, softplus, valueOf } from './support.js';

/** One forged face whose mask is in the upper left, one real face. */
const BATCH = {
  outputs: { logits: [[0.1, 0.6], [0.4, -0.3]], attention: [[[[0.8, 0.3], [0.1, 0.2]]], [[[0.2, 0.1], [0.4, 0.05]]]] },
  labels: [1, 0],
  masks: [[[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]],
};

test('the map is judged place by place by the masks meant over it, the class by its own cross-entropy', () => {
  const { total, parts } = valueOf(lossFor({ kind: 'face-xray' }, 'luo2021'), BATCH);
  const first = -0.75 * Math.log(0.8) - 0.25 * Math.log(0.2) - Math.log(0.7) - Math.log(0.9) - Math.log(0.8);
  const second = -Math.log(0.8) - Math.log(0.9) - Math.log(0.6) - Math.log(0.95);
  assertNear(parts['boundary'], (first + second) / 8);
  assertNear(parts['classification'], (softplus(-0.5) + softplus(-0.7)) / 2);
  assertNear(total, 100 * parts['boundary']! + parts['classification']!);
});

test('its slopes are those of differences', () => {
  assertSlopes(lossFor({ kind: 'face-xray', boundary: 2 }, 'luo2021'), BATCH, { step: 2e-3 });
});

test('without masks, without a map or with a decision by length it is refused', () => {
  assert.throws(() => valueOf(lossFor({ kind: 'face-xray' }, 'luo2021'), { outputs: BATCH.outputs, labels: BATCH.labels }), { code: 'FW_LOSS_UNFIT', message: /masks/ });
  assert.throws(() => lossFor({ kind: 'face-xray' }, 'xception'), { code: 'FW_LOSS_UNFIT', message: /no map/ });
  assert.throws(() => lossFor({ kind: 'face-xray' }, 'cao2021'), { code: 'FW_LOSS_UNFIT', message: /length/ });
  assert.deepEqual(lossFor({ kind: 'face-xray' }, 'luo2021').needs, { masks: true, pairs: false });
});
