import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VERDICT_REASONS } from '../../src/domain/verdict.js';
import { segmentVerdictSchema } from '../../src/verdicts/schema.js';

const page = readFileSync(new URL('../../docs/reference/verdict.md', import.meta.url), 'utf8');
const firstCells = (heading: RegExp): string[] => {
  const table = page.slice(page.search(heading)).split('\n\n')[0] ?? '';
  return [...table.matchAll(/^\| `([^`]+)` \|/gm)].map((m) => m[1]!);
};

test('the reference lists every reason, in order, and no other', () => {
  assert.deepEqual(firstCells(/^\| reason \| meaning \|/m), [...VERDICT_REASONS]);
});

test('the reference lists every field of the record, in order, and no other', () => {
  assert.deepEqual(firstCells(/^\| field \| what \|/m), Object.keys(segmentVerdictSchema.shape));
});
