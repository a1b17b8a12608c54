import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enlargeToRgba } from '../../src/faces/enlarge.js';

test('each pixel becomes a square of its colour, opaque', () => {
  const planes = Uint8Array.from([1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24]); // 2 × 2: red, green, blue
  const out = enlargeToRgba(planes, 2, 3);
  assert.equal(out.length, 6 * 6 * 4);
  for (let y = 0; y < 6; y++) {
    for (let x = 0; x < 6; x++) {
      const n = Math.floor(y / 3) * 2 + Math.floor(x / 3);
      assert.deepEqual([...out.subarray((y * 6 + x) * 4, (y * 6 + x) * 4 + 4)], [1 + n, 11 + n, 21 + n, 255], `${x}, ${y}`);
    }
  }
});
