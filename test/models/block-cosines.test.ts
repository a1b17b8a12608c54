import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockCosines, cosineBasis } from '../../src/models/block-cosines.js';
import { COEFFICIENT_DEVIATIONS, COEFFICIENT_MEANS } from '../../src/models/block-cosine-statistics.js';
import { runOperation, tensor } from '../inference/support.js';

test('the basis is orthonormal', () => {
  const basis = cosineBasis();
  for (let a = 0; a < 64; a++) {
    for (let b = 0; b < 64; b++) {
      const product = basis.subarray(64 * a, 64 * a + 64).reduce((sum, value, i) => sum + value * basis[64 * b + i]!, 0);
      assert.ok(Math.abs(product - (a === b ? 1 : 0)) < 1e-6);
    }
  }
});

test('a picture of one colour has nothing but the first coefficient of each plane', async () => {
  const [red, green, blue] = [200 / 255, 100 / 255, 50 / 255];
  const x = tensor([1, 3, 8, 8], [red, green, blue].flatMap((value) => new Array<number>(64).fill(value)));
  const { dims, data } = await runOperation(x, (g, input) => blockCosines(g, input));
  assert.deepEqual(dims, [1, 192, 2, 2]);
  const raw = Array.from({ length: 192 }, (_, i) => data[4 * i]! * COEFFICIENT_DEVIATIONS[i]! + COEFFICIENT_MEANS[i]!);
  const expected = [0.299 * 200 + 0.587 * 100 + 0.114 * 50 - 128, -0.168736 * 200 - 0.331264 * 100 + 0.5 * 50, 0.5 * 200 - 0.418688 * 100 - 0.081312 * 50];
  raw.forEach((value, i) => assert.ok(Math.abs(value - (i % 64 === 0 ? 8 * expected[i / 64]! : 0)) < 2e-3, `coefficient ${i}: ${value}`));
});
