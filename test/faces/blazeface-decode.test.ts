import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { anchorCentre, decodeBlazeFace, NUMBERS_PER_ANCHOR } from '../../src/faces/blazeface-decode.js';

const GRID = 48;
const close = (actual: number | undefined, expected: number): void => {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-6, `${String(actual)} is not ${expected}`);
};

function outputs(): { regression: Float32Array; logits: Float32Array } {
  return { regression: new Float32Array(GRID * GRID * NUMBERS_PER_ANCHOR), logits: new Float32Array(GRID * GRID).fill(-20) };
}

test('anchors lie at cell centres, row by row', () => {
  assert.deepEqual(anchorCentre(0, GRID), { x: 0.5 / 48, y: 0.5 / 48 });
  assert.deepEqual(anchorCentre(47, GRID), { x: 47.5 / 48, y: 0.5 / 48 });
  assert.deepEqual(anchorCentre(48, GRID), { x: 0.5 / 48, y: 1.5 / 48 });
});

test('a box is decoded from its anchor, in shares of the input', () => {
  const { regression, logits } = outputs();
  const anchor = 24 * GRID + 12; // centre (12.5 / 48, 24.5 / 48) = (50, 98) of 192
  logits[anchor] = 0;
  // centre 6 right and 2 up of the anchor: (56, 96); 48 wide, 24 high; eyes at (44, 90) and (68, 90)
  regression.set([6, -2, 48, 24, -6, -8, 18, -8, 6, 0, 6, 6, -14, -4, 26, -4], anchor * NUMBERS_PER_ANCHOR);
  const [face, ...others] = decodeBlazeFace(regression, logits, 192, 0.5);
  assert.equal(others.length, 0);
  assert.ok(face);
  close(face.box.x, 32 / 192);
  close(face.box.y, 84 / 192);
  close(face.box.width, 48 / 192);
  close(face.box.height, 24 / 192);
  assert.equal(face.confidence, 0.5);
  assert.equal(face.keypoints.length, 6);
  close(face.keypoints[0]?.x, 44 / 192);
  close(face.keypoints[0]?.y, 90 / 192);
  close(face.keypoints[1]?.x, 68 / 192);
  close(face.keypoints[5]?.x, 76 / 192);
  close(face.keypoints[5]?.y, 94 / 192);
});

test('the threshold is a probability, and inclusive', () => {
  const { regression, logits } = outputs();
  const logit = (p: number): number => Math.log(p / (1 - p));
  logits[5] = logit(0.61);
  logits[6] = logit(0.59);
  assert.equal(decodeBlazeFace(regression, logits, 192, 0.6).length, 1);
  assert.equal(decodeBlazeFace(regression, logits, 192, 0.58).length, 2);
  logits[7] = 0;
  assert.equal(decodeBlazeFace(regression, logits, 192, 0.5).length, 3);
});

test('a very large logit is certainty, not an overflow', () => {
  const { regression, logits } = outputs();
  logits[0] = 1e4;
  assert.equal(decodeBlazeFace(regression, logits, 192, 0.5)[0]?.confidence, 1);
});

const refused = (action: () => unknown): void => {
  assert.throws(action, (error) => error instanceof FramewitnessError && error.code === 'FW_DETECTOR_FAILED');
};

test('outputs that fit no grid, or are not numbers, are failures and not frames without faces', () => {
  const { regression, logits } = outputs();
  refused(() => decodeBlazeFace(regression.subarray(16), logits, 192, 0.5));
  refused(() => decodeBlazeFace(regression, logits.subarray(1), 192, 0.5));
  refused(() => decodeBlazeFace(new Float32Array(), new Float32Array(), 192, 0.5));
  logits[3] = Number.NaN;
  refused(() => decodeBlazeFace(regression, logits, 192, 0.5));
  logits[3] = 3;
  regression[3 * NUMBERS_PER_ANCHOR + 9] = Number.POSITIVE_INFINITY;
  refused(() => decodeBlazeFace(regression, logits, 192, 0.5));
});
