import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise } from '../../src/verdicts/summary.js';
import { byAttention } from '../../src/verdicts/track-summary.js';
import { interview, landscape, makeStream } from './records.js';

test('a stream: counts, outcome, worst segment, forged ranges, reasons and sums', async () => {
  const records = await interview();
  const [summary] = await summarise(records);
  assert.ok(summary);
  assert.deepEqual([summary.stream, summary.segments, summary.counts], ['interview.mp4', 12, { forged: 6, authentic: 5, inconclusive: 1 }]);
  assert.deepEqual([summary.outcome, summary.headline], ['forged', 'Faces judged forged in 6 of 12 segments']);
  assert.equal(summary.worst?.probability, Math.max(...records.map((r) => r.finding.probability ?? 0)));
  assert.deepEqual(summary.forgedRanges.map((r) => [r.startMicros, r.segments]), [[12_000_000, 6]]);
  assert.deepEqual(summary.reasons, [{ reason: 'partly-undecodable', segments: 1 }, { reason: 'too-few-faces', segments: 1 }, { reason: 'abstention-band', segments: 1 }]);
  assert.equal(summary.frames.present, records.reduce((n, r) => n + r.finding.frames.present, 0));
  assert.equal(summary.frames.present, summary.frames.sampled + summary.frames.notSampled + summary.frames.undecodable);
  assert.equal(summary.faces.found, summary.faces.analysed + (summary.faces.skipped.untracked ?? 0));
  assert.deepEqual(summary.warnings, [{ code: 'FW_SEGMENT_DAMAGED', message: '5 frames could not be decoded.', segments: 1 }]);
  assert.equal(summary.provenances.length, 1);
});

test('tracks: verdict, probability, faces and times over all segments', async () => {
  const [summary] = await summarise(await interview());
  const rows = summary!.tracks.map((t) => [t.id, t.verdict, t.counts.forged, t.counts.authentic, t.counts.inconclusive, t.faces, t.reasons.join()]);
  assert.deepEqual(rows, [
    [1, 'forged', 6, 6, 0, 192, ''],
    [2, 'inconclusive', 0, 6, 1, 112, 'abstention-band'],
    [3, 'inconclusive', 0, 0, 1, 2, 'too-few-faces'],
  ]);
  assert.equal(summary!.tracks[2]!.probability, null, 'a track that was never judged has no probability');
  assert.deepEqual(summary!.tracks[0]!.models.map((m) => [m.model, m.frames.count, m.clips.count]), [['face-frames', 192, 0], ['face-clips', 0, 24]]);
  assert.deepEqual([...summary!.tracks].sort(byAttention).map((t) => t.id), [1, 2, 3]);
});

test('a stream is never called more than its segments say', async () => {
  const plan = (levels: readonly (number | null)[]): Promise<string> =>
    makeStream({ stream: 's', segments: levels.length, cropsPerTrack: 0, people: levels.flatMap((l, i) => (l === null ? [] : [{ id: i + 1, from: i, to: i, level: () => l }])) }).then(async (r) => {
      const [s] = await summarise(r);
      return `${s!.outcome}: ${s!.headline}`;
    });
  assert.equal(await plan([0.1, 0.1]), 'authentic: All 2 segments judged authentic');
  assert.equal(await plan([0.1, null, 0.1]), 'partly-judged: No segment judged forged; 1 of 3 segments could not be decided');
  assert.equal(await plan([null, null]), 'inconclusive: Nothing could be decided: no face found');
  assert.equal(await plan([0.5]), 'inconclusive: Nothing could be decided: between the thresholds');
  assert.equal(await plan([0.9]), 'forged: Faces judged forged in the only segment');
  assert.equal(await plan([0.1]), 'authentic: The only segment was judged authentic');
  assert.equal(await plan([0.9, 0.9]), 'forged: Faces judged forged in all 2 segments');
});

test('a failed network leaves a track undecided, however clear the rest', async () => {
  const records = await makeStream({ stream: 's', segments: 2, cropsPerTrack: 0, people: [{ id: 1, from: 0, to: 0, level: () => 0.1 }, { id: 2, from: 1, to: 1, level: () => 0.1, modelFailed: true }] });
  const [summary] = await summarise(records);
  assert.deepEqual([summary!.tracks[1]!.verdict, summary!.tracks[1]!.probability], ['inconclusive', null]);
  assert.equal(summary!.outcome, 'partly-judged');
});

test('streams may be interleaved and keep the order in which they came', async () => {
  const [a, b] = [await interview('a'), await landscape('b')];
  const mixed = a.flatMap((r, i) => (b[i] === undefined ? [r] : [b[i], r]));
  const apart = await summarise([...b, ...a]);
  assert.deepEqual(await summarise(mixed), apart);
  assert.deepEqual(apart.map((s) => s.stream), ['b', 'a']);
});

test('tracks and ranges are bounded: those that matter most are kept, the rest counted', async () => {
  const records = await makeStream({
    stream: 'long',
    segments: 60,
    cropsPerTrack: 0,
    samplesPerSegment: 8,
    people: Array.from({ length: 60 }, (_, i) => ({ id: i + 1, from: i, to: i, level: () => (i % 10 === 0 ? 0.92 : 0.1) })),
  });
  const [summary] = await summarise(records, { maxTracks: 10, maxRanges: 4 });
  assert.equal(summary!.tracks.length + summary!.tracksOmitted, 60);
  assert.equal(summary!.tracks.length, 10);
  assert.deepEqual(summary!.tracks.filter((t) => t.verdict === 'forged').map((t) => t.id), [1, 11, 21, 31, 41, 51]);
  assert.deepEqual([summary!.forgedRanges.length, summary!.forgedRangesOmitted], [4, 2]);
});

test('no record, no stream', async () => {
  assert.deepEqual(await summarise([]), []);
});
