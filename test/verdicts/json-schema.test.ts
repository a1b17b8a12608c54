import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { segmentVerdictJsonSchema, segmentVerdictJsonSchemaText } from '../../src/verdicts/json-schema.js';

const file = new URL('../../schemas/segment-verdict.schema.json', import.meta.url);

test('the shipped JSON Schema is the one that the code generates', () => {
  if (process.env['FRAMEWITNESS_UPDATE_SCHEMAS'] === '1') writeFileSync(file, segmentVerdictJsonSchemaText());
  assert.equal(readFileSync(file, 'utf8'), segmentVerdictJsonSchemaText(), 'regenerate it: FRAMEWITNESS_UPDATE_SCHEMAS=1 node scripts/run-tests.mjs json-schema');
});

test('the JSON Schema refuses unknown keys in every object that has fixed ones', () => {
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node) assert.equal((node as { additionalProperties?: unknown }).additionalProperties, false, path);
    for (const [key, inner] of Object.entries(node)) walk(inner, `${path}/${key}`);
  };
  walk(segmentVerdictJsonSchema(), '');
});
