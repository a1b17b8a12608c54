import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FramewitnessError } from '../../src/domain/errors.js';
import { createTracker, DEFAULT_TRACKER } from '../../src/faces/tracker.js';
import { every, film, follow, signature } from './fake-scenes.js';
import type { Person } from './fake-scenes.js';
import type { TrackerState } from '../../src/domain/ports.js';

const tracker = createTracker();
const still = (name: string, x: number, y = 200, size = 100): Person => ({ name, at: () => ({ x, y, size }) });
const walking = (name: string, x: number, speed: number, y = 200, size = 100): Person => ({ name, at: (t) => ({ x: x + speed * t, y, size }) });
const tracksOf = (people: readonly Person[], times: readonly number[], scene?: (t: number) => number): Record<string, number[]> =>
  Object.fromEntries(follow(tracker, film(people, times, scene)).tracksOf);

test('people who sit still keep their ids, in order of falling confidence', () => {
  assert.deepEqual(tracksOf([still('left', 200), still('right', 600)], every(8, 0, 4)), { left: [1], right: [2] });
});

test('people who cross keep their ids', () => {
  // They pass in opposite directions; the one behind is hidden while the boxes overlap by half.
  const behind: Person = { name: 'behind', at: (t) => (Math.abs(800 - 600 * t) < 60 ? undefined : { x: 700 - 300 * t, y: 210, size: 95 }) };
  const front: Person = { name: 'front', at: (t) => ({ x: -100 + 300 * t, y: 200, size: 105 }) };
  assert.deepEqual(tracksOf([front, behind], every(8, 0, 4)), { front: [1], behind: [2] });
});

test('a fast small face that moves by its own width between frames keeps its id', () => {
  assert.deepEqual(tracksOf([walking('runner', 0, 270, 200, 45)], every(8, 0, 2)), { runner: [1] });
});

test('a face that is hidden for less than the gap keeps its id, also while it moves', () => {
  const hidden: Person = { name: 'a', at: (t) => (t > 2 && t < 2.8 ? undefined : { x: 100 + 120 * t, y: 200, size: 100 }) };
  assert.deepEqual(tracksOf([hidden], every(8, 0, 4)), { a: [1] });
});

test('someone who comes back after the gap is someone new, and the old track is said to have ended, once', () => {
  const gone: Person = { name: 'a', at: (t) => (t > 1 && t < 2.5 ? undefined : { x: 300, y: 200, size: 100 }) };
  const { steps, tracksOf: tracks } = follow(tracker, film([gone], every(8, 0, 4)));
  assert.deepEqual(tracks.get('a'), [1, 2]);
  assert.deepEqual(steps.flatMap((step) => step.ended), [1]);
  const endedAt = steps.findIndex((step) => step.ended.length > 0);
  assert.equal(endedAt, 17); // last seen at 1 s = frame 8; frame 16 is exactly 1 s later, frame 17 is later than the gap
});

test('someone who enters gets a new id while others keep theirs', () => {
  const enters: Person = { name: 'late', at: (t) => (t < 1 ? undefined : { x: 700 - 150 * (t - 1), y: 220, size: 90 }) };
  const leaves: Person = { name: 'early', at: (t) => (t > 1.5 ? undefined : { x: 100 - 60 * t, y: 200, size: 90 }) };
  assert.deepEqual(tracksOf([still('stays', 400), enters, leaves], every(8, 0, 3)), { stays: [1], early: [2], late: [3] });
});

test('a hard cut ends every track, even where the next scene has a face in the same place', () => {
  const { steps, tracksOf: tracks } = follow(tracker, film([still('a', 300), still('b', 600)], every(8, 0, 2), (t) => (t < 1 ? 1 : 2)));
  assert.deepEqual(tracks.get('a'), [1, 3]);
  assert.deepEqual(tracks.get('b'), [2, 4]);
  assert.deepEqual(steps.map((step, k) => (step.cut ? k : -1)).filter((k) => k >= 0), [8]);
  assert.deepEqual(steps[8]?.ended, [1, 2]);
});

