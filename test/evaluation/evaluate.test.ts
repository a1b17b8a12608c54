import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoresCsv } from '../../src/evaluation/csv.js';
import { evaluateOutcomes } from '../../src/evaluation/evaluate.js';
import { evaluationRecord } from '../../src/evaluation/record.js';
import { evaluationRecordSchema } from '../../src/evaluation/record-schema.js';
import { renderEvaluation } from '../../src/evaluation/report/page.js';
import type { UnitScores } from '../../src/evaluation/unit-scores.js';
import { MODELS, judged, options, segment, track } from './support.js';

const only = (scores: readonly UnitScores[] | undefined): UnitScores => scores?.[0] ?? assert.fail();
const provenance = { software: { name: 'framewitness', version: '0' }, data: { name: 'clips/', sha256: 'sha256:0', split: null, items: 1 }, topology: { name: 'default', digest: 'sha256:0' }, thresholds: { forgedAt: 0.8, authenticAt: 0.2 }, detector: { name: 'blazeface', digest: 'sha256:3' }, decoder: 'libav', boxes: false };

test('by our own convention a segment has its highest judged track, and a video the mean log-odds of its segments', () => {
  // Segment 1: track 1 says ln 9 twice (0.9), track 2 says 0.1: 0.9. Segment 2: 0.5. Mean log-odds ln 9 / 2 = ln 3: 0.75.
  const video = judged('a.mp4', 'fake', [
    segment([track(1, { faces: [0.9, 0.9] }), track(2, { faces: [0.1, 0.1] }), track(3, { faces: [0.99], judged: false })]),
    segment([track(1, { start: 2, faces: [0.5, 0.5] })]),
  ]);
  const scores = only(evaluateOutcomes([video], options()).sources[0]?.scores);
  assert.deepEqual([scores.video, scores.segments, scores.frames], [0.75, [0.9, 0.5], [0.99, 0.9, 0.5, 0.5]]);
});

test('frames: every face, the large ones, or the largest one, as the convention has it', () => {
  // One frame a second; areas 100², 80² (0.64 of it: large) and 60² (0.36: small).
  const faces = segment([track(1, { side: 100, faces: [0.2, 0.4] }), track(2, { side: 80, faces: [0.3, 0.3] }), track(3, { side: 60, faces: [0.9, 0.9] })]);
  const scored = (convention: 'framewitness' | 'sbi' | 'deepfakebench'): UnitScores => only(evaluateOutcomes([judged('a.mp4', 'real', [faces])], options(convention)).sources[0]?.scores);
  assert.deepEqual(scored('framewitness').frames, [0.9, 0.9]);
  assert.deepEqual(scored('sbi').frames, [0.3, 0.4]);
  assert.equal(scored('sbi').video, 0.35);
  assert.deepEqual(scored('deepfakebench').frames, [0.2, 0.4]);
  assert.equal(scored('deepfakebench').video, 0.3);
});

test('without a frame network the frame heads of clips speak for the frames, clips that began a segment earlier among them', () => {
  // The second clip's three faces are the last of the first segment and the two of the second.
  const first = track(1, { clips: [[0.1, 0.1, 0.1]] });
  const second = track(1, { start: 3, clips: [[0.9, 0.9]] });
  const [scores] = second.scores;
  const later = { ...second, scores: scores ? [{ ...scores, clips: [{ startMicros: 2e6, endMicros: 4e6, probability: 0.8, frames: [0.5, 0.9, 0.9] }] }] : [] };
  const result = evaluateOutcomes([judged('a.mp4', 'fake', [segment([first]), segment([later])])], options('framewitness', { models: MODELS.slice(1) }));
  assert.deepEqual(only(result.sources[0]?.scores).clips, [0.1, 0.8]);
  // The third face is in both: log-odds (−ln 9 + 0) / 2 = −ln 3.
  assert.deepEqual(only(result.sources[0]?.scores).frames, [0.1, 0.1, 0.25, 0.9, 0.9]);
  assert.equal(result.sources.length, 1);
});

