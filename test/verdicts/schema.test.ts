import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { segmentVerdictSchema, verdictProblems } from '../../src/verdicts/schema.js';
import { interview, landscape } from './records.js';

/** The same type without `readonly`, which the schema does not carry. */
type Writable<T> = T extends readonly (infer Item)[] ? Writable<Item>[] : T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the known way to compare types exactly
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
// Does not compile when a field of one is missing, optional or of another type in the other.
const schemaIsTheType: Same<Writable<z.infer<typeof segmentVerdictSchema>>, Writable<SegmentVerdict>> = true;

type Draft = Writable<SegmentVerdict>;
type Edit = (record: Draft) => void;

function edited(record: SegmentVerdict, edit: Edit): unknown {
  const copy = structuredClone(record) as Draft;
  edit(copy);
  return copy;
}

test('the schema accepts sealed records, with and without faces', async () => {
  assert.equal(schemaIsTheType, true);
  for (const record of [...(await interview()), ...(await landscape())]) assert.deepEqual(verdictProblems(record), []);
});

test('the schema refuses unknown keys at every depth', async () => {
  const [record] = await interview();
  const places: readonly ((r: Draft) => object)[] = [(r) => r, (r) => r.finding, (r) => r.finding.tracks[0]!, (r) => r.finding.frames.skipped, (r) => r.provenance.source, (r) => r.evidence[0]!];
  const edits = places.map((place): Edit => (r) => Object.assign(place(r), { extra: 1 }));
  for (const edit of edits) assert.match(verdictProblems(edited(record!, edit)).join(), /extra/);
});

test('every broken invariant is refused and named', async () => {
  const record = (await interview())[7]!;
  assert.equal(record.finding.verdict, 'forged');
  const edits: readonly (readonly [RegExp, Edit])[] = [
    [/frames\.present/, (r) => (r.finding.frames.present += 1)],
    [/frames\.sampled/, (r) => { r.finding.frames.sampled += 1; r.finding.frames.present += 1; }],
    [/faces\.found/, (r) => (r.finding.faces.found += 1)],
    [/frames\.undecodable/, (r) => { r.finding.frames.undecodable = -1; r.finding.frames.notSampled += 1; }],
    [/endMicros/, (r) => (r.finding.endMicros = r.finding.startMicros - 1)],
    [/probability/, (r) => (r.finding.probability = 1.2)],
    [/4 decimals/, (r) => (r.finding.tracks[0]!.scores[0]!.frames[0]!.probability = 0.123456)],
    [/missing although the verdict is forged/, (r) => (r.finding.probability = null)],
    [/probability of any track/, (r) => (r.finding.probability = 0.0001)],
    [/exactly when one of its tracks/, (r) => (r.finding.verdict = 'authentic')],
    [/authentic although no track is/, (r) => { r.finding.verdict = 'authentic'; r.finding.tracks = []; r.finding.probability = null; }],
    [/empty although the verdict is inconclusive/, (r) => { r.finding.tracks[0]!.verdict = 'inconclusive'; }],
    [/catalogue order/, (r) => (r.finding.reasons = ['no-face', 'no-frames'])],
    [/ids do not rise/, (r) => r.finding.tracks.reverse()],
    [/boxes/, (r) => r.finding.tracks[0]!.boxes.reverse()],
    [/outside startMicros/, (r) => (r.finding.tracks[0]!.endMicros -= 1)],
    [/frame scores/, (r) => r.finding.tracks[0]!.scores[0]!.frames.reverse()],
    [/clips/, (r) => r.finding.tracks[0]!.scores[1]!.clips.reverse()],
    [/ends before it starts/, (r) => (r.finding.tracks[0]!.scores[1]!.clips[0]!.startMicros += 9e9)],
    [/appears twice/, (r) => (r.finding.tracks[0]!.scores[1]!.model = 'face-frames')],
    [/which provenance\.models does not/, (r) => (r.finding.tracks[0]!.scores[1]!.model = 'another')],
    [/below forgedAt/, (r) => (r.provenance.thresholds.forgedAt = 0.9999)],
    [/above authenticAt/, (r) => (r.provenance.thresholds.authenticAt = 0.0001)],
    [/not below forgedAt/, (r) => (r.provenance.thresholds.authenticAt = 0.7)],
    [/shows a track/, (r) => (r.evidence[0]!.track = 99)],
    [/base64/, (r) => (r.evidence[0]!.jpeg = 'abc"><script>')],
    [/hex/, (r) => (r.provenance.segmentSha256 = 'ABC')],
    [/finding\.sequence/, (r) => (r.finding.sequence = 0.5)],
    [/schema/, (r) => Object.assign(r, { schema: 'framewitness.segment-verdict/2' })],
  ];
  for (const [pattern, edit] of edits) assert.match(verdictProblems(edited(record, edit)).join('\n'), pattern);
});

test('undefined does not stand in for an absent property', async () => {
  const [record] = await interview();
  assert.notDeepEqual(verdictProblems(edited(record!, (r) => Object.assign(r, { signature: undefined }))), []);
});
