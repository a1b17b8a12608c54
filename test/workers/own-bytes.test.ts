import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import { ownBytes } from '../../src/workers/own-bytes.js';

/** Data of every kind that the channel carries, with byte arrays as views into one large buffer. */
function message() {
  const large = new ArrayBuffer(1000);
  new Uint8Array(large).forEach((_, i, bytes) => (bytes[i] = i & 255));
  const list = [new Uint8Array(large, 8, 4), 'text', null, undefined, 7n] as const;
  return {
    list,
    map: new Map<string, unknown>([['f', new Float32Array(large, 16, 2)]]),
    set: new Set<unknown>([new Uint16Array(large, 2, 3), 'x']),
    buffer: Buffer.from(large, 20, 5),
    view: new DataView(large, 30, 6),
    date: new Date(0),
    nested: { deep: { bytes: new Uint8Array(large, 100, 10) } },
  };
}

test('equal data comes out, and every byte array has a buffer of its own', () => {
  const owned = ownBytes(message()) as ReturnType<typeof message>;
  assert.deepEqual(owned, message());
  const views: ArrayBufferView[] = [owned.list[0], owned.map.get('f') as Float32Array, [...owned.set][0] as Uint16Array, owned.buffer, owned.view, owned.nested.deep.bytes];
  assert.deepEqual(views.map((view) => view.buffer.byteLength), [4, 8, 6, 5, 6, 10]);
  assert.ok(Buffer.isBuffer(owned.buffer));
});

test('an array that fills most of its buffer is not copied, alone or within', () => {
  const bytes = new Uint8Array(new ArrayBuffer(1000), 100, 900);
  assert.equal(ownBytes(bytes), bytes);
  assert.equal((ownBytes({ bytes }) as { bytes: Uint8Array }).bytes, bytes);
  assert.equal((ownBytes(bytes.subarray(0, 10)) as Uint8Array).buffer.byteLength, 10);
});

test('data that refers to itself ends', () => {
  const ring: { self?: unknown; bytes: Uint8Array } = { bytes: new Uint8Array(new ArrayBuffer(100), 0, 3) };
  ring.self = ring;
  const owned = ownBytes(deserialize(serialize(ring))) as typeof ring;
  assert.equal(owned.self, owned);
  assert.equal(ownBytes(null), null);
  assert.equal(ownBytes('x'), 'x');
});
