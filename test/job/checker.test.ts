import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredRecord } from '../broker/topics.js';
import { compareRecords, verdictName } from './checker.js';

const verdict = (stream: string, sequence: number, more: Partial<StoredRecord> & { readonly probability?: number } = {}): StoredRecord => ({
  partition: 0,
  offset: BigInt(sequence),
  key: Buffer.from(stream),
  value: Buffer.from(JSON.stringify({ finding: { stream, sequence, probability: more.probability ?? 0.5 } })),
  headers: { ce_id: `${stream}:${sequence}`, ce_type: 'verdict' },
  timestampMs: 0,
  ...more,
});
const right = [0, 1, 2].flatMap((sequence) => [verdict('a', sequence), verdict('b', sequence)]);
const nothing = { lost: [], doubled: [], differing: [] };
const without = (name: string): readonly StoredRecord[] => right.filter((record) => verdictName(record) !== name);

test('the same records differ in nothing, wherever they lie and whenever they were written', () => {
  assert.deepEqual(compareRecords(right, right), nothing);
  assert.deepEqual(compareRecords(right, right.map((record) => ({ ...record, offset: record.offset + 7n, timestampMs: 5 }))), nothing);
  const streamByStream = [...right].sort((x, y) => (verdictName(x) < verdictName(y) ? -1 : 1));
  assert.deepEqual(compareRecords(right, streamByStream), nothing);
});

test('a verdict that is missing is lost, at the start, in the middle and at the end', () => {
  for (const name of ['a#0', 'b#1', 'b#2']) assert.deepEqual(compareRecords(right, without(name)), { ...nothing, lost: [name] });
  assert.equal(compareRecords(right, []).lost.length, 6);
});

test('a verdict that is there again is doubled, once for each time too many', () => {
  assert.deepEqual(compareRecords(right, [...right, verdict('a', 1)]), { ...nothing, doubled: ['a#1'] });
  assert.deepEqual(compareRecords(right, [...right, verdict('a', 1), verdict('a', 1)]), { ...nothing, doubled: ['a#1', 'a#1'] });
  assert.deepEqual(compareRecords(right, [...right, verdict('a', 1, { probability: 0.6 })]), { ...nothing, doubled: ['a#1'] });
});

test('a verdict that nobody expected is doubled, not passed over', () => {
  assert.deepEqual(compareRecords(right, [...right, verdict('a', 3)]), { ...nothing, doubled: ['a#3'] });
});

test('a verdict with another value, another header or on another partition differs', () => {
  const changed = [verdict('a', 1, { probability: 0.6 }), verdict('a', 1, { headers: { ce_id: 'a:1', ce_type: 'other' } }), verdict('a', 1, { partition: 1 })];
  for (const record of changed) {
    assert.deepEqual(compareRecords(right, right.map((old) => (verdictName(old) === 'a#1' ? record : old))), { ...nothing, differing: ['a#1'] });
  }
});

test('verdicts of one stream in another order differ', () => {
  const [first, second, ...rest] = right.filter(({ key }) => key?.toString() === 'a');
  const swapped = [second!, first!, ...rest, ...right.filter(({ key }) => key?.toString() === 'b')];
  assert.deepEqual(compareRecords(right, swapped), { ...nothing, differing: ['a#0', 'a#1'] });
});

test('a lost, a doubled and a differing verdict at once are told apart', () => {
  const spoilt = [...without('a#0').map((record) => (verdictName(record) === 'b#2' ? verdict('b', 2, { probability: 0.9 }) : record)), verdict('b', 0)];
  assert.deepEqual(compareRecords(right, spoilt), { lost: ['a#0'], doubled: ['b#0'], differing: ['b#2'] });
});

test('a record that is no verdict, or under the key of another stream, is refused', () => {
  assert.throws(() => verdictName(verdict('a', 0, { key: Buffer.from('b') })), /has the key b/);
  assert.throws(() => verdictName(verdict('a', 0, { value: null })));
});
