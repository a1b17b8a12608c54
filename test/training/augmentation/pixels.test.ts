import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applied, fittedSimilarity, inverted, placement } from '../../../src/training/augmentation/pixels/affine.js';
import { blurredPlane, blurredValues, edgeKeeping } from '../../../src/training/augmentation/pixels/blur.js';
import { blend, mirrored, type Picture, type Plane, type Vector } from '../../../src/training/augmentation/pixels/picture.js';
import { convexHull, drawPolygons, outset } from '../../../src/training/augmentation/pixels/polygon.js';
import { resized, type Kernel } from '../../../src/training/augmentation/pixels/resize.js';
import { bent, warped } from '../../../src/training/augmentation/pixels/warp.js';
import { rgbOf, yuv420Of } from '../../../src/training/augmentation/pixels/yuv.js';
import { Random } from '../../../src/training/random.js';

/** A smooth picture: waves of another length and phase in each channel. */
function waves(width: number, height: number): Picture {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.round(128 + 90 * Math.sin((((i / 3) | 0) % width) / (5 + (i % 3)) + Math.floor(i / 3 / width) / 7))) };
}

const even = (width: number, height: number, value: number): Picture => ({ width, height, data: new Uint8Array(width * height * 3).fill(value) });
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from({ length: a.length }, (_, i) => Math.abs(a[i]! - b[i]!)).reduce((most, x) => Math.max(most, x), 0);
const total = ({ data }: Plane): number => data.reduce((sum, value) => sum + value, 0);

test('outside a picture it is mirrored without repeating the border', () => {
  assert.deepEqual([-3, -2, -1, 0, 3, 4, 5, 7].map((index) => mirrored(index, 4)), [3, 2, 1, 0, 3, 2, 1, 1]);
  assert.equal(mirrored(-9, 1), 0);
});

test('a map and its inverse cancel, and a similarity is found again from the points that it moved', () => {
  const map = placement(0.4, [1.3, 1.3], [10, 20], [40, 12]);
  const points: Vector[] = [[0, 0], [31, 4], [7, 55], [20, 20]];
  const back = inverted(map);
  for (const point of points) assert.ok(worst(applied(back, applied(map, point)), point) < 1e-9);
  assert.ok(worst(fittedSimilarity(points, points.map((point) => applied(map, point))), map) < 1e-9);
});

test('the identity and a shift by whole pixels lose nothing; a mirror twice is the picture', () => {
  const picture = waves(40, 30);
  assert.deepEqual(warped(picture, [1, 0, 0, 0, 1, 0], 40, 30).data, picture.data);
  const shifted = warped(picture, [1, 0, 3, 0, 1, 2], 40, 30);
  assert.deepEqual([...shifted.data.subarray((12 * 40 + 13) * 3, (12 * 40 + 13) * 3 + 3)], [...picture.data.subarray((10 * 40 + 10) * 3, (10 * 40 + 10) * 3 + 3)]);
  const mirror = placement(0, [-1, 1], [20, 15], [20, 15]);
  assert.deepEqual(warped(warped(picture, mirror, 40, 30), mirror, 40, 30).data, picture.data);
});

test('every kernel keeps an even picture even at any size, and area means keep the mean', () => {
  for (const kernel of ['area', 'nearest', 'linear', 'cubic', 'lanczos'] as const satisfies readonly Kernel[]) {
    for (const [width, height] of [[7, 9], [33, 20], [64, 64]] as const) assert.deepEqual(resized(even(20, 30, 137), width, height, kernel), even(width, height, 137), kernel);
  }
  const picture = waves(60, 48);
  const small = resized(picture, 20, 12, 'area');
  const mean = (data: Uint8Array): number => data.reduce((sum, x) => sum + x, 0) / data.length;
  assert.ok(Math.abs(mean(small.data) - mean(picture.data)) < 0.5);
});

