import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, softplus, valueOf } from './support.js';

const Z = [[[0.5, -0.2], [0.1, 0.3], [0, 0], [-0.4, 0.4]]];

test('each element of the class vectors has a cross-entropy, and they are summed', () => {
  const byHand = [0.7, -0.2, 0, -0.8].reduce((sum, zeroAhead) => sum + softplus(-zeroAhead), 0);
  // The first version's class 0 is forged, the second's class 1.
  assertNear(valueOf(lossFor({ kind: 'capsule' }, 'capsule-forensics-v1'), { outputs: { z: Z }, labels: [1] }).total, byHand);
  assertNear(valueOf(lossFor({ kind: 'capsule' }, 'capsule-forensics-v2'), { outputs: { z: Z }, labels: [0] }).total, byHand);
});

test('of the mean it is the cross-entropy of the probability that the network gives', () => {
  const outputs = { z: Z, class_probabilities: [[0.7, 0.3]] };
  assertNear(valueOf(lossFor({ kind: 'capsule', of: 'mean' }, 'capsule-forensics-v1'), { outputs, labels: [1] }).total, -Math.log(0.7));
  assertNear(valueOf(lossFor({ kind: 'capsule', of: 'mean' }, 'capsule-forensics-v2'), { outputs, labels: [1] }).total, -Math.log(0.3));
});

test('its slopes are those of differences', () => {
  assertSlopes(lossFor({ kind: 'capsule' }, 'capsule-forensics-v2'), { outputs: { z: [...Z, ...Z] }, labels: [1, 0] });
});

test('a network without class vectors is refused', () => {
  assert.throws(() => lossFor({ kind: 'capsule' }, 'meso4-keras'), { code: 'FW_LOSS_UNFIT' });
});