test('going back to the first scene is a cut as well: ids are never used again', () => {
  const scenes = (t: number): number => (t < 1 || t >= 2 ? 1 : 2);
  assert.deepEqual(tracksOf([still('a', 300)], every(8, 0, 3), scenes), { a: [1, 2, 3] });
});

test('a white or black frame is no cut; a new scene behind it is', () => {
  const frames = film([still('a', 300)], every(8, 0, 2));
  const flash = frames.map((frame, k) => (k === 8 ? { ...frame, faces: [], names: [], signature: new Uint8Array(144).fill(235) } : frame));
  assert.deepEqual(follow(tracker, flash).tracksOf.get('a'), [1]);
  const throughBlack = flash.map((frame, k) => (k > 8 ? { ...frame, signature: signature(7) } : frame));
  assert.deepEqual(follow(tracker, throughBlack).tracksOf.get('a'), [1, 2]);
});

test('a dip in confidence is bridged, and a weak detection alone begins nothing', () => {
  const middle = (DEFAULT_TRACKER.highScore + DEFAULT_TRACKER.lowScore) / 2;
  const dips: Person = { name: 'a', at: (t) => ({ x: 300 + 40 * t, y: 200, size: 100, confidence: t > 0.5 && t < 3 ? middle : 0.9 }) };
  const ghost: Person = { name: 'ghost', at: () => ({ x: 700, y: 200, size: 100, confidence: middle }) };
  const { steps, tracksOf: tracks } = follow(tracker, film([dips, ghost], every(8, 0, 4)));
  assert.deepEqual([...tracks], [['a', [1]]]);
  assert.ok(steps.every((step) => step.assigned.length === 1));
});

test('detections below the low score continue nothing', () => {
  const fades: Person = { name: 'a', at: (t) => ({ x: 300, y: 200, size: 100, confidence: t < 1 ? 0.9 : DEFAULT_TRACKER.lowScore - 0.01 }) };
  const { steps } = follow(tracker, film([fades], every(8, 0, 3)));
  assert.equal(steps.filter((step) => step.assigned.length > 0).length, 8);
});

test('a confident face is matched before a weak one that overlaps as well', () => {
  const frames = film([still('a', 300)], every(8, 0, 1));
  const next = film([{ name: 'weak', at: () => ({ x: 300, y: 200, size: 100, confidence: 0.5 }) }, { name: 'strong', at: () => ({ x: 330, y: 200, size: 100 }) }], [1]);
  const run = follow(tracker, [...frames, ...next]);
  assert.deepEqual(run.tracksOf.get('strong'), [1]);
  assert.equal(run.tracksOf.get('weak'), undefined);
});

test('a track does not jump to a face elsewhere, nor to one of quite another size', () => {
  const jumps: Person = { name: 'a', at: (t) => ({ x: t < 1 ? 300 : 480, y: 200, size: 100 }) };
  assert.deepEqual(tracksOf([jumps], every(8, 0, 2)), { a: [1, 2] });
  const grows: Person = { name: 'a', at: (t) => ({ x: 300, y: 200, size: t < 1 ? 100 : 190 }) };
  assert.deepEqual(tracksOf([grows], every(8, 0, 2)), { a: [1, 2] });
});

test('uneven frame intervals do not break a moving track', () => {
  const times = [0, 0.12, 0.25, 0.75, 0.8, 1.2, 1.25, 1.3, 1.9, 2, 2.05, 2.8, 3];
  assert.deepEqual(tracksOf([walking('a', 100, 130), still('b', 900)], times), { a: [1], b: [2] });
});

test('the frame rate decides nothing: 4, 8 and 30 a second follow the same people', () => {
  const people = [walking('a', 100, 90), walking('b', 800, -90, 320)];
  for (const rate of [4, 8, 30]) assert.deepEqual(tracksOf(people, every(rate, 0, 4)), { a: [1], b: [2] }, `${rate} a second`);
});

