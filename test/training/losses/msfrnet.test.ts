import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, softplus, valueOf } from './support.js';

test('the deep and the joint head weigh ten times the shallow one', () => {
  const batch = { outputs: { scale1: [[1, 0]], scale2: [[0, 2]], scale3: [[0.5, 0]] }, labels: [1] };
  assertNear(valueOf(lossFor({ kind: 'msfrnet' }, 'msfrnet'), batch).total, softplus(-1) + 10 * softplus(2) + 10 * softplus(-0.5));
  assertSlopes(lossFor({ kind: 'msfrnet' }, 'msfrnet'), batch, { tolerance: 1e-2 });
});

test('a network with other heads is refused', () => {
  assert.throws(() => lossFor({ kind: 'msfrnet' }, 'xception'), { code: 'FW_LOSS_UNFIT', message: /1 head/ });
});
