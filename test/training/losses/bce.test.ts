import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, softplus, valueOf } from './support.js';

test('binary cross-entropy is minus the logarithm of the true class\'s probability, meant over items', () => {
  const { total } = valueOf(lossFor({ kind: 'bce' }, 'srm-residual'), { outputs: { frame: [[2], [-1], [0.5]] }, labels: [1, 0, 0] });
  assertNear(total, (-Math.log(1 / (1 + Math.exp(-2))) - Math.log(1 - 1 / (1 + Math.exp(1))) - Math.log(1 - 1 / (1 + Math.exp(-0.5)))) / 3);
});

test('a network whose class 0 is forged is trained the other way round', () => {
  const { total } = valueOf(lossFor({ kind: 'bce' }, 'dual-level-vit'), { outputs: { logit: [[2]] }, labels: [1] });
  assertNear(total, softplus(2));
});

test('of two logits it is the cross-entropy of their softmax, whichever class is forged', () => {
  const outputs = { logits: [[0.3, 1.7], [2, -1]] };
  const crossEntropy = (rows: readonly [number, number][]): number => rows.reduce((sum, [right, wrong]) => sum - Math.log(Math.exp(right) / (Math.exp(right) + Math.exp(wrong))), 0) / rows.length;
  assertNear(valueOf(lossFor({ kind: 'bce' }, 'xception'), { outputs, labels: [1, 0] }).total, crossEntropy([[1.7, 0.3], [2, -1]]));
  assertNear(valueOf(lossFor({ kind: 'bce' }, 'dsp-fwa'), { outputs, labels: [1, 0] }).total, crossEntropy([[0.3, 1.7], [-1, 2]]));
});

test('of a probability of a real face it is the logarithm of it or of its complement', () => {
  const { total } = valueOf(lossFor({ kind: 'bce' }, 'meso4-keras'), { outputs: { real: [[0.9], [0.2]] }, labels: [0, 1] });
  assertNear(total, (-Math.log(0.9) - Math.log(0.8)) / 2);
});

test('a certain and wrong answer costs much, and its slope is finite', () => {
  const batch = { outputs: { frame: [[80], [-90]] }, labels: [0, 1] };
  assertNear(valueOf(lossFor({ kind: 'bce' }, 'srm-residual'), batch).total, 85);
  assertSlopes(lossFor({ kind: 'bce' }, 'srm-residual'), batch);
});

test('smoothing moves the targets from 0 and 1 by what it says', () => {
  const loss = lossFor({ kind: 'bce', labelSmoothing: 0.03 }, 'srm-residual');
  const { total } = valueOf(loss, { outputs: { frame: [[1.5], [-0.5]] }, labels: [1, 0] });
  assertNear(total, (softplus(1.5) - 0.97 * 1.5 + softplus(-0.5) + 0.03 * 0.5) / 2);
});

test('class weights share the loss out, and change no scale where all items cost the same', () => {
  const outputs = { frame: [[1], [1], [2]] };
  const weighted = valueOf(lossFor({ kind: 'bce', classWeights: { real: 3, forged: 1 } }, 'srm-residual'), { outputs, labels: [1, 1, 0] }).total;
  assertNear(weighted, (2 * softplus(-1) + 3 * softplus(2)) / 5);
  const balanced = valueOf(lossFor({ kind: 'bce', classWeights: 'balanced' }, 'srm-residual'), { outputs, labels: [1, 1, 0] }).total;
  assertNear(balanced, (softplus(-1) + softplus(2)) / 2);
});

test('a batch of one class has a balanced loss too', () => {
  assertNear(valueOf(lossFor({ kind: 'bce', classWeights: 'balanced' }, 'srm-residual'), { outputs: { frame: [[1], [3]] }, labels: [1, 1] }).total, (softplus(-1) + softplus(-3)) / 2);
});

test('its slopes are those of differences', () => {
  const spec = { kind: 'bce', labelSmoothing: 0.05, classWeights: { real: 2, forged: 1 } };
  assertSlopes(lossFor(spec, 'srm-residual'), { outputs: { frame: [[1.2], [-0.4], [0.1]] }, labels: [1, 0, 0] });
  assertSlopes(lossFor(spec, 'msfrnet'), { outputs: { scale1: [[1, 0.3], [0, -1]], scale2: [[0.4, 0.3], [2, -1]], scale3: [[0, 1], [0.5, 0]] }, labels: [1, 0] });
  assertSlopes(lossFor(spec, 'meso4-keras'), { outputs: { real: [[0.4], [0.7]] }, labels: [0, 1] }, { step: 1e-3 });
});

test('a network that decides by a length has no cross-entropy, and the error names the losses that fit', () => {
  assert.throws(() => valueOf(lossFor({ kind: 'bce' }, 'cao2021'), { outputs: { embedding: [[1, 2]] }, labels: [1] }), { code: 'FW_LOSS_UNFIT', message: /cao2021/ });
  assert.throws(() => lossFor({ kind: 'cross-entropy' }, 'cao2021'), { code: 'FW_LOSS_UNFIT', message: /cao2021/ });
});
