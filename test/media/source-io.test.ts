import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MemorySource, type ByteSource } from '../../src/media/byte-source.js';
import { takeSourceIo, type SourceIo } from '../../src/media/source-io.js';
import { keepIoContexts } from '../../src/media/spare.js';

keepIoContexts();
// The one that is kept would hold this process open.
after(() => {
  takeSourceIo(new MemorySource(bytes(0, 1))).native.freeContext();
});

const bytes = (first: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (first + i) % 251);
const read = (io: SourceIo, size: number): Buffer => {
  const chunk = io.native.readSync(size);
  assert.ok(Buffer.isBuffer(chunk), `reading gave ${String(chunk)}`);
  return chunk;
};

test('one context serves one input after the other, so that no buffer is lost for each', () => {
  const first = takeSourceIo(new MemorySource(bytes(0, 10)));
  first.release();
  const second = takeSourceIo(new MemorySource(bytes(0, 10)));
  assert.equal(second, first);
  const beside = takeSourceIo(new MemorySource(bytes(0, 10)));
  assert.notEqual(beside, second);
  beside.release();
  second.release();
});

test('an input never sees what was buffered of the one before, wherever that was left', () => {
  for (const position of [0, 1, 50_000, 100_000, 150_000]) {
    const io = takeSourceIo(new MemorySource(bytes(1, 150_000)));
    if (position > 0) read(io, position);
    io.release();
    const next = takeSourceIo(new MemorySource(bytes(99, 120_000)));
    assert.equal(next.native.tell(), 0n);
    assert.equal(next.native.sizeSync(), 120_000n);
    assert.deepEqual(Uint8Array.from(read(next, 120_000)), bytes(99, 120_000));
    next.release();
  }
});

test('a context whose source failed is not used again, and the failure is told', () => {
  const failing: ByteSource = {
    read: () => {
      throw new Error('the disk is gone');
    },
    seek: () => undefined,
    position: 0,
    size: 10,
  };
  const io = takeSourceIo(failing);
  io.native.readSync(4);
  assert.throws(() => {
    io.rethrow();
  }, /the disk is gone/);
  io.release();
  const next = takeSourceIo(new MemorySource(bytes(0, 4)));
  assert.notEqual(next, io);
  assert.deepEqual(Uint8Array.from(read(next, 4)), bytes(0, 4));
  next.release();
});

test('a source that cannot go back gets a context of its own', () => {
  takeSourceIo(new MemorySource(bytes(0, 4))).release();
  const memory = new MemorySource(bytes(5, 4));
  const stream: ByteSource = { read: (size) => memory.read(size), position: 0, size: undefined };
  const io = takeSourceIo(stream);
  assert.deepEqual(Uint8Array.from(read(io, 4)), bytes(5, 4));
  io.release();
});
