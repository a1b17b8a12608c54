/** A stream that is saved after each segment and restored goes on to the same bytes as one that never was. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SegmentAnalysis } from '../../src/domain/faces.js';
import { FramewitnessError } from '../../src/domain/errors.js';
import { createTracker } from '../../src/faces/tracker.js';
import { advanceStream, initialState } from '../../src/stages/advance.js';
import { raiseAlerts } from '../../src/stages/alert.js';
import { restoreProgress, saveProgress, type StreamProgress } from '../../src/stages/progress.js';
import { INITIAL_SEQUENCE } from '../../src/stages/sequence.js';
import { EMPTY_TALLY } from '../../src/stages/stream-tally.js';
import { decodeState, encodeState } from '../../src/transports/kafka/state-codec.js';
import { analysis, face, frame } from './support.js';

const tracking = { tracker: createTracker(), grid: { framesPerSecond: 8 }, clips: { length: 16, stride: 8, maxGapMicros: 500_000 } };
const advance = advanceStream(tracking);
const alerts = raiseAlerts({ rule: { window: 5, openAfter: 3, closeAfter: 3 }, maxTrackGapMicros: 1_000_000 });
const START: StreamProgress = { sequence: INITIAL_SEQUENCE, media: initialState(tracking), head: null, tally: EMPTY_TALLY, alerts: alerts.initial };

/** Two seconds of two faces whose crops have noise of their own. */
function segment(index: number): SegmentAnalysis {
  const frames = Array.from({ length: 16 }, (_, i) => {
    const at = index * 2_000_000 + i * 125_000;
    return frame(at, [0, 1].map((which) => {
      const size = 24;
      const data = Uint8Array.from({ length: size * size * 3 }, (_unused, n) => (n * 7 + i * 13 + index * 31 + which * 101) % 256);
      return { ...face(which * 400 + i * 3.3), crop: { size, data } };
    }));
  });
  return analysis(frames, { sequence: index, ptsStartMicros: index * 2_000_000 });
}

async function throughBytes(progress: StreamProgress): Promise<StreamProgress> {
  return restoreProgress(await decodeState(await encodeState(saveProgress(progress)), 'stream'), 'stream');
}

function codeOf(json: string): string {
  try {
    restoreProgress({ json, crops: [] }, 'stream');
  } catch (error) {
    return error instanceof FramewitnessError ? error.code : String(error);
  }
  return 'restored';
}

describe('a saved progress', () => {
  test('goes on after each segment to the same clips and tracks, to the byte', async () => {
    let [kept, restored] = [START, START];
    let clips = 0;
    for (let i = 0; i < 5; i++) {
      restored = await throughBytes(restored);
      assert.deepEqual(restored, kept);
      const [a, b] = [advance(kept.media, segment(i)), advance(restored.media, segment(i))];
      assert.deepEqual(b, a);
      clips += a.segment.clips.length;
      [kept, restored] = [{ ...kept, media: a.state }, { ...restored, media: b.state }];
    }
    assert.ok(clips > 4 && kept.media.windows.size === 2);
  });

  test('of a version that is not known is refused, whichever part has it', () => {
    const { json } = saveProgress(START);
    assert.equal(codeOf(json), 'restored');
    const changed = (change: (saved: { version: number; progress: { media: { version: number; tracking: { tracker: { version: number } } }; alerts: { version: number } } }) => void): string => {
      const saved = JSON.parse(json) as Parameters<typeof change>[0];
      change(saved);
      return codeOf(JSON.stringify(saved));
    };
    assert.equal(changed((saved) => (saved.version = 2)), 'FW_STATE_VERSION');
    assert.equal(changed((saved) => (saved.progress.media.version = 2)), 'FW_STATE_VERSION');
    assert.equal(changed((saved) => (saved.progress.media.tracking.tracker.version = 2)), 'FW_STATE_VERSION');
    assert.equal(changed((saved) => (saved.progress.alerts.version = 2)), 'FW_STATE_VERSION');
    assert.equal(codeOf('{'), 'FW_STATE_DAMAGED');
  });
});

describe('the bytes of a state', () => {
  const blob = async (): Promise<Buffer> => encodeState(saveProgress({ ...START, media: advance(START.media, segment(0)).state }));

  test('are smaller than their crops, and lose nothing', async () => {
    const { state } = advance(START.media, segment(0));
    const saved = saveProgress({ ...START, media: state });
    const bytes = await encodeState(saved);
    assert.deepEqual(await decodeState(bytes, 'stream'), saved);
    assert.ok(bytes.length < saved.crops.reduce((sum, { data }) => sum + data.length, 0));
  });

  test('of another layout, or cut short, are refused', async () => {
    const bytes = await blob();
    const refused = (damaged: Buffer, code: string): Promise<void> => assert.rejects(decodeState(damaged, 'stream'), (error: FramewitnessError) => error.code === code);
    await refused(Buffer.concat([Buffer.from([2]), bytes.subarray(1)]), 'FW_STATE_VERSION');
    await refused(Buffer.alloc(0), 'FW_STATE_VERSION');
    for (const length of [3, 9, 40, bytes.length - 40]) await refused(bytes.subarray(0, length), 'FW_STATE_DAMAGED');
  });
});
