/** Faces and tracks on real clips. The numbers were checked by eye on contact sheets with the boxes drawn in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBlazeFaceDetector } from '../../../src/faces/blazeface-detector.js';
import { intersectionOverUnion } from '../../../src/faces/box.js';
import { createTasksVisionDetector } from '../../../src/faces/tasks-vision-detector.js';
import { framesOf } from '../../faces/frames.js';
import { clip, sightings, watch } from './clips.js';

// One person before a camera: near and far, 256 px to 1080p, portrait and landscape, real and forged.
const single = [
  'real/mead_W023.mp4', 'real/ted_driving3.mp4', 'real/grid_bbaf2n.mpg', 'real/roop_target.mp4', 'fake/roop_snapshot.mp4', 'fake/uadfv_0017_fake.mp4',
  'real/liveportrait_d13.mp4', 'fake/aniportrait_lyl_gen.mp4',
];
for (const name of single) {
  test(`${name}: one face in every frame, one track, no cut`, async () => {
    const seen = await watch(name, 40);
    assert.ok(seen.length >= 8);
    for (const { faces, gridIndex, step } of seen) {
      assert.equal(faces.length, 1, `grid point ${gridIndex}`);
      assert.equal(step.cut, false, `grid point ${gridIndex}`);
    }
    assert.deepEqual([...sightings(seen)].map(([track, at]) => [track, at.length]), [[1, seen.length]]);
  });
}

test('crowd: at least four people in nearly every frame, those who stay keep their ids', async () => {
  const seen = await watch('real/crowd_royal_opera.mp4');
  assert.equal(seen.length, 34);
  assert.ok(seen.filter(({ faces }) => faces.length >= 4).length >= 30);
  assert.ok(seen.reduce((sum, { faces }) => sum + faces.length, 0) >= 165);
  assert.ok(seen.every(({ step }) => !step.cut), 'people who walk past are no cut');
  const lengths = [...sightings(seen).values()].map((at) => at.length).sort((a, b) => b - a);
  // Two stay in front all the time; one until she is hidden; others come, go and pass.
  assert.ok(lengths[0]! >= 33 && lengths[1]! >= 32 && lengths[2]! >= 25 && lengths[3]! >= 15 && lengths[4]! >= 14, lengths.join());
  assert.ok(lengths.length <= 14, `${lengths.length} tracks`);
});

test('stage and audience in the dark: the three hard cuts are found, no track spans one', async () => {
  const seen = await watch('real/hamilton_short.mp4');
  const cuts = seen.filter(({ step }) => step.cut).map(({ gridIndex }) => gridIndex);
  assert.deepEqual(cuts, [6, 22, 57]);
  const tracks = sightings(seen);
  for (const [track, at] of tracks) {
    for (const cut of cuts) assert.ok(at[0]! >= cut || at.at(-1)! < cut, `track ${track} spans the cut at ${cut}`);
  }
  const between = (from: number, to: number): number[] => [...tracks.values()].filter((at) => at[0]! >= from && at.at(-1)! < to).map((at) => at.length).sort((a, b) => b - a);
  assert.equal(between(22, 57)[0], 35); // the singer, alone, in every frame
  assert.equal(between(22, 57).length, 1);
  const audience = between(57, 75);
  assert.ok(audience.length === 4 && audience.every((n) => n >= 12), audience.join());
});

test('MediaPipe and ONNX Runtime agree on large faces of real frames', async () => {
  const [onnx, tasks] = [await createBlazeFaceDetector(), await createTasksVisionDetector()];
  let compared = 0;
  try {
    for (const name of ['real/mead_W023.mp4', 'real/liveportrait_d13.mp4', 'real/hamilton_short.mp4']) {
      for await (const { frame, gridIndex } of framesOf(clip(name), 0.5)) {
        const [a, b] = [await onnx.detect(frame, gridIndex), await tasks.detect(frame, gridIndex)];
        for (const face of a.filter(({ box, confidence }) => box.width > 0.12 * Math.max(frame.width, frame.height) && confidence > 0.6)) {
          assert.ok(b.some((other) => intersectionOverUnion(face.box, other.box) > 0.8), `${name} at ${frame.ptsMicros} µs`);
          compared++;
        }
      }
    }
  } finally {
    await Promise.all([onnx.close(), tasks.close()]);
  }
  assert.ok(compared >= 8, `${compared} faces`);
});
