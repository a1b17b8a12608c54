import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suppressDuplicates, suppressWeighted } from '../../src/faces/suppression.js';
import type { DetectedFace } from '../../src/domain/faces.js';

const face = (x: number, confidence: number, width = 10): DetectedFace => ({ box: { x, y: 0, width, height: 10 }, confidence, keypoints: [{ x, y: 1 }] });

test('overlapping candidates are averaged by confidence and keep the best confidence', () => {
  const [merged, ...others] = suppressWeighted([face(0, 0.9), face(2, 0.3)], 0.3);
  assert.equal(others.length, 0);
  assert.ok(merged);
  assert.equal(merged.confidence, 0.9);
  // (0 × 0.9 + 2 × 0.3) / 1.2
  assert.ok(Math.abs(merged.box.x - 0.5) < 1e-12);
  assert.ok(Math.abs((merged.keypoints[0]?.x ?? 0) - 0.5) < 1e-12);
});

test('overlap is measured to the best candidate, not along a chain', () => {
  // 0 and 4 overlap by 6/14 = 0.43, 4 and 8 too, but 0 and 8 by 2/18 = 0.11
  const faces = suppressWeighted([face(4, 0.5), face(0, 0.9), face(8, 0.6)], 0.3);
  assert.deepEqual(faces.map((f) => f.confidence), [0.9, 0.6]);
});

test('overlap at the threshold does not merge', () => {
  // 5 shared of 15: a third
  assert.equal(suppressWeighted([face(0, 0.9), face(5, 0.8)], 1 / 3).length, 2);
  assert.equal(suppressWeighted([face(0, 0.9), face(5, 0.8)], 0.33).length, 1);
});

test('the result does not depend on the order of the candidates', () => {
  const candidates = [face(0, 0.5), face(1, 0.5), face(20, 0.5), face(22, 0.7), face(3, 0.5)];
  assert.deepEqual(suppressWeighted(candidates, 0.3), suppressWeighted([...candidates].reverse(), 0.3));
  assert.deepEqual(suppressDuplicates(candidates, 0.3, 0.7), suppressDuplicates([...candidates].reverse(), 0.3, 0.7));
});

test('of duplicates the more confident stays as it is', () => {
  assert.deepEqual(suppressDuplicates([face(2, 0.3), face(0, 0.9)], 0.3, 0.7), [face(0, 0.9)]);
});

test('a part inside a better face goes, although the two overlap little', () => {
  const whole = face(0, 0.9, 40);
  const part = face(10, 0.8, 8); // a fifth of the whole
  assert.deepEqual(suppressDuplicates([part, whole], 0.3, 0.7), [whole]);
});

test('no candidates give no faces', () => {
  assert.deepEqual(suppressWeighted([], 0.3), []);
  assert.deepEqual(suppressDuplicates([], 0.3, 0.7), []);
});
