import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeedPiece } from '../../../src/media/feed-segmenter.js';
import { Timeline } from '../../../src/transports/ingest/timeline.js';

const piece = (startMicros: number, arrivedMillis: number, changes: Partial<FeedPiece> = {}): FeedPiece => ({
  media: new Uint8Array(1), sha256: '', startMicros, endMicros: startMicros + 1_000_000, frames: 25, jumped: false, warnings: [], arrivedMillis, dropped: { beforeKeyframe: 0, bufferFull: 0, bufferFullMicros: 0 }, ...changes,
});

test('within a connection the feed\'s clock counts, whenever its pieces come', () => {
  const timeline = new Timeline('a');
  assert.deepEqual([piece(0, 5_000), piece(1_000_000, 5_001), piece(2_000_000, 99_000)].map((each) => timeline.place(each).ptsStartMicros), [0, 1_000_000, 2_000_000]);
});

test('after an outage media time is where the wall clock is, and what is missing is said', () => {
  const timeline = new Timeline('a');
  timeline.place(piece(0, 5_000));
  timeline.broken('FW_FEED_LOST');
  timeline.broken('FW_FEED_UNREACHABLE');
  const { sequence, ptsStartMicros, discontinuity, lost } = timeline.place(piece(0, 15_000));
  assert.deepEqual({ sequence, ptsStartMicros, discontinuity, lost }, { sequence: 1, ptsStartMicros: 10_000_000, discontinuity: 'reconnected', lost: [{ reason: 'FW_FEED_LOST', micros: 9_000_000, frames: 0 }] });
});

test('media time never goes back, also where the wall clock is behind', () => {
  const timeline = new Timeline('a', { nextSequence: 7, endMicros: 60_000_000, anchor: { micros: 60_000_000, wallMillis: 50_000 } });
  const { sequence, ptsStartMicros, discontinuity } = timeline.place(piece(0, 40_000));
  assert.deepEqual({ sequence, ptsStartMicros, discontinuity }, { sequence: 7, ptsStartMicros: 60_000_000, discontinuity: 'restarted' });
});

test('a segment that could not be published leaves no hole in the numbers, and is told by the next', () => {
  const timeline = new Timeline('a');
  timeline.lose(timeline.place(piece(0, 0)), 25, 'FW_KAFKA_RECORD_TOO_LARGE');
  const { sequence, ptsStartMicros, discontinuity, lost } = timeline.place(piece(1_000_000, 1_000));
  assert.deepEqual({ sequence, ptsStartMicros, discontinuity, lost }, { sequence: 0, ptsStartMicros: 1_000_000, discontinuity: 'dropped', lost: [{ reason: 'FW_KAFKA_RECORD_TOO_LARGE', micros: 1_000_000, frames: 25 }] });
});
