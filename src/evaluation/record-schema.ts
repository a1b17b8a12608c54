/** The schema of an evaluation record, what `evaluate --json` writes. `schemas/evaluation.schema.json` comes from it. */
import { z } from 'zod';
import { CONVENTION_NAMES, NO_FACE_NAMES } from './conventions.js';
import { GROUPINGS } from './groups.js';
import { METRICS, type MetricName } from './metrics.js';
import { UNSCORED_REASONS } from './units.js';

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const interval = z.tuple([z.number(), z.number()]).nullable();

const ABOUT: Readonly<Record<MetricName, string>> = {
  auc: 'Area under the ROC curve; equal scores count half.',
  averagePrecision: 'Average precision, forged being the class that is looked for.',
  equalErrorRate: 'Error rate where false positives and false negatives are equally frequent.',
  tprAtFpr1Percent: 'Highest share of forged ones found at a false-positive rate of 1 % or less.',
  tprAtFpr01Percent: 'The same at 0.1 %.',
  accuracy: 'Share on the right side of 0.5.',
  logLoss: 'Mean −ln of the probability given to what is so.',
  calibrationError: 'Expected calibration error, 10 bins of equal width.',
};

const metrics = Object.fromEntries(
  (Object.keys(METRICS) as MetricName[]).flatMap((name) => [
    [name, z.number().nullable().describe(`${ABOUT[name]} null: it has no value, because a class is missing.`)],
    [`${name}95`, interval.describe('95 % interval by bootstrap; null: there are too few.')],
  ]),
) as Record<MetricName, z.ZodNullable<z.ZodNumber>> & Record<`${MetricName}95`, typeof interval>;

const level = z.strictObject({ count, real: count, forged: count, ...metrics });
const levels = { video: level.describe('Videos, or what shares a group.'), segment: level, frame: level.describe('Frames with a face.') };
const source = z.strictObject({ ...levels, clip: level.exactOptional().describe('Each clip of a clip network.') });
const covered = { total: count, scored: count };
const counts = z.record(z.string(), count);
const bin = z.strictObject({ from: share, to: share, count, meanProbability: share.nullable(), forgedShare: share.nullable() });
const verdicts = z.strictObject({ forged: count, authentic: count, inconclusive: count });

const group = z.strictObject({
  by: z.enum(GROUPINGS),
  name: z.string(),
  real: count,
  forged: count,
  unscored: count,
  videoAuc: share.nullable(),
  videoAuc95: interval,
  videoAveragePrecision: share.nullable(),
  videoEqualErrorRate: share.nullable(),
  frameAuc: share.nullable(),
});

const coverage = z.strictObject({
  videos: z.strictObject({ ...covered, real: z.strictObject(covered), fake: z.strictObject(covered), unscored: z.partialRecord(z.enum(UNSCORED_REASONS), count) }),
  items: z.strictObject({ ...covered, withError: count }),
  frames: z.strictObject({ present: count, sampled: count, notSampled: count, undecodable: count, analysed: count, scored: count, skipped: counts }),
  faces: z.strictObject({ found: count, analysed: count, skipped: counts }),
});

const model = z.strictObject({ name: z.string(), network: z.string(), kind: z.enum(['frame', 'clip']), digest: z.string(), executor: z.string(), precision: z.string() });

const robustnessSchema = z.strictObject({
  variant: z.string().describe('kind:value, or as-is.'),
  kind: z.string(),
  value: z.number().nullable(),
  video: z.strictObject({ count, real: count, forged: count, auc: share.nullable(), auc95: interval }),
  frame: z.strictObject({ count, auc: share.nullable() }),
  unscored: count,
});

/** Schema of what `evaluate --json` writes. */
export const evaluationRecordSchema = z.strictObject({
  schema: z.literal('framewitness.evaluation/1'),
  software: z.strictObject({ name: z.string(), version: z.string() }),
  data: z.strictObject({ name: z.string().describe('The manifest or the folder, as it was given.'), sha256: z.string().describe('Of the list of items with the SHA-256 of each file, as canonical JSON.'), split: z.string().nullable(), items: count }),
  topology: z.strictObject({ name: z.string(), digest: z.string() }),
  thresholds: z.strictObject({ forgedAt: share, authenticAt: share }),
  models: z.array(model),
  detector: z.strictObject({ name: z.string(), digest: z.string() }),
  decoder: z.string(),
  convention: z.strictObject({
    name: z.enum(CONVENTION_NAMES),
    about: z.string(),
    faces: z.enum(['all', 'large', 'largest']),
    video: z.enum(['segments', 'frames']),
    noFace: z.enum(NO_FACE_NAMES).describe('abstain: videos without a score are left out of the figures, and counted. half: they are scored 0.5, and counted.'),
    boxes: z.boolean().describe('Faces were taken from the boxes of the manifest where it has some.'),
    resampling: z.enum(['video', 'identity']),
    resamples: count,
    seed: z.int(),
  }),
  ...levels,
  clip: level.exactOptional().describe('Each clip, where the topology has one clip network.'),
  bySource: z.record(z.string(), source).describe('Each model by itself, where there is more than one.'),
  groups: z.array(group),
  coverage,
  unscoredAs: z.strictObject({ half: share.nullable(), wrong: share.nullable() }).describe('AUC of videos if those without a score had 0.5, and if each of them were on the wrong side of all others.'),
  decisions: z.strictObject({ real: verdicts, fake: verdicts }).describe('Verdicts of videos at the thresholds of the topology.'),
  robustness: z.array(robustnessSchema).exactOptional().describe('Worse copies of all files, each evaluated alike; with --robustness.'),
  reliability: z.strictObject({ video: z.array(bin), frame: z.array(bin) }),
  mistakes: z.array(z.strictObject({ name: z.string(), label: z.enum(['real', 'fake']), method: z.string().nullable(), score: share, verdict: z.enum(['forged', 'authentic', 'inconclusive']) })).describe('Videos on the wrong side of 0.5, the worst first.'),
});

/** What `evaluate --json` writes. */
export type EvaluationRecord = z.infer<typeof evaluationRecordSchema>;

/** The text of the shipped JSON Schema. */
export function evaluationJsonSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(evaluationRecordSchema, { target: 'draft-2020-12', io: 'output' });
  return `${JSON.stringify({ $schema, $id: 'urn:framewitness:schema:evaluation:1', title: 'framewitness evaluation', description: 'What framewitness evaluate --json writes. See docs/guides/evaluate.md.', ...rest }, null, 2)}\n`;
}
