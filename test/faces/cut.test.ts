import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { dissimilarity, hasStructure, isHardCut, SIGNATURE_HEIGHT, SIGNATURE_WIDTH } from '../../src/faces/cut.js';
import { DEFAULT_TRACKER } from '../../src/faces/tracker.js';

const THRESHOLD = DEFAULT_TRACKER.cutDissimilarity;

/** A made-up scene: some soft blobs, sampled at 16 × 9 with an offset in cells. */
function scene(seed: number, offsetX = 0, change = (value: number): number => value): Uint8Array {
  const random = (n: number): number => { const v = Math.sin(seed * 127.1 + n * 311.7) * 43758.5453; return v - Math.floor(v); };
  const blobs = Array.from({ length: 24 }, (_, n) => ({ x: random(4 * n) * 20 - 2, y: random(4 * n + 1) * 9, r: 0.9 + random(4 * n + 2) * 0.8, v: random(4 * n + 3) * 140 }));
  return Uint8Array.from({ length: SIGNATURE_WIDTH * SIGNATURE_HEIGHT }, (_, index) => {
    const x = (index % SIGNATURE_WIDTH) + offsetX;
    const y = Math.floor(index / SIGNATURE_WIDTH);
    const value = blobs.reduce((sum, b) => sum + b.v * Math.exp(-((x - b.x) ** 2 + (y - b.y) ** 2) / (2 * b.r ** 2)), 20);
    return Math.max(0, Math.min(255, Math.round(change(value))));
  });
}

test('unrelated scenes are a hard cut', () => {
  let cuts = 0;
  for (let seed = 1; seed <= 40; seed++) if (isHardCut(scene(seed), scene(seed + 100), THRESHOLD)) cuts++;
  assert.ok(cuts >= 36, `${cuts} of 40`);
});

test('the same scene is none: unchanged, with noise, panned, flashed, darkened', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const before = scene(seed);
    assert.equal(isHardCut(before, before, THRESHOLD), false);
    const noisy = scene(seed).map((value, index) => Math.max(0, Math.min(255, value + ((index * 7919) % 7) - 3)));
    assert.equal(isHardCut(before, noisy, THRESHOLD), false, `noise, scene ${seed}`);
    for (const offset of [-2, -1.4, -0.5, 0.5, 1, 2]) assert.equal(isHardCut(before, scene(seed, offset), THRESHOLD), false, `pan ${offset}, scene ${seed}`);
    assert.equal(isHardCut(before, scene(seed, 0, (v) => v * 1.2 + 40), THRESHOLD), false, `flash, scene ${seed}`);
    assert.equal(isHardCut(before, scene(seed, 0, (v) => v * 0.3), THRESHOLD), false, `dimmed, scene ${seed}`);
  }
});

test('dissimilarity is 0 for the same picture, about 1 for an unrelated and more for its negative', () => {
  const before = scene(5);
  assert.ok(Math.abs(dissimilarity(before, before)) < 1e-12);
  assert.ok(dissimilarity(before, before.map((v) => 255 - v)) > 0.5);
});

test('dark scenes that differ by noise alone are no cut', () => {
  const dark = (salt: number): Uint8Array => Uint8Array.from({ length: 144 }, (_, index) => 16 + ((index * 31 + salt * 17) % 4));
  assert.equal(isHardCut(dark(1), dark(2), THRESHOLD), false);
});

test('black and white frames have no structure, a scene has', () => {
  assert.equal(hasStructure(new Uint8Array(144).fill(16)), false);
  assert.equal(hasStructure(new Uint8Array(144).fill(255)), false);
  assert.equal(hasStructure(scene(3)), true);
});

test('a signature of another size is refused', () => {
  assert.throws(() => hasStructure(new Uint8Array(143)), (error) => error instanceof FramewitnessError && error.code === 'FW_INTERNAL');
  assert.throws(() => dissimilarity(scene(1), new Uint8Array(0)), FramewitnessError);
});
