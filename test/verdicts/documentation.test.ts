import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ALERT_REASONS } from '../../src/domain/alert.js';
import { VERDICT_REASONS } from '../../src/domain/verdict.js';
import { alertSchema } from '../../src/verdicts/alert-schema.js';
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

test('the reference of alerts lists every field, in order, and no other', () => {
  const alerts = readFileSync(new URL('../../docs/reference/alert.md', import.meta.url), 'utf8');
  assert.deepEqual([...alerts.matchAll(/^\| `([^`]+)` \|/gm)].map((m) => m[1]), Object.keys(alertSchema.shape));
  for (const reason of ALERT_REASONS) assert.ok(alerts.includes(`\`${reason}\``), reason);
});
