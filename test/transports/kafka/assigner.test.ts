import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shareOut } from '../../../src/transports/kafka/assigner.js';

const plain = (shares: ReadonlyMap<string, readonly number[]>): Record<string, readonly number[]> => Object.fromEntries(shares);

test('a worker that joins takes no more than its share, and the others keep the rest', () => {
  assert.deepEqual(plain(shareOut([0, 1, 2, 3], new Map([['a', [0, 1, 2, 3]], ['b', []]]))), { a: [0, 1], b: [2, 3] });
  assert.deepEqual(plain(shareOut([0, 1, 2, 3], new Map([['a', [0, 2]], ['b', [1, 3]], ['c', []]]))), { a: [0, 2], b: [1], c: [3] });
});

test('what a worker that left had goes to the others', () => {
  assert.deepEqual(plain(shareOut([0, 1, 2, 3], new Map([['b', [1, 3]]]))), { b: [0, 1, 2, 3] });
});

test('every partition goes to exactly one worker, shares differ by one at most, and all that fits is kept', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.array(fc.array(fc.nat(45), { maxLength: 50 }), { minLength: 1, maxLength: 8 }), (count, claims) => {
      const partitions = Array.from({ length: count }, (_, i) => i);
      const shares = shareOut(partitions, new Map(claims.map((owned, i) => [`m${i}`, owned])));
      assert.deepEqual([...shares.values()].flat().sort((a, b) => a - b), partitions);
      const sizes = [...shares.values()].map((share) => share.length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});
