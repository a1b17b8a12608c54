import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clip, TrackedFace } from '../../src/domain/faces.js';
import type { ClipScorer, FrameScorer, ModelIdentity } from '../../src/domain/ports.js';
import type { AdvancedSegment } from '../../src/stages/advance.js';
import { fuseSegment } from '../../src/stages/fuse.js';
import { scoreSegment, type Scorer } from '../../src/stages/score.js';
import { analysis, crop } from './support.js';

const identity = (name: string, kind: 'frame' | 'clip'): ModelIdentity => ({ name, network: name, kind, digest: 'sha256:0', executor: 'test', precision: 'float32' });
const close = (): Promise<void> => Promise.resolve();
const frames = (scores: readonly number[]): Scorer => ({ kind: 'frame', scorer: { identity: identity('frames', 'frame'), score: (faces) => Promise.resolve(scores.slice(0, faces.length)), close } satisfies FrameScorer });
const clips = (score: number): Scorer => ({
  kind: 'clip',
  scorer: { identity: identity('clips', 'clip'), clipLength: 2, score: (items) => Promise.resolve(items.map(({ faces }) => ({ clip: score, frames: faces.map(() => score) }))), close } satisfies ClipScorer,
});
const failing: Scorer = { kind: 'frame', scorer: { identity: identity('frames', 'frame'), score: () => Promise.reject(new Error('no memory')), close } };

const faceOf = (track: number, ptsMicros: number): TrackedFace => ({ track, ptsMicros, box: { x: 1.4, y: 2.6, width: 10, height: 10 }, confidence: 0.87654, crop: crop() });
const faces = [faceOf(1, 0), faceOf(2, 0), faceOf(1, 125_000), faceOf(2, 125_000)];
const clip: Clip = { track: 1, startMicros: 0, endMicros: 125_000, faces: [faces[0]!, faces[2]!] };
const segment: AdvancedSegment = {
  analysis: analysis([]),
  faces,
  clips: [clip],
  ended: [],
  frameAccounts: { present: 2, sampled: 2, notSampled: 0, undecodable: 0, analysed: 2, skipped: {} },
  faceAccounts: { found: 4, analysed: 4, skipped: {} },
};
const fuse = fuseSegment({ weights: { frames: 1, clips: 1 }, calibration: { scale: 1, offset: 0 }, thresholds: { forgedAt: 0.8, authenticAt: 0.2 }, minFaces: 2 });

describe('scores and fusion of a segment', () => {
  test('each face keeps its own score, each track its own probability', async () => {
    const scores = await scoreSegment([frames([0.9, 0.1, 0.9, 0.1]), clips(0.9)])(faces, [clip]);
    const { tracks } = fuse(segment, scores);
    assert.deepEqual(tracks.map(({ id, verdict, probability }) => ({ id, verdict, probability })), [
      { id: 1, verdict: 'forged', probability: 0.9 },
      { id: 2, verdict: 'authentic', probability: 0.1 },
    ]);
    assert.deepEqual(tracks[0]?.scores, [
      { model: 'frames', frames: [{ ptsMicros: 0, probability: 0.9 }, { ptsMicros: 125_000, probability: 0.9 }], clips: [] },
      { model: 'clips', frames: [], clips: [{ startMicros: 0, endMicros: 125_000, probability: 0.9, frames: [0.9, 0.9] }] },
    ]);
    assert.deepEqual(tracks[0].boxes[0], { ptsMicros: 0, x: 1, y: 3, width: 10, height: 10, confidence: 0.877 });
  });

  test('a model that fails is never replaced by the scores of another', async () => {
    const scores = await scoreSegment([failing, clips(0.9)])(faces, [clip]);
    const fused = fuse(segment, scores);
    assert.deepEqual(fused.tracks.map(({ verdict, reasons }) => ({ verdict, reasons })), [
      { verdict: 'inconclusive', reasons: ['model-failed'] },
      { verdict: 'inconclusive', reasons: ['model-failed'] },
    ]);
    assert.deepEqual(scores.warnings.map(({ code, message }) => `${code} ${message}`), ['FW_MODEL_FAILED no memory']);
    assert.deepEqual([fused.frameAccounts.analysed, fused.frameAccounts.skipped], [0, { 'model-failed': 2 }]);
    assert.deepEqual([fused.faceAccounts.analysed, fused.faceAccounts.skipped], [0, { 'model-failed': 4 }]);
  });

  test('a score that is no probability, and a missing score, are failures', async () => {
    for (const odd of [[0.5, Number.NaN, 0.5, 0.5], [0.5, 1.2, 0.5, 0.5], [0.5]]) {
      const scores = await scoreSegment([frames(odd)])(faces, []);
      assert.equal(scores.warnings[0]?.code, 'FW_MODEL_FAILED');
      assert.deepEqual([...scores.failedTracks], [1, 2]);
    }
  });

  test('a track with too few faces is not judged', async () => {
    const scores = await scoreSegment([frames([0.99])])([faces[0]!], []);
    const [track] = fuse({ ...segment, faces: [faces[0]!], clips: [] }, scores).tracks;
    assert.deepEqual([track?.verdict, track?.reasons], ['inconclusive', ['too-few-faces']]);
  });
});
