/** The JSON Schema that ships as `schemas/segment-verdict.schema.json`. */
import { z } from 'zod';
import { segmentVerdictSchema } from './schema.js';

/**
 * JSON Schema (2020-12) of a segment verdict. It says all that the zod schema says except the invariants between fields
 * (sums, orders, thresholds), which JSON Schema cannot express.
 */
export function segmentVerdictJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(segmentVerdictSchema, { target: 'draft-2020-12', io: 'output' });
  return {
    $schema,
    $id: 'urn:framewitness:schema:segment-verdict:1',
    title: 'framewitness segment verdict',
    description: 'One line of verdicts.jsonl, one record of the verdict topic. See docs/reference/verdict.md for the invariants between fields.',
    ...rest,
  };
}

/** The text of the shipped file. */
export function segmentVerdictJsonSchemaText(): string {
  return `${JSON.stringify(segmentVerdictJsonSchema(), null, 2)}\n`;
}
