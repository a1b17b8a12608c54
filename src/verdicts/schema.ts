/** The zod schema of {@link SegmentVerdict}: strict, with the record's invariants. `schemas/segment-verdict.schema.json` comes from it. */
import { z } from 'zod';
import { SKIP_REASONS } from '../domain/faces.js';
import { VERDICT_REASONS } from '../domain/verdict.js';
import { findingProblems, recordProblems } from './invariants.js';

const count = z.int().min(0);
/** Media time. */
export const micros = z.int().describe('Media time in microseconds from the first frame of the stream.');
/** A probability with 4 decimals. */
export const probability = z
  .number()
  .min(0)
  .max(1)
  .refine((p) => Math.round(p * 1e4) / 1e4 === p, 'more than 4 decimals')
  .describe('Probability that what it speaks of is forged, 0 to 1, rounded to 4 decimals.');
const label = z.enum(['forged', 'authentic', 'inconclusive']);
const reasons = z.array(z.enum(VERDICT_REASONS)).describe('Why the verdict is inconclusive, or what qualifies it; in the order of the catalogue, each once.');
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'not 64 lower-case hex digits');
/** `sha256:` and hex. */
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'not sha256: and 64 lower-case hex digits');
const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'not base64');

const frames = z
  .strictObject({
    present: count,
    sampled: count,
    notSampled: count,
    undecodable: count,
    analysed: count,
    skipped: z.partialRecord(z.enum(SKIP_REASONS), count),
  })
  .describe('present = sampled + notSampled + undecodable; sampled = analysed + sum of skipped.');

const faces = z
  .strictObject({ found: count, analysed: count, skipped: z.partialRecord(z.enum(SKIP_REASONS), count) })
  .describe('found = analysed + sum of skipped.');

const box = z
  .strictObject({ ptsMicros: micros, x: z.int(), y: z.int(), width: z.int().min(0), height: z.int().min(0), confidence: z.number().min(0).max(1) })
  .describe('Pixels of the upright frame; the box may reach beyond it.');

const modelScores = z.strictObject({
  model: z.string().min(1).describe('Name of one of provenance.models.'),
  frames: z.array(z.strictObject({ ptsMicros: micros, probability })),
  clips: z.array(z.strictObject({ startMicros: micros, endMicros: micros, probability, frames: z.array(probability) })).describe('Clips that end in the segment.'),
});

const track = z.strictObject({
  id: z.int().min(1),
  verdict: label,
  probability: probability.nullable(),
  reasons,
  startMicros: micros,
  endMicros: micros,
  boxes: z.array(box),
  scores: z.array(modelScores),
});

const video = z.strictObject({
  codec: z.string(),
  pixelFormat: z.string(),
  width: z.int().min(1),
  height: z.int().min(1),
  rotation: z.literal([0, 90, 180, 270]),
  matrix: z.enum(['bt601', 'bt709', 'bt2020']),
  range: z.enum(['limited', 'full']),
});

/** Schema of {@link Finding}, with the accounting sums, the ordering of times and the link between verdict and reasons. */
export const findingSchema = z
  .strictObject({
    stream: z.string(),
    sequence: count,
    startMicros: micros,
    endMicros: micros,
    verdict: label,
    probability: probability.nullable(),
    reasons,
    frames,
    faces,
    tracks: z.array(track),
    video: video.nullable(),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  })
  .superRefine((finding, context) => {
    for (const problem of findingProblems(finding)) context.addIssue({ code: 'custom', path: [...problem.path], message: problem.message });
  })
  .describe('What the segment was found to be: a function of the bytes of the stream, the topology and the models.');

const map = z
  .strictObject({
    model: z.string().min(1).describe('Name of one of provenance.models.'),
    meaning: z.string().describe('What a high value says.'),
    width: z.int().min(1).max(32),
    height: z.int().min(1).max(32),
    values: base64.describe('One byte a cell, row by row: 0 to 255 for 0 to 1.'),
  })
  .describe('Where in the picture a network saw what it speaks of; laid over the whole of it.');

const model = z.strictObject({
  name: z.string().min(1),
  network: z.string(),
  kind: z.enum(['frame', 'clip']),
  digest,
  executor: z.string(),
  precision: z.string(),
});

const provenance = z
  .strictObject({
    source: z.strictObject({
      kind: z.enum(['file', 'kafka', 'archive']),
      name: z.string(),
      partition: count.exactOptional(),
      offset: z.string().regex(/^\d+$/, 'not a decimal string').exactOptional(),
    }),
    segmentSha256: sha256Hex,
    segmentBytes: count,
    topology: z.strictObject({ name: z.string(), digest: z.string().min(1) }),
    thresholds: z.strictObject({ forgedAt: z.number().min(0).max(1), authenticAt: z.number().min(0).max(1) }),
    models: z.array(model),
    detector: z.strictObject({ name: z.string(), digest: z.string().min(1) }),
    decoder: z.string(),
    software: z.strictObject({ name: z.string(), version: z.string() }),
  })
  .describe('Where the segment was read, by which build, with which models.');

/** Schema of {@link SegmentVerdict}. Unknown keys are refused. It does not check hashes: see `verifyChain`. */
export const segmentVerdictSchema = z
  .strictObject({
    schema: z.literal('framewitness.segment-verdict/1'),
    finding: findingSchema,
    findingDigest: digest.describe('SHA-256 of the canonical JSON (RFC 8785) of finding.'),
    provenance,
    evidence: z.array(z.strictObject({ track: z.int().min(1), ptsMicros: micros, jpeg: base64.describe('JPEG, base64.'), maps: z.array(map).exactOptional() })),
    previousHash: digest.nullable().describe('hash of the previous verdict of the stream; null for its first.'),
    hash: digest.describe('SHA-256 of the canonical JSON of the record without hash and signature.'),
    signature: z.strictObject({ keyId: z.string().min(1), value: base64.describe('Ed25519 over hash, base64.') }).exactOptional(),
  })
  .superRefine((record, context) => {
    for (const problem of recordProblems(record)) context.addIssue({ code: 'custom', path: [...problem.path], message: problem.message });
  });

/** Every way in which `value` is not a `SegmentVerdict`, as `path: message`; empty when it is one. */
export function verdictProblems(value: unknown): readonly string[] {
  const result = segmentVerdictSchema.safeParse(value);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.length === 0 ? 'record' : issue.path.join('.')}: ${issue.message}`);
}
