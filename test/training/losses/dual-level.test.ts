import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, softplus, valueOf } from './support.js';

const BATCH = { outputs: { clip: [[1], [-2]], frame: [[1, 0, 2], [0.5, -1, -3]] }, labels: [1, 0] };

test('clips and faces are judged by the clip\'s label, weighted 0.6 to 0.4', () => {
  const { total, parts } = valueOf(lossFor({ kind: 'dual-level' }, 'srm-residual-gru'), BATCH);
  const clip = (softplus(-1) + softplus(-2)) / 2;
  const frame = (softplus(-1) + softplus(0) + softplus(-2) + softplus(0.5) + softplus(-1) + softplus(-3)) / 6;
  assertNear(parts['clip'], clip);
  assertNear(parts['frame'], frame);
  assertNear(total, 0.6 * clip + 0.4 * frame);
});

test('both levels are turned where logits are those of an authentic face', () => {
  const turned = valueOf(lossFor({ kind: 'dual-level', clip: 1, frame: 1 }, 'dual-level-gru'), { ...BATCH, labels: [0, 1] });
  assertNear(turned.total, valueOf(lossFor({ kind: 'dual-level', clip: 1, frame: 1 }, 'srm-residual-gru'), BATCH).total);
});

test('faces with two logits each are judged as well', () => {
  const outputs = { clip: [[0, 1]], frame: [[[0, 1], [2, 0]]] };
  const { parts } = valueOf(lossFor({ kind: 'dual-level' }, 'dual-level-cnn'), { outputs, labels: [1] });
  assertNear(parts['clip'], softplus(1));
  assertNear(parts['frame'], (softplus(1) + softplus(-2)) / 2);
});

test('its slopes are those of differences', () => {
  assertSlopes(lossFor({ kind: 'dual-level' }, 'dual-level-gru'), BATCH);
});

test('a network that does not judge faces is refused', () => {
  assert.throws(() => lossFor({ kind: 'dual-level' }, 'dual-level-crnn-gru'), { code: 'FW_LOSS_UNFIT' });
});
