/** The zod schema of {@link StreamVerdict}; `schemas/stream-verdict.schema.json` comes from it. */
import { z } from 'zod';
import { digest, micros, probability } from './schema.js';

const count = z.int().min(0);

/** Schema of {@link StreamVerdict}. Unknown keys are refused. */
export const streamVerdictSchema = z.strictObject({
  schema: z.literal('framewitness.stream-verdict/1'),
  stream: z.string(),
  end: z.enum(['end-of-stream', 'too-many-open']).nullable().describe('Why the stream was closed; null while it is open.'),
  verdict: z.enum(['forged', 'authentic', 'inconclusive']).describe('forged: an alert of the stream opened, or at least half of its decided segments are forged. authentic: segments were decided and none is forged.'),
  segments: z
    .strictObject({ judged: count, forged: count, authentic: count, inconclusive: count, missing: count, late: count, repeated: count, refused: count })
    .describe('judged = forged + authentic + inconclusive; late ones are among the judged; repeated ones were passed over; refused ones are dead letters without a verdict.'),
  frames: z.strictObject({ present: count, sampled: count, analysed: count, undecodable: count }),
  faces: z.strictObject({ found: count, analysed: count }),
  alerts: count.describe('Alerts of the stream as a whole that opened.'),
  startMicros: micros.nullable(),
  endMicros: micros.nullable(),
  highest: z.strictObject({ sequence: count, probability, verdict: digest }).nullable().describe('The segment with the highest probability, with the hash of its verdict.'),
  head: digest.nullable().describe('hash of the last segment verdict of the stream.'),
  topologyDigest: z.string().min(1),
});

/** JSON Schema (2020-12) of a stream verdict, as `schemas/stream-verdict.schema.json`. */
export function streamVerdictJsonSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(streamVerdictSchema, { target: 'draft-2020-12', io: 'output' });
  const schema = { $schema, $id: 'urn:framewitness:schema:stream-verdict:1', title: 'framewitness stream verdict', description: 'One record of the topic of stream verdicts; the newest of a stream counts. See docs/reference/kafka.md.', ...rest };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
