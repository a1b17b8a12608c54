/** The JSON Schemas of records that ship in `schemas/`. */
import { z } from 'zod';
import { alertSchema } from './alert-schema.js';
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

/** JSON Schema (2020-12) of an alert. */
export function alertJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(alertSchema, { target: 'draft-2020-12', io: 'output' });
  return { $schema, $id: 'urn:framewitness:schema:alert:1', title: 'framewitness alert', description: 'One record of the alerts topic. See docs/reference/alert.md.', ...rest };
}

/** The text of the shipped file. */
export function alertJsonSchemaText(): string {
  return `${JSON.stringify(alertJsonSchema(), null, 2)}\n`;
}
