/**
 * The safetensors format: a 64-bit little-endian header length, a JSON header, and the tensors' bytes. Files are input
 * like any other: nothing in the header is believed before it is checked.
 */
import { z } from 'zod';
import { FramewitnessError } from '../domain/errors.js';
import { decodeFloat, decodeHalf } from './half-precision.js';
import type { FloatTensor } from './tensor.js';

/** The reference implementation's bound on the header. */
const MAX_HEADER_BYTES = 100_000_000;
const BYTES_PER_ELEMENT = { F32: 4, F16: 2 } as const;

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(count).max(16),
  data_offsets: z.tuple([count, count]),
});
const metadataSchema = z.record(z.string(), z.string());
const isDataType = (name: string): name is keyof typeof BYTES_PER_ELEMENT => Object.hasOwn(BYTES_PER_ELEMENT, name);

/** The contents of a file. */
export interface SafetensorsFile {
  /** Tensors by name; float16 is widened to float32, exactly. */
  readonly tensors: ReadonlyMap<string, FloatTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Span {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a file.
 *
 * @param what - what errors call the file
 * @throws FramewitnessError FW_MODEL_FORMAT where the header is damaged, a tensor's type is not F32 or F16, its bytes do
 * not fit its shape, or the tensors do not cover the data exactly (overlap, gap, beyond the end)
 */
export function readSafetensors(bytes: Uint8Array, what = 'weights'): SafetensorsFile {
  const fail = (problem: string, cause?: unknown): never => {
    throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: ${problem}`, cause === undefined ? {} : { cause });
  };
  const header = readHeader(bytes, fail);
  const data = bytes.subarray(header.end);
  const tensors = new Map<string, FloatTensor>();
  const spans: Span[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(header.json)) {
    if (name === '__metadata__') {
      const parsed = metadataSchema.safeParse(value);
      metadata = parsed.success ? parsed.data : fail('its metadata is not a map from strings to strings');
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) return fail(`the entry of ${name} is malformed`, parsed.error);
    const { dtype, shape, data_offsets: [begin, end] } = parsed.data;
    if (!isDataType(dtype)) return fail(`${name} has data type ${dtype}; supported: F32, F16`);
    const needed = shape.reduce((product, extent) => product * extent, BYTES_PER_ELEMENT[dtype]);
    if (begin > end || end > data.length) return fail(`${name} lies at ${begin}..${end} of ${data.length} bytes`);
    if (end - begin !== needed) return fail(`${name} has ${end - begin} bytes, its shape [${shape.join(', ')}] needs ${needed}`);
    const stored = data.subarray(begin, end);
    tensors.set(name, { dims: shape, data: dtype === 'F16' ? decodeHalf(stored) : decodeFloat(stored) });
    spans.push({ name, begin, end });
  }
  checkCoverage(spans, data.length, fail);
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array, fail: (problem: string, cause?: unknown) => never): { readonly json: object; readonly end: number } {
  if (bytes.length < 8) return fail(`${bytes.length} bytes are too few for a header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, bytes.length - 8))) return fail(`the header claims ${length.toString()} bytes of a file of ${bytes.length}`);
  const end = 8 + Number(length);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, end)));
  } catch (error) {
    return fail('the header is not JSON', error);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail('the header is not a JSON object');
  return { json, end };
}

/** The tensors must cover the data without gap or overlap, so that no byte of the file goes unread. */
function checkCoverage(spans: readonly Span[], size: number, fail: (problem: string) => never): void {
  let position = 0;
  for (const { name, begin, end } of [...spans].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < position) fail(`${name} overlaps the tensor before it (byte ${begin}, free from ${position})`);
    if (begin > position) fail(`bytes ${position}..${begin} belong to no tensor`);
    position = end;
  }
  if (position !== size) fail(`bytes ${position}..${size} belong to no tensor`);
}

/** Writes float32 tensors, in the map's order, with the header padded to a multiple of eight bytes. */
export function writeSafetensors(tensors: ReadonlyMap<string, FloatTensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  let offset = 0;
  const entries = [...tensors].map(([name, { data, dims }]) => {
    const begin = offset;
    offset += 4 * data.length;
    return [name, { dtype: 'F32', shape: dims, data_offsets: [begin, offset] }] as const;
  });
  const described = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata] as const];
  const json = JSON.stringify(Object.fromEntries<object>([...described, ...entries]));
  const header = new TextEncoder().encode(json);
  const padded = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  file.set(header, 8);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(padded), true);
  let at = 8 + padded;
  for (const { data } of tensors.values()) {
    for (const value of data) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return file;
}
