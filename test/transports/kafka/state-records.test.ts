import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FramewitnessError } from '../../../src/domain/errors.js';
import { STATE_PIECE_BYTES, endRecord, forgetEnd, positionRecord, restorePartition, streamRecords, type StateRecord } from '../../../src/transports/kafka/state-records.js';

/** What compaction leaves of records. */
function compacted(records: readonly StateRecord[]): Map<string, Buffer> {
  const newest = new Map<string, Buffer>();
  for (const { key, value } of records) {
    if (value === null) newest.delete(key);
    else newest.set(key, value);
  }
  return newest;
}

const crop = (size: number): { size: number; data: Uint8Array } => ({ size, data: new Uint8Array(randomBytes(size * size * 3)) });

test('a partition is restored as it was saved, ends and streams in their order', async () => {
  const b = await streamRecords(3, 'b/with/slashes', { blob: { json: '{"b":1}', crops: [crop(8)] }, touched: 9n }, 0);
  const a = await streamRecords(3, 'a', { blob: { json: '{"a":1}', crops: [] }, touched: 12n }, 0);
  const restored = await restorePartition(3, compacted([...a.records, ...b.records, endRecord(3, 'y', 5n), endRecord(3, 'x', 4n), endRecord(3, 'z', 1n), forgetEnd(3, 'z'), positionRecord(3, { offset: 11n, done: [12n, 14n] })]));
  assert.deepEqual(restored.position, { offset: 11n, done: [12n, 14n] });
  assert.deepEqual(restored.open.map(({ stream, touched }) => [stream, touched]), [['b/with/slashes', 9n], ['a', 12n]]);
  assert.deepEqual(restored.ended, [{ stream: 'x', offset: 4n }, { stream: 'y', offset: 5n }]);
});

test('a state larger than a record is cut, and one that shrinks takes its pieces back', async () => {
  const blob = { json: '{}', crops: [crop(900)] };
  const large = await streamRecords(0, 's', { blob, touched: 1n }, 0);
  assert.ok(large.pieces >= 3);
  for (const { value } of large.records) assert.ok(value!.length <= STATE_PIECE_BYTES + 12);
  const newest = compacted(large.records);
  assert.deepEqual((await restorePartition(0, newest)).open[0]?.blob, blob);
  const small = await streamRecords(0, 's', { blob: { json: '{}', crops: [] }, touched: 2n }, large.pieces);
  assert.equal(small.pieces, 1);
  assert.equal(compacted([...large.records, ...small.records]).size, 1);
});

test('a piece that is missing, or a record of another partition, is refused', async () => {
  const refused = (newest: Map<string, Buffer>): Promise<void> => assert.rejects(restorePartition(0, newest), (error: FramewitnessError) => error.code === 'FW_STATE_DAMAGED');
  const large = compacted((await streamRecords(0, 's', { blob: { json: '{}', crops: [crop(900)] }, touched: 1n }, 0)).records);
  large.delete('0/1/s');
  await refused(large);
  await refused(compacted((await streamRecords(1, 's', { blob: { json: '{}', crops: [] }, touched: 1n }, 0)).records));
  await refused(new Map([['0', Buffer.from('{')]]));
  await assert.rejects(restorePartition(0, new Map([['0', Buffer.from('{"version":2,"offset":"1"}')]])), (error: FramewitnessError) => error.code === 'FW_STATE_VERSION');
});