test('a blur keeps an even plane and, away from the border, the sum, whatever its width', () => {
  for (const sigma of [0.6, 1.5, 2.4, 2.6, 4, 9]) {
    const flat = blurredPlane({ width: 40, height: 33, data: new Float32Array(40 * 33).fill(1) }, sigma);
    assert.ok(flat.data.every((value) => Math.abs(value - 1) < 1e-4), `sigma ${sigma}`);
    const data = new Float32Array(101 * 101);
    data[50 * 101 + 50] = 1;
    const spot = blurredPlane({ width: 101, height: 101, data }, sigma);
    assert.ok(Math.abs(total(spot) - 1) < 1e-3);
    const variance = spot.data.reduce((sum, value, i) => sum + value * ((i % 101) - 50) ** 2, 0);
    assert.ok(Math.abs(Math.sqrt(variance) - sigma) < 0.12 * sigma + 0.05, `sigma ${sigma}: ${Math.sqrt(variance)}`);
  }
});

test('colours stay in their channels under a blur', () => {
  const picture: Picture = { width: 24, height: 24, data: Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => [200, 10, 90][i % 3]!) };
  for (const sigma of [1, 5]) assert.ok(worst(blurredValues(picture, sigma), picture.data) < 1e-2);
});

test('edge-keeping smoothing takes noise away and leaves a step where it is', () => {
  const random = new Random(1);
  const step = { width: 30, height: 20, data: Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => (((i / 3) | 0) % 30 < 15 ? 60 : 190) + Math.round(random.normal(0, 3))) };
  const smooth = edgeKeeping(step, 30);
  const spread = ({ data }: Picture): number => {
    const values = [...data].filter((_, i) => ((i / 3) | 0) % 30 < 13);
    return Math.sqrt(values.reduce((sum, x) => sum + (x - 60) ** 2, 0) / values.length);
  };
  assert.ok(spread(smooth) < 0.6 * spread(step));
  assert.ok(smooth.data[(10 * 30 + 14) * 3]! < 75 && smooth.data[(10 * 30 + 15) * 3]! > 175);
});

test('a hull is drawn with the area that it has, and grows and shrinks by what is asked', () => {
  const square: Vector[] = [[20, 20], [60, 20], [60, 60], [20, 60], [40, 40], [30, 50]];
  const hull = convexHull(square);
  assert.equal(hull.length, 4);
  assert.ok(Math.abs(total(drawPolygons([hull], 80, 80)) - 1600) < 1);
  assert.ok(Math.abs(total(drawPolygons([outset(hull, -5)], 80, 80)) - 900) < 1);
  // Rounded corners: the square, four sides and a circle, which is drawn with sixteen corners.
  assert.ok(Math.abs(total(drawPolygons([outset(hull, 6)], 80, 80)) - (1600 + 4 * 40 * 6 + Math.PI * 36)) < 6);
  assert.equal(total(drawPolygons([outset(hull, -25)], 80, 80)), 0);
  assert.ok(Math.abs(total(drawPolygons([[[10.25, 10], [10.75, 10], [10.75, 12], [10.25, 12]]], 20, 20)) - 1) < 1e-6);
});

test('a field of equal shifts moves a mask by them', () => {
  const mask = drawPolygons([[[20, 20], [40, 20], [40, 40], [20, 40]]], 64, 64);
  const shifts = Float32Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? -6 : 4));
  const moved = bent(mask, { side: 5, shifts });
  const expected = drawPolygons([[[26, 16], [46, 16], [46, 36], [26, 36]]], 64, 64);
  assert.ok(worst(moved.data, expected.data) < 1e-4);
});

test('blending leaves what is not covered and takes what is', () => {
  const mask: Plane = { width: 2, height: 1, data: Float32Array.of(0, 1) };
  const base: Picture = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  assert.deepEqual(blend(base, even(2, 1, 200), mask).data, Uint8Array.of(1, 2, 3, 200, 200, 200));
});

test('RGB survives 4:2:0 where colours change slowly', () => {
  const picture: Picture = { width: 64, height: 64, data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => 60 + [1, 2, 1.5][i % 3]! * Math.floor(i / 3 / 64)) };
  assert.ok(worst(rgbOf(yuv420Of(picture), 64, 64).data, picture.data) <= 4);
});
