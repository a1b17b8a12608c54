import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTracker } from '../../src/faces/tracker.js';
import { advanceStream, initialState } from '../../src/stages/advance.js';
import type { StreamState } from '../../src/stages/state.js';
import { analysis, face, frame } from './support.js';

const STEP = 125_000;
const options = { tracker: createTracker(), grid: { framesPerSecond: 8 }, clips: { length: 4, stride: 2, maxGapMicros: 300_000 } };
const advance = advanceStream(options);
const spans = (segments: readonly (readonly number[])[]): string[] => {
  let state: StreamState = initialState(options);
  return segments.flatMap((times, sequence) => {
    const step = advance(state, analysis(times.map((k) => frame(k * STEP, [face()])), { sequence }));
    state = step.state;
    return step.segment.clips.map((clip) => `${sequence}: ${clip.startMicros / STEP}-${clip.endMicros / STEP}`);
  });
};

describe('advanceStream', () => {
  test('a clip belongs to the segment that it ends in, wherever it began', () => {
    assert.deepEqual(spans([[0, 1, 2], [3, 4, 5], [6, 7]]), ['1: 0-3', '1: 2-5', '2: 4-7']);
  });

  test('clips do not depend on where the stream was cut', () => {
    const clips = (cut: readonly (readonly number[])[]): string[] => spans(cut).map((text) => text.replace(/^\d+: /, ''));
    assert.deepEqual(clips([[0, 1, 2, 3, 4, 5, 6, 7]]), clips([[0], [1, 2, 3, 4], [], [5, 6], [7]]));
  });

  test('a gap begins a new run of clips', () => {
    assert.deepEqual(spans([[0, 1, 2, 6, 7, 8, 9]]), ['0: 6-9']);
  });

  test('an ended track leaves no open clip behind', () => {
    let state = initialState(options);
    for (let k = 0; k < 40; k++) state = advance(state, analysis([frame(k * STEP, [face(0)], {}, k + 1)])).state;
    assert.ok(state.windows.size <= 1, `${state.windows.size} open clips`);
  });
});
