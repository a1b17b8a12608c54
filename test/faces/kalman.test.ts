import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxOf, correctMotion, predictMotion, startMotion } from '../../src/faces/kalman.js';
import type { Motion, MotionNoise } from '../../src/faces/kalman.js';

const NOISE: MotionNoise = { measurement: 0.1, initialSpeed: 2, acceleration: 3, growth: 0.5 };
const box = { x: 100, y: 50, width: 40, height: 40 };
const close = (actual: readonly number[], expected: readonly number[], tolerance = 1e-9): void => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => { assert.ok(Math.abs(value - (expected[index] ?? 0)) <= tolerance * Math.max(1, Math.abs(value)), `${index}: ${value} is not ${String(expected[index])}`); });
};

test('a face seen once stands still where it was seen', () => {
  assert.deepEqual(boxOf(predictMotion(startMotion(box, NOISE), 0.5, NOISE)), box);
});

test('one step and the same time in two or three steps predict alike', () => {
  const motion = correctMotion(predictMotion(startMotion(box, NOISE), 0.1, NOISE), { ...box, x: 110 }, NOISE);
  const once = predictMotion(motion, 0.6, NOISE);
  const twice = predictMotion(predictMotion(motion, 0.25, NOISE), 0.35, NOISE);
  close(twice.mean, once.mean);
  close(twice.covariance, once.covariance);
});

test('prediction for no time changes nothing', () => {
  const motion = startMotion(box, NOISE);
  assert.deepEqual(predictMotion(motion, 0, NOISE), motion);
});

test('the gain of the first correction is prior variance over the sum', () => {
  // size 40: variance of a measurement 16, of the prediction 16 after no time, so the filter goes half way
  const motion = correctMotion(startMotion(box, NOISE), { ...box, x: 108 }, NOISE);
  close(motion.mean, [124, 0, 70, 0, 40, 40]);
  close(motion.covariance, [8, 0, 6400, 8, 0, 6400, 8, 8]);
});

test('it learns a constant velocity over uneven steps and goes on with it', () => {
  let motion: Motion = startMotion(box, NOISE);
  let time = 0;
  for (const step of [0.1, 0.2, 0.05, 0.125, 0.3, 0.125, 0.125]) {
    time += step;
    motion = correctMotion(predictMotion(motion, step, NOISE), { ...box, x: 100 + 80 * time, y: 50 - 20 * time }, NOISE);
  }
  const ahead = boxOf(predictMotion(motion, 0.5, NOISE));
  assert.ok(Math.abs(ahead.x - (100 + 80 * (time + 0.5))) < 2, `x ${ahead.x}`);
  assert.ok(Math.abs(ahead.y - (50 - 20 * (time + 0.5))) < 1, `y ${ahead.y}`);
});

test('uncertainty grows with time and shrinks with sight', () => {
  const start = startMotion(box, NOISE);
  const later = predictMotion(start, 1, NOISE);
  const seen = correctMotion(later, box, NOISE);
  assert.ok((later.covariance[0] ?? 0) > (start.covariance[0] ?? 0));
  assert.ok((seen.covariance[0] ?? 0) < (start.covariance[0] ?? 0));
});
