import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaceAccounting, FrameAccounting, VerdictReason } from '../../src/domain/verdict.js';
import type { JudgedTrack, SegmentAccounting } from '../../src/verdicts/decide.js';
import { decideSegment, decideTrack } from '../../src/verdicts/decide.js';

const thresholds = { forgedAt: 0.7, authenticAt: 0.3 };
const decide = (probability: number | null, faces = 10, modelFailed = false): string => {
  const { verdict, reasons } = decideTrack({ probability, faces, thresholds, minFaces: 4, modelFailed });
  return [verdict, ...reasons].join(' ');
};

test('a track: thresholds belong to the verdict, the band between them abstains', () => {
  assert.deepEqual([decide(0.7), decide(0.6999), decide(0.3001), decide(0.3)], ['forged', 'inconclusive abstention-band', 'inconclusive abstention-band', 'authentic']);
  assert.deepEqual([decide(1), decide(0)], ['forged', 'authentic']);
});

test('a track: too few faces, no score, a failed network', () => {
  assert.equal(decide(0.99, 3), 'inconclusive too-few-faces');
  assert.equal(decide(0.99, 4), 'forged');
  assert.equal(decide(null, 10), 'inconclusive too-few-faces');
  assert.equal(decide(0.99, 10, true), 'inconclusive model-failed');
  assert.equal(decide(null, 1, true), 'inconclusive model-failed');
});

test('thresholds that are not ordered are refused', () => {
  assert.throws(() => decideTrack({ probability: 0.5, faces: 9, thresholds: { forgedAt: 0.3, authenticAt: 0.3 }, minFaces: 1 }), { code: 'FW_INTERNAL' });
});

const forged: JudgedTrack = { verdict: 'forged', probability: 0.91, reasons: [] };
const authentic: JudgedTrack = { verdict: 'authentic', probability: 0.11, reasons: [] };
const unsure: JudgedTrack = { verdict: 'inconclusive', probability: 0.5, reasons: ['abstention-band'] };
const brief: JudgedTrack = { verdict: 'inconclusive', probability: 0.99, reasons: ['too-few-faces'] };
const failed: JudgedTrack = { verdict: 'inconclusive', probability: null, reasons: ['model-failed'] };

const whole: FrameAccounting = { present: 48, sampled: 16, notSampled: 32, undecodable: 0, analysed: 16, skipped: {} };
const seen: FaceAccounting = { found: 16, analysed: 16, skipped: {} };
const segment = (tracks: readonly JudgedTrack[], accounting: Partial<SegmentAccounting> = {}): string => {
  const { verdict, probability, reasons } = decideSegment(tracks, { frames: whole, faces: seen, ...accounting });
  return [verdict, String(probability), ...reasons].join(' ');
};

test('a segment: one forged track suffices, whatever else is wrong', () => {
  assert.equal(segment([forged]), 'forged 0.91');
  assert.equal(segment([authentic, forged, brief]), 'forged 0.91 too-few-faces');
  assert.equal(segment([forged, unsure, failed]), 'forged 0.91 abstention-band model-failed');
});

test('a segment: authentic needs a judged track and nothing that was judged unclear', () => {
  assert.equal(segment([authentic]), 'authentic 0.11');
  assert.equal(segment([authentic, authentic]), 'authentic 0.11');
  assert.equal(segment([authentic, brief]), 'authentic 0.11 too-few-faces');
  assert.equal(segment([authentic, unsure]), 'inconclusive 0.5 abstention-band');
  assert.equal(segment([authentic, failed]), 'inconclusive 0.11 model-failed');
  assert.equal(segment([authentic], { faces: { found: 17, analysed: 16, skipped: { 'model-failed': 1 } } }), 'inconclusive 0.11 model-failed');
});

test('a segment: the probability of a track that was not judged is not the segment\'s', () => {
  assert.equal(segment([brief]), 'inconclusive null too-few-faces');
  assert.equal(segment([failed]), 'inconclusive null model-failed');
});

test('a segment: lost frames qualify a verdict and do not replace it', () => {
  const frames = { ...whole, present: 53, undecodable: 5 };
  assert.equal(segment([authentic], { frames }), 'authentic 0.11 partly-undecodable');
  assert.equal(segment([forged], { frames }), 'forged 0.91 partly-undecodable');
  assert.equal(segment([authentic], { frames: { ...whole, analysed: 14, skipped: { 'detector-failed': 2 } } }), 'authentic 0.11 detector-failed');
});

test('a segment without any track says why', () => {
  const none: FaceAccounting = { found: 0, analysed: 0, skipped: {} };
  const empty: FrameAccounting = { present: 0, sampled: 0, notSampled: 0, undecodable: 0, analysed: 0, skipped: {} };
  const skipped = (reason: 'no-face' | 'face-too-small' | 'detector-failed'): FrameAccounting => ({ ...whole, analysed: 0, skipped: { [reason]: 16 } });
  const cases: [VerdictReason, Partial<SegmentAccounting>][] = [
    ['no-frames', { frames: empty, faces: none }],
    ['undecodable', { frames: empty, faces: none, opened: false }],
    ['undecodable', { frames: { ...empty, present: 9, undecodable: 9 }, faces: none }],
    ['undecodable', { frames: { ...empty, present: 9, notSampled: 6, undecodable: 3 }, faces: none }],
    ['no-frames', { frames: { ...empty, present: 2, notSampled: 2 }, faces: none }],
    ['no-face', { faces: none }],
    ['no-face', { frames: skipped('no-face'), faces: none }],
    ['face-too-small', { frames: skipped('face-too-small'), faces: none }],
    ['face-too-small', { faces: { found: 7, analysed: 0, skipped: { 'face-too-small': 7 } } }],
    ['too-few-faces', { faces: { found: 7, analysed: 0, skipped: { 'face-too-small': 6, untracked: 1 } } }],
    ['detector-failed', { frames: skipped('detector-failed'), faces: none }],
    ['model-failed', { faces: { found: 7, analysed: 0, skipped: { 'model-failed': 7 } } }],
  ];
  for (const [reason, accounting] of cases) assert.equal(segment([], accounting), `inconclusive null ${reason}`);
  assert.equal(segment([], { frames: { ...whole, analysed: 0, skipped: { 'detector-failed': 1, 'no-face': 15 } }, faces: none }), 'inconclusive null detector-failed');
});
