import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adaptiveAveragePlane, averagingMatrix } from '../../src/models/adaptive-pool.js';
import { counting, runOperation } from '../inference/support.js';

test('bins that do not divide the length overlap, and bins beyond it repeat elements', () => {
  assert.deepEqual([...averagingMatrix(2, 3)], [0.5, 0.5, 0, 0, 0.5, 0.5]);
  assert.deepEqual([...averagingMatrix(4, 2)], [1, 0, 1, 0, 0, 1, 0, 1]);
  assert.deepEqual([...averagingMatrix(1, 4)], [0.25, 0.25, 0.25, 0.25]);
});

test('a plane is averaged over both axes, item by item', async () => {
  const pooled = await runOperation(counting([2, 4, 6]), (g, x) => adaptiveAveragePlane(g, x, 2, 'pool'));
  assert.deepEqual(pooled.dims, [2, 2, 2]);
  // Means of 2 × 3 elements: 0 1 2 6 7 8, 3 4 5 9 10 11, and so on.
  assert.deepEqual([...pooled.data].map((value) => Math.round(value * 1e4) / 1e4), [4, 7, 16, 19, 28, 31, 40, 43]);
});
