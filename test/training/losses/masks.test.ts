import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaShares, resizedMasks } from '../../../src/training/losses/masks.js';
import { assertNear, tf } from './support.js';

test('a cell takes of each length what it covers', () => {
  // 5 to 2: cells of two and a half.
  assert.deepEqual([...areaShares(5, 2)].map((share) => Math.round(share * 1000) / 1000), [0.4, 0.4, 0.2, 0, 0, 0, 0, 0.2, 0.4, 0.4]);
  for (const [from, to] of [[128, 19], [256, 125], [7, 16]] as const) {
    const shares = areaShares(from, to);
    for (let cell = 0; cell < to; cell++) assertNear(shares.subarray(cell * from, (cell + 1) * from).reduce((sum, share) => sum + share, 0), 1, `row ${cell}`);
  }
});

test('a mask made smaller keeps how much of each part is forged, rows before columns', () => {
  const cells = tf.tidy(() => resizedMasks(tf, tf.tensor([[[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]], [[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]]]), 2, 2).arraySync());
  assert.deepEqual(cells, [[[1, 0], [0, 0.25]], [[0, 0], [1, 1]]]);
});
