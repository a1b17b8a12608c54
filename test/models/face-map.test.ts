import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faceMaps } from '../../src/models/face-map.js';

const bytes = (values: string): readonly number[] => [...Buffer.from(values, 'base64')];

test('a small map is kept cell for cell, one byte each, clamped to 0 and 1', () => {
  const [first, second] = faceMaps({ dims: [2, 1, 2, 2], data: Float32Array.of(0, 0.5, 1, 2, -1, 0.2, 0.4, 0.6) }, 2, 'forged');
  assert.deepEqual({ ...first!, values: bytes(first!.values) }, { meaning: 'forged', width: 2, height: 2, values: [0, 128, 255, 255] });
  assert.deepEqual(bytes(second!.values), [0, 51, 102, 153]);
});

test('a large map is averaged down to at most 32 cells a side, its edges too', () => {
  const [map] = faceMaps({ dims: [1, 125, 125], data: new Float32Array(125 * 125).map((_, i) => (i % 125 === 124 ? 1 : 0)) }, 1, 'attention');
  assert.deepEqual([map!.width, map!.height], [32, 32]);
  // 125 = 31 squares of 4, and one column left.
  assert.deepEqual(bytes(map!.values).slice(0, 32), [...Array.from({ length: 31 }, () => 0), 255]);
});

test('an output that is missing or fits no face is refused', () => {
  assert.throws(() => faceMaps(undefined, 1, 'x'), { code: 'FW_MODEL_FAILED' });
  assert.throws(() => faceMaps({ dims: [1, 2, 2, 2], data: new Float32Array(8) }, 1, 'x'), { code: 'FW_MODEL_FAILED', message: /1 × 2 × 2 × 2/ });
});
