import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { detectInViews, detectionOptions } from '../../src/faces/multi-view.js';
import { paint } from './frames.js';
import type { DetectedFace } from '../../src/domain/faces.js';
import type { Look } from '../../src/faces/multi-view.js';
import type { View } from '../../src/faces/views.js';

/** A made-up network: what it sees of a face depends only on the share of the view that the face takes. */
interface Subject {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly score: (share: number) => number;
}
const real = (x: number, y: number, size: number): Subject => ({ x, y, size, score: (share) => (share < 0.03 ? 0.1 : share < 0.1 ? 0.4 : 0.9) });
const backOfHead = (x: number, y: number, size: number): Subject => ({ x, y, size, score: (share) => (share < 0.1 ? 0.65 : 0.3) });

function network(subjects: readonly Subject[]): { look: Look; views: View[] } {
  const views: View[] = [];
  const look: Look = (_frame, view) => {
    views.push(view);
    const faces = subjects.flatMap(({ x, y, size, score }): DetectedFace[] => {
      const [left, top] = [Math.max(x, view.x), Math.max(y, view.y)];
      const [right, bottom] = [Math.min(x + size, view.x + view.side), Math.min(y + size, view.y + view.side)];
      if (right - left < size / 2 || bottom - top < size / 2) return []; // less than half of it is no face
      const confidence = score(size / view.side);
      return confidence < 0.25 ? [] : [{ box: { x: (left - view.x) / view.side, y: (top - view.y) / view.side, width: (right - left) / view.side, height: (bottom - top) / view.side }, confidence, keypoints: [] }];
    });
    return Promise.resolve(faces);
  };
  return { look, views };
}

const frame = paint(1920, 1080, () => 0);
const options = detectionOptions({});
const round = (faces: readonly DetectedFace[]): number[][] => faces.map(({ box }) => [box.x, box.y, box.width, box.height].map(Math.round));

test('one large face costs one look', async () => {
  const { look, views } = network([real(800, 300, 300)]);
  assert.deepEqual(round(await detectInViews(frame, 1, options, look)), [[800, 300, 300, 300]]);
  assert.equal(views.length, 1);
});

test('a small doubtful face is confirmed by a zoom, a back of a head is not', async () => {
  const { look, views } = network([real(300, 300, 100), backOfHead(1500, 500, 100)]);
  const faces = await detectInViews(frame, 1, options, look);
  assert.deepEqual(round(faces), [[300, 300, 100, 100]]);
  assert.equal(faces[0]?.confidence, 0.9);
  assert.equal(views.length, 3);
});

test('a face that the whole frame does not show is found by a sweep, once, although two tiles see it', async () => {
  const { look } = network([real(930, 500, 50)]);
  assert.deepEqual(await detectInViews(frame, 1, options, look), []);
  assert.deepEqual(round(await detectInViews(frame, 4, options, look)), [[930, 500, 50, 50]]);
});

test('half a face at the border of a tile gives way to the whole one', async () => {
  const face = real(1015, 500, 120); // the first tile ends at 1080
  const { look } = network([face]);
  const always = detectionOptions({ tiles: { mode: 'always', maxZooms: 0 } });
  assert.deepEqual(round(await detectInViews(frame, 1, always, look)), [[1015, 500, 120, 120]]);
});

test('without tiles there is one look, whatever the frame shows', async () => {
  const { look, views } = network([real(300, 300, 100)]);
  const never = detectionOptions({ tiles: { mode: 'never' }, minScore: 0.3 });
  assert.equal((await detectInViews(frame, 0, never, look)).length, 1);
  assert.equal(views.length, 1);
});

test('faces come in order of falling confidence and none below the least', async () => {
  const { look } = network([
    { x: 100, y: 100, size: 400, score: () => 0.5 }, { x: 700, y: 100, size: 400, score: () => 0.9 }, { x: 1300, y: 100, size: 400, score: () => 0.44 },
  ]);
  assert.deepEqual((await detectInViews(frame, 1, options, look)).map((face) => face.confidence), [0.9, 0.5]);
});

test('the same frame at the same grid point gives the same faces, whatever was looked at before', async () => {
  const { look } = network([real(300, 300, 100), real(930, 500, 50)]);
  const first = await detectInViews(frame, 4, options, look);
  await detectInViews(paint(640, 360, () => 0), 5, options, look);
  assert.deepEqual(await detectInViews(frame, 4, options, look), first);
});

test('a frame without extent is refused before the network sees it', async () => {
  const { look, views } = network([]);
  await assert.rejects(detectInViews({ ...frame, width: 0 }, 0, options, look), (error) => error instanceof FramewitnessError && error.code === 'FW_DETECTOR_FAILED');
  assert.equal(views.length, 0);
});
