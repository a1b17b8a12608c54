import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleView } from '../../src/faces/view-sampler.js';
import { paint, storeRotated } from './frames.js';
import type { DecodedFrame } from '../../src/domain/media.js';
import type { View } from '../../src/faces/views.js';

function sample(frame: DecodedFrame, view: View, size: number): Float32Array {
  const into = new Float32Array(3 * size * size).fill(-7);
  sampleView(frame, view, size, into);
  return into;
}

test('a plain grey frame stays grey in every pixel, in three planes', () => {
  const out = sample(paint(64, 64, () => 100), { x: 0, y: 0, side: 64 }, 8);
  assert.equal(out.length, 3 * 64);
  assert.ok(out.every((value) => Math.abs(value - 100) < 1e-3));
});

test('a frame that is not square is centred between black bars', () => {
  const out = sample(paint(64, 32, () => 200), { x: 0, y: -16, side: 64 }, 8);
  const row = (y: number): number[] => [...out.subarray(y * 8, y * 8 + 8)].map(Math.round);
  assert.deepEqual([0, 1, 6, 7].map((y) => row(y).every((v) => v === 0)), [true, true, true, true]);
  assert.deepEqual([2, 3, 4, 5].map((y) => row(y).every((v) => v === 200)), [true, true, true, true]);
});

test('gain and bias apply to colours and to the black around the frame', () => {
  const into = new Float32Array(3 * 16);
  sampleView(paint(8, 4, () => 255), { x: 0, y: -2, side: 8 }, 4, into, 1 / 127.5, -1);
  assert.deepEqual([...into.subarray(0, 12)].map((v) => Math.round(v * 1e3) / 1e3), [-1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1]);
});

test('a view is scaled so that its place is kept: a ramp comes out as a ramp', () => {
  const out = sample(paint(256, 256, (x) => x), { x: 32, y: 32, side: 128 }, 16);
  for (let x = 0; x < 16; x++) assert.ok(Math.abs(out[x]! - (32 + (x + 0.5) * 8 - 0.5)) <= 1, `${x}: ${out[x]!}`);
});

test('fine stripes average to grey instead of aliasing', () => {
  const out = sample(paint(192, 192, (x) => (x % 4 < 2 ? 240 : 0)), { x: 0, y: 0, side: 192 }, 21);
  const mean = out.reduce((a, b) => a + b, 0) / out.length;
  assert.ok(Math.abs(mean - 120) < 12, String(mean));
  assert.ok(out.every((v) => v > 1 && v < 239));
});

// Primary colours as BT.709 and BT.601, full and limited range, encode them (rounded to 8 bits): ITU-R BT.709-6 and BT.601-7.
const colours = [
  { name: 'BT.709 limited red', matrix: 'bt709', range: 'limited', yuv: [63, 102, 240], rgb: [255, 0, 0] },
  { name: 'BT.709 full green', matrix: 'bt709', range: 'full', yuv: [182, 30, 12], rgb: [0, 255, 0] },
  { name: 'BT.601 limited blue', matrix: 'bt601', range: 'limited', yuv: [41, 240, 110], rgb: [0, 0, 255] },
  { name: 'BT.601 full red', matrix: 'bt601', range: 'full', yuv: [76, 85, 255], rgb: [255, 0, 0] },
  { name: 'BT.2020 limited white', matrix: 'bt2020', range: 'limited', yuv: [235, 128, 128], rgb: [255, 255, 255] },
] as const;
for (const { name, matrix, range, yuv, rgb } of colours) {
  test(`colour: ${name}`, () => {
    const frame: DecodedFrame = { ...paint(16, 16, () => yuv[0], () => [yuv[1], yuv[2]]), matrix, range };
    const out = sample(frame, { x: 0, y: 0, side: 16 }, 2);
    rgb.forEach((value, channel) => { assert.ok(Math.abs(out[channel * 4]! - value) <= 3, `channel ${channel}: ${out[channel * 4]!}`); });
  });
}

test('a rotated frame looks like the upright one, whatever the view', () => {
  const upright = paint(96, 64, (x, y) => 20 + x + y * 2, (x, y) => [60 + x * 2, 200 - y * 3]);
  for (const rotation of [90, 180, 270] as const) {
    const rotated = storeRotated(upright, rotation);
    assert.deepEqual([rotated.width, rotated.height], [96, 64]);
    for (const view of [{ x: 0, y: -16, side: 96 }, { x: 20, y: 10, side: 40 }, { x: 70, y: -10, side: 50 }]) {
      assert.deepEqual(sample(rotated, view, 12), sample(upright, view, 12), `${rotation}°`);
    }
  }
});

test('odd sizes, one pixel and views wholly outside are sampled without reading beyond the planes', () => {
  assert.ok(sample(paint(1, 1, () => 50), { x: 0, y: 0, side: 1 }, 4).every((v) => Math.abs(v - 50) < 1e-3));
  assert.ok(sample(paint(7, 5, () => 50), { x: 0, y: -1, side: 7 }, 7).every((v) => v === 0 || Math.abs(v - 50) < 1e-3));
  assert.ok(sample(paint(8, 8, () => 50), { x: 100, y: 0, side: 8 }, 4).every((v) => v === 0));
  assert.ok(sample(paint(8, 8, () => 50), { x: -100, y: -100, side: 8 }, 4).every((v) => v === 0));
});