test('a picture counts, though its one face is too few for a verdict', () => {
  const picture = judged('a.png', 'real', [segment([track(1, { faces: [0.3], judged: false })], { reasons: ['too-few-faces'] })], { kind: 'image' });
  const { figures, sources } = evaluateOutcomes([picture], options());
  assert.equal(only(sources[0]?.scores).video, 0.3);
  assert.equal(figures.coverage.videos.scored, 1);
});

const four = [
  judged('real/1.mp4', 'real', [segment([track(1, { faces: [0.2, 0.2] })], { verdict: 'authentic' })]),
  judged('real/2.mp4', 'real', [segment([track(1, { faces: [0.6, 0.6] })])]),
  judged('fake/1.mp4', 'fake', [segment([track(1, { faces: [0.6, 0.6] })])], { method: 'Swap' }),
  judged('fake/2.mp4', 'fake', [segment([track(1, { faces: [0.9, 0.9] })], { verdict: 'forged' })], { method: 'Reenact' }),
];

test('figures equal a computation by hand', () => {
  const { figures } = evaluateOutcomes(four, options());
  // Pairs: 0.2 < 0.6, 0.2 < 0.9, 0.6 = 0.6, 0.6 < 0.9: (1 + 1 + 0.5 + 1) / 4.
  assert.equal(figures.video.auc, 0.875);
  // Two frames each: the same shares.
  assert.deepEqual([figures.frame.auc, figures.frame.real, figures.frame.forged], [0.875, 4, 4]);
  // At 0.5: 0.2, 0.6 (forged) and 0.9 are right.
  assert.equal(figures.video.accuracy, 0.75);
  assert.equal(figures.video.logLoss, Math.round(((-Math.log(0.8) - Math.log(0.4) - Math.log(0.6) - Math.log(0.9)) / 4) * 1e6) / 1e6);
  assert.deepEqual(figures.groups.filter(({ by }) => by === 'method').map(({ name, real, forged, videoAuc }) => [name, real, forged, videoAuc]), [['Reenact', 2, 1, 1], ['Swap', 2, 1, 0.75]]);
  assert.deepEqual(figures.decisions, { real: { forged: 0, authentic: 1, inconclusive: 1 }, fake: { forged: 1, authentic: 0, inconclusive: 1 } });
});

test('what has no score is left out or scored 0.5, and counted with its reason either way', () => {
  const blank = [judged('real/3.mp4', 'real', [segment([], { reasons: ['no-face'] })]), judged('fake/3.mp4', 'fake', [], {}, { code: 'FW_INPUT_TRUNCATED', message: 'cut off' })];
  for (const [noFace, count, auc] of [['abstain', 4, 0.875], ['half', 6, null]] as const) {
    const { figures } = evaluateOutcomes([...four, ...blank], options('framewitness', { noFace }));
    assert.equal(figures.video.count, count);
    if (auc !== null) assert.equal(figures.video.auc, auc);
    assert.deepEqual(figures.coverage.videos, { total: 6, scored: 4, real: { total: 3, scored: 2 }, fake: { total: 3, scored: 2 }, unscored: { unreadable: 1, 'no-face': 1 } });
    assert.deepEqual(figures.coverage.items, { total: 6, scored: 4, withError: 1 });
    // Pairs at 0.5: reals 0.2, 0.6, 0.5 against 0.6, 0.9, 0.5: 3 + (0.5 + 1 + 0) + (1 + 1 + 0.5) of 9. Wrong: only the four count, of nine.
    assert.deepEqual(figures.unscoredAs, { half: 0.777778, wrong: 0.388889 });
  }
  const { frames, faces } = evaluateOutcomes([...four, ...blank], options()).figures.coverage;
  assert.deepEqual([frames.present, frames.sampled, frames.analysed, frames.scored, frames.skipped['no-face'], faces.found], [250, 80, 8, 8, 72, 8]);
});

