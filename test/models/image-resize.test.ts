import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RgbImage } from '../../src/domain/media.js';
import { resizeRgb } from '../../src/models/image-resize.js';

const grey = (size: number, value: (x: number, y: number) => number): RgbImage => ({
  size,
  data: Uint8Array.from({ length: size * size * 3 }, (_, i) => value(Math.floor(i / 3) % size, Math.floor(i / 3 / size)) + (i % 3)),
});
const channel = ({ data }: RgbImage, c: number): number[] => [...data].filter((_, i) => i % 3 === c);

test('an image of the wanted size is itself', () => {
  const image = grey(4, (x, y) => x + y);
  assert.equal(resizeRgb(image, 4), image);
});

test('a flat image stays flat at any size, channel by channel', () => {
  for (const size of [1, 2, 3, 7, 16, 33]) {
    const resized = resizeRgb(grey(9, () => 100), size);
    assert.equal(resized.data.length, size * size * 3);
    for (const c of [0, 1, 2]) assert.ok(channel(resized, c).every((v) => v === 100 + c), `size ${size}`);
  }
});

test('growing 2 to 4 interpolates between pixel centres', () => {
  const resized = resizeRgb(grey(2, (x) => (x === 0 ? 0 : 200)), 4);
  assert.deepEqual(channel(resized, 0).slice(0, 4), [0, 50, 150, 200]);
  const down = resizeRgb(grey(2, (_, y) => (y === 0 ? 0 : 200)), 4);
  assert.deepEqual(channel(down, 0).filter((_, i) => i % 4 === 0), [0, 50, 150, 200]);
});

test('shrinking 4 to 2 weighs all the pixels under the filter', () => {
  // Weights of the first target pixel: 1 - |x + 0.5 - 1| / 2 for x = 0, 1, 2: 0.75, 0.75, 0.25, normalised.
  const resized = resizeRgb(grey(4, (x) => [0, 70, 140, 210][x]!), 2);
  assert.deepEqual(channel(resized, 0).slice(0, 2), [Math.round((70 * 0.75 + 140 * 0.25) / 1.75), Math.round((210 * 0.75 + 140 * 0.75 + 70 * 0.25) / 1.75)]);
});

test('a fine pattern shrinks to its mean, where plain bilinear sampling would alias', () => {
  const resized = resizeRgb(grey(64, (x, y) => ((x + y) % 2) * 200), 8);
  assert.ok(channel(resized, 0).every((v) => Math.abs(v - 100) <= 1), String(channel(resized, 0)));
});
