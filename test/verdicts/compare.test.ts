import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Finding, SegmentVerdict } from '../../src/domain/verdict.js';
import { MAX_DIFFERENCES, compareFindings, differenceText, digestWithoutTrackNumbers, provenanceDifferences } from '../../src/verdicts/compare.js';
import { interview } from './records.js';

let record: SegmentVerdict;
let finding: Finding;
before(async () => {
  record = (await interview())[4]!;
  finding = record.finding;
});

/** The finding with one score of the first track moved. */
function moved(by: number): Finding {
  const copy = structuredClone(finding) as unknown as { tracks: { scores: { frames: { probability: number }[] }[] }[] };
  const score = copy.tracks[0]!.scores[0]!.frames[1]!;
  score.probability = Math.round((score.probability + by) * 1e4) / 1e4;
  return copy as unknown as Finding;
}

test('equal findings are identical', () => {
  assert.deepEqual(compareFindings(finding, structuredClone(finding), 0), { outcome: 'identical', flips: [], probabilityDelta: 0, largestScoreDelta: 0, differences: [], differencesOmitted: 0 });
});

test('a score within the tolerance is within it, to its last digit, and one beyond is different', () => {
  assert.equal(compareFindings(finding, moved(0.001), 0.001).outcome, 'within-tolerance');
  assert.equal(compareFindings(finding, moved(0.0011), 0.001).outcome, 'different');
  assert.equal(compareFindings(finding, moved(-0.001), 0.001).largestScoreDelta, 0.001);
  assert.equal(compareFindings(finding, moved(0.0001), 0).outcome, 'different');
});

test('a difference names its field by track, model and media time', () => {
  const [difference] = compareFindings(finding, moved(0.5), 0.001).differences;
  const at = finding.tracks[0]!.scores[0]!.frames[1]!;
  assert.equal(difference?.path, `tracks[${finding.tracks[0]!.id}].scores[face-frames].frames[${at.ptsMicros}].probability`);
  assert.match(differenceText(difference), /^tracks\[1\]\.scores\[face-frames\]\.frames\[\d+\]\.probability: 0\.\d+, now \d/);
});

test('labels, times, boxes and accounts have no tolerance', () => {
  const changes: Partial<Finding>[] = [
    { verdict: finding.verdict === 'forged' ? 'authentic' : 'forged' },
    { endMicros: finding.endMicros + 1 },
    { frames: { ...finding.frames, notSampled: finding.frames.notSampled + 1 } },
    { tracks: finding.tracks.map((track, i) => (i > 0 ? track : { ...track, boxes: track.boxes.map((box) => ({ ...box, x: box.x + 1 })) })) },
    { warnings: [{ code: 'FW_SEGMENT_DAMAGED', message: 'x' }] },
  ];
  for (const change of changes) assert.equal(compareFindings(finding, { ...finding, ...change }, 1).outcome, 'different', JSON.stringify(Object.keys(change)));
});

test('labels that changed are told for the segment and each track, and stand first', () => {
  const derived: Finding = { ...moved(0.2), verdict: 'forged', tracks: moved(0.2).tracks.map((track, i) => (i === 0 ? { ...track, verdict: 'forged' as const } : track)).slice(0, 2) };
  const { flips, differences } = compareFindings(finding, derived, 0.001);
  assert.deepEqual(flips, [
    { track: null, recorded: finding.verdict, derived: 'forged' },
    { track: 1, recorded: finding.tracks[0]!.verdict, derived: 'forged' },
    { track: 3, recorded: finding.tracks[2]!.verdict, derived: null },
  ]);
  assert.equal(differences[0]?.path, 'verdict');
});

test('a track that is missing does not make the others differ', () => {
  const { differences } = compareFindings(finding, { ...finding, tracks: finding.tracks.slice(1) }, 0);
  assert.deepEqual(differences.map(({ path, derived }) => [path, derived]), [['tracks[1]', undefined]]);
});

test('fields are bounded and the rest is counted', () => {
  const derived = { ...finding, tracks: finding.tracks.map((track) => ({ ...track, boxes: track.boxes.map((box) => ({ ...box, x: box.x + 9, y: box.y + 9, width: 1, height: 1, confidence: 0.1 })) })) };
  const { differences, differencesOmitted } = compareFindings(finding, derived, 0);
  const boxes = finding.tracks.reduce((n, { boxes: own }) => n + own.length, 0);
  assert.equal(differences.length + differencesOmitted, Math.max(boxes * 5, differences.length));
  assert.ok(differences.length <= MAX_DIFFERENCES);
});

test('numbers of tracks can be left aside', () => {
  const renumbered = { ...finding, tracks: finding.tracks.map((track) => ({ ...track, id: track.id + 7 })) };
  assert.equal(digestWithoutTrackNumbers(renumbered), digestWithoutTrackNumbers(finding));
  assert.notEqual(digestWithoutTrackNumbers(moved(0.1)), digestWithoutTrackNumbers(finding));
});

test('what the verdict was derived by is compared, where it was read is not', () => {
  const { provenance } = record;
  assert.deepEqual(provenanceDifferences(provenance, { ...provenance, source: { kind: 'archive', name: 'elsewhere' }, topology: { ...provenance.topology, name: 'other' } }), []);
  const changed = { ...provenance, thresholds: { ...provenance.thresholds, forgedAt: 0.9 }, models: provenance.models.map((model) => ({ ...model, digest: `sha256:${'f'.repeat(64)}` })) };
  assert.deepEqual(provenanceDifferences(provenance, changed).map(({ path }) => path), ['thresholds.forgedAt', 'models[0].digest', 'models[1].digest']);
});