test('clips of the same name in different folders are different videos; a group is one', () => {
  const clip = (path: string, p: number, group?: string): ReturnType<typeof judged> => judged(path, 'fake', [segment([track(1, { faces: [p] })])], group === undefined ? {} : { group });
  assert.deepEqual(evaluateOutcomes([clip('a/000.mp4', 0.9), clip('b/000.mp4', 0.5)], options()).sources[0]?.scores.map(({ video }) => video), [0.9, 0.5]);
  assert.deepEqual(evaluateOutcomes([clip('a/000.mp4', 0.9, '000'), clip('b/000.mp4', 0.5, '000')], options()).sources[0]?.scores.map(({ unit, video }) => [unit.name, video]), [['000', 0.75]]);
  assert.throws(() => evaluateOutcomes([clip('a/000.mp4', 0.9, '000'), judged('b/000.mp4', 'real', [], { group: '000' })], options()), { code: 'FW_LABEL' });
});

test('by identity, videos that share a person or a source are drawn together', () => {
  const clip = (path: string, identities: readonly string[], sources: readonly string[] = []): ReturnType<typeof judged> => judged(path, 'real', [], { identities, sources });
  const clusters = (resampling: 'video' | 'identity'): readonly string[] => evaluateOutcomes([clip('1', ['anna']), clip('2', ['ben', 'anna']), clip('3', [], ['2']), clip('4', ['carl'])], options('framewitness', { resampling })).sources[0]?.scores.map(({ unit }) => unit.cluster) ?? [];
  assert.equal(new Set(clusters('identity').slice(0, 3)).size, 1);
  assert.equal(new Set(clusters('identity')).size, 2);
  assert.equal(new Set(clusters('video')).size, 4);
});

test('a model that failed gives no score, whatever the others say', () => {
  const { sources } = evaluateOutcomes([judged('a.mp4', 'real', [segment([{ ...track(1, { faces: [0.3], judged: false }), scores: [] }], { reasons: ['model-failed'] })])], options());
  assert.equal(only(sources[0]?.scores).video, null);
});

test('the record keeps to its schema and is the same again; page and CSV hold hostile names harmlessly', () => {
  const hostile = `<script>alert(1)</script>,"\u202e.mp4`;
  const items = [...four, judged(hostile, 'real', [segment([track(1, { faces: [0.9, 0.9] })])], { dataset: hostile, compression: 'c23' })];
  const write = (): readonly [string, string, string] => {
    const evaluation = evaluateOutcomes(items, options());
    const record = evaluationRecord(evaluation, options(), { ...provenance, data: { ...provenance.data, name: hostile } });
    assert.deepEqual(evaluationRecordSchema.parse(record), record);
    assert.equal(record.mistakes[0]?.name, hostile);
    return [JSON.stringify(record), renderEvaluation({ record, evaluation }), scoresCsv(evaluation)];
  };
  const [json, page, csv] = write();
  assert.deepEqual(write(), [json, page, csv]);
  assert.doesNotMatch(page, /<script|https?:\/\/|\son\w+=/i);
  for (const text of ['&lt;script&gt;alert(1)', '⟨U+202E⟩', "default-src 'none'", 'Video AUC 0.67']) assert.ok(page.includes(text), text);
  assert.ok(csv.includes(`"${hostile.replaceAll('"', '""')}",real,`));
  assert.equal(csv.split('\r\n').length, items.length + 2);
});

test('nothing scored, or one class alone: a record without figures, not an error', () => {
  const evaluation = evaluateOutcomes([judged('a.mp4', 'real', [segment([], { reasons: ['no-face'] })])], options());
  const record = evaluationRecord(evaluation, options(), provenance);
  assert.deepEqual(evaluationRecordSchema.parse(record), record);
  assert.equal(record.video.auc, null);
  assert.match(renderEvaluation({ record, evaluation }), /1 video, no AUC: there is no scored real one/);
});
