/** The zod schema of {@link AlertRecord}; `schemas/alert.schema.json` comes from it. */
import { z } from 'zod';
import { ALERT_REASONS } from '../domain/alert.js';
import { digest, micros, probability } from './schema.js';

const count = z.int().min(0);
const segments = z.int().min(1);

/** Schema of {@link AlertRecord}. Unknown keys are refused. */
export const alertSchema = z
  .strictObject({
    schema: z.literal('framewitness.alert/1'),
    id: digest.describe('SHA-256 of the canonical JSON of stream, track and the hash of the verdict that opened it; the same when it closes.'),
    change: z.enum(['opened', 'closed']),
    reason: z.enum(ALERT_REASONS).describe('forged opens; authentic, track-ended and stream-ended close.'),
    stream: z.string(),
    track: z.int().min(1).nullable().describe('Track that the alert is about; null for the stream as a whole.'),
    sequence: count.describe('Segment at whose verdict the change came.'),
    ptsMicros: micros.describe('Media time of the last frame of that segment, microseconds.'),
    verdict: digest.describe('hash of that verdict.'),
    grounds: z.array(z.strictObject({ sequence: count, startMicros: micros, probability })).min(1).describe('The forged segments that opened the alert, in order.'),
    peakProbability: probability,
    topologyDigest: z.string().min(1),
    rule: z.strictObject({ window: segments, openAfter: segments, closeAfter: segments }),
  })
  .refine((alert) => (alert.change === 'opened') === (alert.reason === 'forged'), 'only the reason forged opens, and it only opens');

/** Every way in which `value` is not an `AlertRecord`, as `path: message`; empty when it is one. */
export function alertProblems(value: unknown): readonly string[] {
  const result = alertSchema.safeParse(value);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.length === 0 ? 'record' : issue.path.join('.')}: ${issue.message}`);
}
