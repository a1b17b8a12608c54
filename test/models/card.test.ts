import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { modelCardSchema } from '../../src/models/card.js';
import { PREPROCESSING_NAMES } from '../../src/models/preprocessing.js';

const page = await readFile(new URL('../../docs/reference/model-card.md', import.meta.url), 'utf8');
const rows = (text: string): readonly string[] => [...text.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)).filter((name) => name !== 'input.range');

test('the reference page lists every field of a card, and none that there is not', () => {
  const [fields, ranges] = page.split('## Ranges');
  assert.deepEqual([...rows(fields!)].sort(), Object.keys(modelCardSchema.shape).sort());
  assert.deepEqual([...rows(ranges!)].sort(), [...PREPROCESSING_NAMES].sort());
});

test('the reference page names every part of a field that has parts', () => {
  for (const [field, schema] of Object.entries(modelCardSchema.shape)) {
    const inner = 'shape' in schema ? Object.keys(schema.shape) : [];
    const row = page.split('\n').find((line) => line.startsWith(`| \`${field}\``)) ?? '';
    for (const part of inner) assert.ok(row.includes(part), `${field}.${part}`);
  }
});