test('time that runs backwards ends every track', () => {
  const frames = [...film([still('a', 300)], every(8, 5, 6)), ...film([still('a', 300)], every(8, 0, 1))];
  assert.deepEqual(follow(tracker, frames).tracksOf.get('a'), [1, 2]);
});

test('a track is confirmed by its third observation and belongs to its id from the first', () => {
  const { steps } = follow(tracker, film([still('a', 300)], every(8, 0, 0.5)));
  assert.deepEqual(steps.map((step) => step.state.tracks[0]?.confirmed), [false, false, true, true]);
  assert.ok(steps.every((step) => step.assigned[0]?.track === 1));
});

test('a state of another version is refused by name', () => {
  const foreign = { ...tracker.initial(), version: 2 } as unknown as TrackerState;
  const [frame] = film([], [0]);
  assert.ok(frame);
  assert.throws(() => tracker.advance(foreign, frame), (error) => error instanceof FramewitnessError && error.code === 'FW_STATE_VERSION');
});

const scenery = fc.array(
  fc.record({
    step: fc.double({ min: 0.01, max: 1.5, noNaN: true }),
    scene: fc.integer({ min: 0, max: 1 }),
    faces: fc.array(fc.record({
      x: fc.double({ min: -50, max: 600, noNaN: true }), y: fc.double({ min: -50, max: 300, noNaN: true }),
      width: fc.double({ min: 0, max: 200, noNaN: true }), height: fc.double({ min: 0, max: 200, noNaN: true }),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    }), { maxLength: 6 }),
  }), { maxLength: 25 });

test('whatever comes: one track a face, one face a track, ids rise and never return, and the input is left alone', () => {
  fc.assert(fc.property(scenery, (events) => {
    let state = tracker.initial();
    let time = 0;
    const gone = new Set<number>();
    let newest = 0;
    for (const event of events) {
      time += event.step;
      const faces = event.faces.map(({ confidence, ...box }) => ({ box, confidence, keypoints: [], crop: { size: 0, data: new Uint8Array() } }));
      const frame = { ptsMicros: Math.round(time * 1e6), faces, signature: signature(event.scene) };
      const before = JSON.stringify(state);
      const step = tracker.advance(state, frame);
      assert.equal(JSON.stringify(state), before);
      assert.equal(new Set(step.assigned.map((a) => a.face)).size, step.assigned.length);
      assert.equal(new Set(step.assigned.map((a) => a.track)).size, step.assigned.length);
      for (const { face, track } of step.assigned) {
        assert.ok((faces[face]?.confidence ?? 0) >= DEFAULT_TRACKER.lowScore);
        assert.ok(!gone.has(track));
      }
      for (const { id } of step.state.tracks.filter(({ id }) => id > newest)) newest = Math.max(newest, id);
      assert.equal(step.state.nextTrack, newest + 1);
      for (const track of step.ended) gone.add(track);
      // Every confident face is someone.
      const high = faces.filter((f) => f.confidence >= DEFAULT_TRACKER.highScore).length;
      assert.ok(step.assigned.length >= high);
      // Each live track was there before or has begun now; none is lost without being said to have ended.
      const known = new Set([...state.tracks.map((t) => t.id), ...step.state.tracks.map((t) => t.id)]);
      assert.equal(known.size, step.state.tracks.length + step.ended.length);
      assert.ok(step.state.tracks.every((t) => [...t.mean, ...t.covariance].every(Number.isFinite)));
      state = step.state;
    }
  }), { numRuns: 150 });
});

test('saving and restoring the state after every frame changes nothing', () => {
  const people = [walking('a', 0, 137.3), walking('b', 700, -201.7, 230, 80), still('c', 350, 500)];
  const frames = film(people, every(7.3, 0, 5), (t) => (t < 3 ? 1 : 2));
  const straight = follow(tracker, frames);
  const restored = follow(createTracker(), frames, (state) => JSON.parse(JSON.stringify(state)) as TrackerState);
  assert.deepEqual(restored.steps, straight.steps);
});
