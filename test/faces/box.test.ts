import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandBox, intersectionArea, intersectionOverSmaller, intersectionOverUnion } from '../../src/faces/box.js';

const square = { x: 0, y: 0, width: 10, height: 10 };

test('intersection over union is 1 for the same box, 0 for boxes that only touch', () => {
  assert.equal(intersectionOverUnion(square, square), 1);
  assert.equal(intersectionOverUnion(square, { ...square, x: 10 }), 0);
});

test('intersection over union of a half-shifted box is a third', () => {
  assert.equal(intersectionArea(square, { ...square, x: 5 }), 50);
  assert.equal(intersectionOverUnion(square, { ...square, x: 5 }), 50 / 150);
});

test('boxes without area overlap nothing, not even themselves', () => {
  const empty = { x: 3, y: 3, width: 0, height: 4 };
  assert.equal(intersectionOverUnion(empty, empty), 0);
  assert.equal(intersectionOverSmaller(empty, square), 0);
});

test('a box inside another is wholly shared', () => {
  assert.equal(intersectionOverSmaller(square, { x: 2, y: 2, width: 3, height: 3 }), 1);
});

test('expanding keeps the centre', () => {
  assert.deepEqual(expandBox(square, 0.25), { x: -2.5, y: -2.5, width: 15, height: 15 });
});
