import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FramewitnessError } from '../../src/domain/errors.js';
import { DEFAULT_DETECTION } from '../../src/faces/multi-view.js';
import { assertFrameSize, isSwept, sweepTiles, toCandidates, wholeFrame, zoomsFor } from '../../src/faces/views.js';
import type { DetectedFace } from '../../src/domain/faces.js';
import type { Candidate } from '../../src/faces/views.js';

const { tiles: policy, strongScore } = DEFAULT_DETECTION;
const hd = { width: 1920, height: 1080 };
const face = (x: number, y: number, size: number, confidence: number): DetectedFace => ({ box: { x, y, width: size, height: size }, confidence, keypoints: [] });
const candidate = (x: number, y: number, size: number, confidence: number, viewSide = 1920): Candidate => ({ face: face(x, y, size, confidence), viewSide, partial: false });

test('the whole frame is a centred square', () => {
  assert.deepEqual(wholeFrame(hd), { x: 0, y: -420, side: 1920 });
  assert.deepEqual(wholeFrame({ width: 720, height: 1280 }), { x: -280, y: 0, side: 1280 });
});

test('frames without extent are refused', () => {
  for (const size of [{ width: 0, height: 10 }, { width: 10, height: 0 }, { width: -1, height: 5 }, { width: Number.NaN, height: 5 }]) {
    assert.throws(() => { assertFrameSize(size); }, (error) => error instanceof FramewitnessError && error.code === 'FW_DETECTOR_FAILED');
  }
});

test('a small frame is not tiled: the whole frame shows its smallest faces already', () => {
  assert.deepEqual(sweepTiles({ width: 640, height: 360 }, 40), []);
  assert.deepEqual(sweepTiles({ width: 256, height: 256 }, 40), []);
});

test('1080p is swept by two tiles of its full height, 4K by more and smaller ones', () => {
  assert.deepEqual(sweepTiles(hd, 40), [{ x: 0, y: 0, side: 1080 }, { x: 840, y: 0, side: 1080 }]);
  const uhd = sweepTiles({ width: 3840, height: 2160 }, 40);
  assert.ok(uhd.length > 6 && uhd.length < 24, String(uhd.length));
});

test('tiles cover every face that the whole frame is too coarse for, wholly and magnified', () => {
  const sizes = fc.record({ width: fc.integer({ min: 64, max: 4096 }), height: fc.integer({ min: 64, max: 4096 }), u: fc.double({ min: 0, max: 1, noNaN: true }), v: fc.double({ min: 0, max: 1, noNaN: true }), min: fc.integer({ min: 20, max: 120 }) });
  fc.assert(fc.property(sizes, ({ width, height, u, v, min }) => {
    const tiles = sweepTiles({ width, height }, min);
    if (tiles.length === 0) return;
    const small = Math.max(width, height) * 0.05;
    if (small > Math.min(width, height)) return;
    const [x, y] = [u * (width - small), v * (height - small)];
    assert.ok(tiles.some((t) => t.x <= x + 1e-6 && t.y <= y + 1e-6 && t.x + t.side >= x + small - 1e-6 && t.y + t.side >= y + small - 1e-6));
    assert.ok(tiles.every((t) => t.side <= Math.max(width, height)));
  }));
});

test('the sweep goes by the grid point and by what the frame shows, and by nothing else', () => {
  const large = [face(0, 0, 400, 0.9)];
  const swept = (confident: readonly DetectedFace[]): number[] => Array.from({ length: 33 }, (_, k) => k).filter((k) => isSwept(policy, hd, k, confident));
  assert.deepEqual(swept(large), [0, 16, 32]);
  assert.deepEqual(swept([]), [0, 4, 8, 12, 16, 20, 24, 28, 32]);
  assert.deepEqual(swept([face(0, 0, 60, 0.9)]), swept([]));
  assert.equal(isSwept({ ...policy, mode: 'never' }, hd, 0, []), false);
  assert.equal(isSwept({ ...policy, mode: 'always' }, hd, 7, large), true);
});

test('small doubtful faces are zoomed in on; sure, large and tiny ones are not', () => {
  const zoomed = (c: Candidate): boolean => zoomsFor([c], strongScore, policy).length === 1;
  assert.equal(zoomed(candidate(500, 500, 90, 0.4)), true);
  assert.equal(zoomed(candidate(500, 500, 90, 0.8)), false);
  assert.equal(zoomed(candidate(500, 500, 400, 0.4)), false);
  assert.equal(zoomed(candidate(500, 500, 12, 0.4)), false);
  assert.equal(zoomed(candidate(500, 500, 90, 0.4, 560)), false);
});

test('a zoom is centred on its candidate, and near candidates of like size share it', () => {
  const [a, b, c] = [candidate(500, 500, 80, 0.5), candidate(620, 520, 90, 0.4), candidate(1500, 500, 80, 0.3)];
  const zooms = zoomsFor([a, b, c], strongScore, policy);
  assert.deepEqual(zooms.map((zoom) => zoom.settles), [[a, b], [c]]);
  assert.deepEqual(zooms[0]?.view, { x: 290, y: 290, side: 500 });
});

test('zooms are bounded, the most confident first', () => {
  const many = Array.from({ length: 20 }, (_, k) => candidate(k * 1000, 0, 80, 0.7 - k * 0.01));
  const zooms = zoomsFor(many, strongScore, policy);
  assert.equal(zooms.length, policy.maxZooms);
  assert.deepEqual(zooms.map((zoom) => zoom.settles[0]), many.slice(0, policy.maxZooms));
});

test('a face at the border of a tile is partial, at the border of the frame it is not', () => {
  const relative: DetectedFace = { box: { x: 0, y: 0.4, width: 0.1, height: 0.1 }, confidence: 0.9, keypoints: [{ x: 0.05, y: 0.45 }] };
  const [atTile] = toCandidates([relative], { x: 840, y: 0, side: 1080 }, hd);
  const [atFrame] = toCandidates([relative], { x: 0, y: 0, side: 1080 }, hd);
  assert.ok(atTile);
  assert.equal(atTile.partial, true);
  assert.equal(atFrame?.partial, false);
  assert.deepEqual(atTile.face.box, { x: 840, y: 432, width: 108, height: 108 });
  assert.deepEqual(atTile.face.keypoints, [{ x: 894, y: 486 }]);
});
