import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FramewitnessError } from '../../src/domain/errors.js';
import { readSafetensors, writeSafetensors } from '../../src/inference/safetensors.js';
import { tensor } from './support.js';

/** A file from a header (object or raw text) and data; `claimed` replaces the header length. */
function file(header: unknown, data: Uint8Array | number, claimed?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(json.length));
  return Buffer.concat([length, json, typeof data === 'number' ? Buffer.alloc(data) : data]);
}

const entry = (begin: number, end: number, shape: readonly number[] = [(end - begin) / 4], dtype = 'F32'): object => ({ dtype, shape, data_offsets: [begin, end] });

test('what is written is read back, values, shapes, names and metadata', () => {
  const written = new Map([
    ['a.weight', tensor([2, 2], [1, -2.5, 1e-30, 3e30])],
    ['scalar', tensor([], [7])],
    ['empty', tensor([0, 3], [])],
  ]);
  const { tensors, metadata } = readSafetensors(writeSafetensors(written, { format: 'pt' }));
  assert.deepEqual(tensors, written);
  assert.deepEqual(metadata, { format: 'pt' });
});

test('float16 is widened exactly: normal, subnormal, signed zero, infinite and not a number', () => {
  const bits = Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x03ff, 0x7bff, 0x8000, 0x7c00, 0xfe00);
  const { tensors } = readSafetensors(file({ h: entry(0, 16, [8], 'F16') }, new Uint8Array(bits.buffer)));
  assert.deepEqual([...tensors.get('h')!.data], [1, -2.5, 2 ** -24, 1023 * 2 ** -24, 65504, -0, Infinity, NaN]);
});

test('a file that starts at an odd byte of its buffer is read alike', () => {
  const whole = writeSafetensors(new Map([['x', tensor([3], [1, 2, 3])]]));
  const shifted = new Uint8Array(whole.length + 1);
  shifted.set(whole, 1);
  assert.deepEqual(readSafetensors(shifted.subarray(1)).tensors.get('x')!.data, Float32Array.of(1, 2, 3));
});

const hostile: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['no bytes', new Uint8Array(0), /too few/],
  ['seven bytes', new Uint8Array(7), /too few/],
  ['a header longer than the file', file({}, 0, 3n), /claims 3 bytes/],
  ['a header of 2^63 bytes', file({}, 0, 1n << 63n), /claims 9223372036854775808 bytes/],
  ['a header that is not JSON', file('{"a":', 0), /not JSON/],
  ['a header that is not UTF-8', Buffer.concat([file('', 0, 2n), Buffer.of(0xff, 0xfe)]), /not JSON/],
  ['a header that is a list', file([], 0), /not a JSON object/],
  ['a header that is null', file('null', 0), /not a JSON object/],
  ['an entry that is a number', file({ a: 1 }, 0), /entry of a is malformed/],
  ['an entry without offsets', file({ a: { dtype: 'F32', shape: [] } }, 4), /entry of a is malformed/],
  ['three offsets', file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4), /entry of a is malformed/],
  ['a negative extent', file({ a: entry(0, 4, [-1]) }, 4), /entry of a is malformed/],
  ['a fractional extent', file({ a: entry(0, 4, [0.5, 2]) }, 4), /entry of a is malformed/],
  ['an extent beyond exact integers', file('{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4), /entry of a is malformed/],
  ['extents whose product overflows', file({ a: entry(0, 4, [2 ** 52, 2 ** 52, 2 ** 52]) }, 4), /needs/],
  ['seventeen axes', file({ a: entry(0, 4, new Array<number>(17).fill(1)) }, 4), /entry of a is malformed/],
  ['an unknown field', file({ a: { ...entry(0, 4), extra: 1 } }, 4), /entry of a is malformed/],
  ['a type that is not supported', file({ a: entry(0, 8, [1], 'F64') }, 8), /data type F64/],
  ['a type named like an object property', file({ a: entry(0, 8, [1], 'toString') }, 8), /data type toString/],
  ['offsets beyond the end', file({ a: entry(0, 8) }, 4), /lies at 0\.\.8 of 4/],
  ['offsets the wrong way round', file({ a: entry(4, 0, [0]) }, 4), /lies at 4\.\.0/],
  ['bytes that do not fit the shape', file({ a: entry(0, 8, [1]) }, 8), /has 8 bytes.*needs 4/],
  ['overlapping tensors', file({ a: entry(0, 8), b: entry(4, 12) }, 12), /b overlaps/],
  ['two tensors on the same bytes', file({ a: entry(0, 4), b: entry(0, 4) }, 4), /b overlaps/],
  ['a gap between tensors', file({ a: entry(0, 4), b: entry(8, 12) }, 12), /4\.\.8 belong to no tensor/],
  ['data before the first tensor', file({ a: entry(4, 8) }, 8), /0\.\.4 belong to no tensor/],
  ['data after the last tensor', file({ a: entry(0, 4) }, 5), /4\.\.5 belong to no tensor/],
  ['metadata that is not strings', file({ __metadata__: { a: 1 } }, 0), /metadata/],
];

for (const [title, bytes, message] of hostile) {
  test(`refused: ${title}`, () => {
    assert.throws(() => readSafetensors(bytes, 'weights.safetensors'), (error: unknown) => {
      assert.ok(error instanceof FramewitnessError);
      assert.equal(error.code, 'FW_MODEL_FORMAT');
      assert.match(error.message, /^weights\.safetensors: /);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('a tensor called __proto__ is a tensor like any other', () => {
  const { tensors } = readSafetensors(file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4));
  assert.deepEqual([...tensors.keys()], ['__proto__']);
  assert.equal(({} as Record<string, unknown>)['dtype'], undefined);
});

test('whatever bytes are changed, the answer is tensors or FW_MODEL_FORMAT', () => {
  const whole = writeSafetensors(new Map([['a', tensor([2, 3], [1, 2, 3, 4, 5, 6])], ['b', tensor([1], [7])]]));
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(whole.length), (changes, cut) => {
      const bytes = whole.slice(0, whole.length - (cut % 5));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      try {
        readSafetensors(bytes);
      } catch (error) {
        assert.ok(error instanceof FramewitnessError && error.code === 'FW_MODEL_FORMAT', String(error));
      }
    }),
    { seed: 7, numRuns: 500 },
  );
});
