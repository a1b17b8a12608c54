import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTracker } from '../../src/faces/tracker.js';
import { initialTracking, trackSegment } from '../../src/stages/track.js';
import { analysis, face, frame } from './support.js';

const tracker = createTracker();
const track = trackSegment(tracker, { framesPerSecond: 8 });
const start = initialTracking(tracker);
const STEP = 125_000;

describe('trackSegment', () => {
  test('gives one person one track, and counts every frame and face', () => {
    const { tracked } = track(start, analysis([0, 1, 2].map((k) => frame(k * STEP, [face(k * 4)]))));
    assert.deepEqual(tracked.faces.map((f) => f.track), [1, 1, 1]);
    assert.deepEqual(tracked.frameAccounts, { present: 3, sampled: 3, notSampled: 0, undecodable: 0, analysed: 3, skipped: {} });
    assert.deepEqual(tracked.faceAccounts, { found: 3, analysed: 3, skipped: {} });
  });

  test('keeps the track from one segment to the next', () => {
    const first = track(start, analysis([frame(0, [face()]), frame(STEP, [face()])]));
    const second = track(first.state, analysis([frame(2 * STEP, [face()])], { sequence: 1 }));
    assert.deepEqual(second.tracked.faces.map((f) => f.track), [1]);
  });

  test('counts a tentative frame only when no frame before it had reached its grid point', () => {
    const tentative = frame(260_000, [face()], { tentative: true });
    const before = (lastPtsMicros: number): typeof start => ({ ...start, lastPtsMicros });
    const counted = track(before(240_000), analysis([tentative])).tracked;
    assert.deepEqual([counted.frameAccounts.sampled, counted.frameAccounts.notSampled, counted.faces.length], [1, 0, 1]);
    const passed = track(before(251_000), analysis([tentative])).tracked;
    assert.deepEqual([passed.frameAccounts.sampled, passed.frameAccounts.notSampled, passed.faces.length, passed.faceAccounts.found], [0, 1, 0, 0]);
  });

  test('leaves out frames of a segment that overlaps the one before, and counts them as not sampled', () => {
    const first = track(start, analysis([frame(0, [face()]), frame(500_000, [face()])]));
    const { tracked } = track(first.state, analysis([frame(375_000, [face()]), frame(625_000, [face()])]));
    assert.deepEqual(tracked.faces.map((f) => f.ptsMicros), [625_000]);
    assert.equal(tracked.frameAccounts.notSampled, 1);
  });

  test('carries the reasons of frames and faces that were not analysed', () => {
    const { tracked } = track(
      start,
      analysis([
        frame(0, [], { skipped: 'no-face' }),
        frame(STEP, [], { skipped: 'face-too-small', facesSkipped: { 'face-too-small': 2 } }),
        frame(2 * STEP, [], { skipped: 'detector-failed' }),
        frame(3 * STEP, [face(0, 0.2)]),
      ]),
    );
    assert.deepEqual(tracked.frameAccounts.skipped, { 'no-face': 1, 'face-too-small': 1, 'detector-failed': 1, untracked: 1 });
    assert.deepEqual(tracked.faceAccounts, { found: 3, analysed: 0, skipped: { 'face-too-small': 2, untracked: 1 } });
  });

  test('ends tracks at a hard cut', () => {
    const { tracked } = track(start, analysis([frame(0, [face()]), frame(STEP, [face()]), frame(2 * STEP, [face()], {}, 5)]));
    assert.deepEqual(tracked.faces.map((f) => f.track), [1, 1, 2]);
    assert.deepEqual(tracked.ended, [{ track: 1, beforeMicros: 2 * STEP }]);
  });
});
