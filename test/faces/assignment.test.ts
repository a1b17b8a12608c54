import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assign } from '../../src/faces/assignment.js';

test('the least total wins over the best single pair', () => {
  assert.deepEqual(assign([[0.1, 0.2], [0.15, 0.9]], 1), [{ row: 0, column: 1 }, { row: 1, column: 0 }]);
});

test('a pair that costs as much as leaving both alone is not made', () => {
  assert.deepEqual(assign([[0.8]], 0.8), []);
  assert.deepEqual(assign([[0.79]], 0.8), [{ row: 0, column: 0 }]);
});

test('a good pair is not broken up to make two bad ones', () => {
  // 0.75 + 0.75 against 0.1 and one row and column left alone for 0.8
  assert.deepEqual(assign([[0.1, 0.75], [0.75, 1]], 0.8), [{ row: 0, column: 0 }]);
});

test('more rows than columns, more columns than rows, nothing at all', () => {
  assert.deepEqual(assign([[0.5], [0.1], [0.3]], 1), [{ row: 1, column: 0 }]);
  assert.deepEqual(assign([[0.5, 0.1, 0.3]], 1), [{ row: 0, column: 1 }]);
  assert.deepEqual(assign([], 1), []);
  assert.deepEqual(assign([[], []], 1), []);
});

function bestTotal(costs: readonly (readonly number[])[], maxCost: number, row = 0, used = new Set<number>()): number {
  if (row === costs.length) return 0;
  let best = maxCost + bestTotal(costs, maxCost, row + 1, used); // the row stays alone
  costs[row]?.forEach((cost, column) => {
    if (used.has(column) || cost >= maxCost) return;
    best = Math.min(best, cost + bestTotal(costs, maxCost, row + 1, new Set([...used, column])));
  });
  return best;
}

test('no other choice is cheaper (against trying them all)', () => {
  const matrix = fc.integer({ min: 1, max: 4 }).chain((columns) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 20 }).map((n) => n / 20), { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 4 }));
  fc.assert(fc.property(matrix, (costs) => {
    const maxCost = 0.7;
    const pairs = assign(costs, maxCost);
    assert.equal(new Set(pairs.map((p) => p.row)).size, pairs.length);
    assert.equal(new Set(pairs.map((p) => p.column)).size, pairs.length);
    const total = pairs.reduce((sum, { row, column }) => sum + (costs[row]?.[column] ?? 0), 0) + (costs.length - pairs.length) * maxCost;
    assert.ok(Math.abs(total - bestTotal(costs, maxCost)) < 1e-9);
  }));
});
