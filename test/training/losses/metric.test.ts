import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNear, assertSlopes, lossFor, slopesOf, valueOf } from './support.js';

const SPEC = { kind: 'metric', inner: 1, outer: 6 };

test('real faces outside the inner radius and forged ones inside the outer cost the difference, the others nothing', () => {
  const embedding = [[3, 4], [0.6, 0], [0, 2], [6, 8]];
  // Lengths 5, 0.6, 2, 10: forged 1 short; real within; real 1 beyond; forged beyond.
  assertNear(valueOf(lossFor(SPEC, 'cao2021'), { outputs: { embedding }, labels: [1, 0, 0, 1] }).total, (1 + 0 + 1 + 0) / 4);
});

test('its slopes are those of differences, and finite at the centre', () => {
  assertSlopes(lossFor(SPEC, 'cao2021'), { outputs: { embedding: [[3, 4], [0.3, 0.1], [1, 2], [0.5, 0.7]] }, labels: [1, 0, 0, 1] });
  const slopes = slopesOf(lossFor(SPEC, 'cao2021'), { outputs: { embedding: [[0, 0], [0, 0]] }, labels: [1, 0] })['embedding']!;
  assert.ok(slopes.every((slope) => Number.isFinite(slope)));
});

test('a network that decides otherwise is refused', () => {
  assert.throws(() => lossFor(SPEC, 'xception'), { code: 'FW_LOSS_UNFIT' });
});
