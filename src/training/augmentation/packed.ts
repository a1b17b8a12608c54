/** Batches as bytes: what crosses from a worker, and what lies in a cache folder. */
import type { RgbImage } from '../../domain/media.js';
import { FramewitnessError } from '../../domain/errors.js';
import type { Example } from '../example.js';

const SCHEMA = 'framewitness.examples/1';
const LENGTH_BYTES = 4;

interface Header {
  readonly schema: typeof SCHEMA;
  /** Of all that the batch is a function of. */
  readonly digest: string;
  readonly size: number;
  readonly clipLength: number;
  readonly examples: readonly (Pick<Example, 'label' | 'source' | 'pair' | 'method'> & { readonly masked: boolean })[];
}

/** Header length (32 bit, little-endian), header (JSON), then for each example its crops (RGB) and, where there is one, its mask (0..255). */
export function packedExamples(examples: readonly Example[], digest: string): Uint8Array {
  const size = examples[0]?.crops[0]?.size ?? 0;
  const clipLength = examples[0]?.crops.length ?? 0;
  const header: Header = {
    schema: SCHEMA,
    digest,
    size,
    clipLength,
    examples: examples.map(({ label, source, pair, method, mask }) => ({ label, source, ...(pair === undefined ? {} : { pair }), ...(method === undefined ? {} : { method }), masked: mask !== undefined })),
  };
  const json = Buffer.from(JSON.stringify(header));
  const bytes = new Uint8Array(LENGTH_BYTES + json.length + examples.reduce((sum, { mask }) => sum + clipLength * size * size * 3 + (mask?.length ?? 0), 0));
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + json.length;
  for (const { crops, mask } of examples) {
    for (const { data } of crops) {
      bytes.set(data, at);
      at += data.length;
    }
    if (mask === undefined) continue;
    for (let i = 0; i < mask.length; i++) bytes[at++] = (mask[i] ?? 0) * 255 + 0.5;
  }
  return bytes;
}

/**
 * The examples of bytes that {@link packedExamples} made. Crops are views of the bytes.
 *
 * @param what - what errors call the bytes
 * @param digest - of what the batch must have been made from
 * @throws FramewitnessError FW_FACES_INVALID where the bytes are cut off, or were made from something else
 */
export function unpackedExamples(bytes: Uint8Array, what: string, digest: string): readonly Example[] {
  const header = headerOf(bytes, what);
  if (header.digest !== digest) throw refused(what, 'it was made from other faces or with other options: name another cache folder, or remove this one');
  const { size, clipLength } = header;
  let at = LENGTH_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const area = size * size;
  const expected = header.examples.reduce((sum, { masked }) => sum + clipLength * area * 3 + (masked ? area : 0), at);
  if (expected !== bytes.length) throw refused(what, `it has ${bytes.length} bytes and should have ${expected}: remove it, it is made again`);
  return header.examples.map(({ masked, ...rest }): Example => {
    const crops = Array.from({ length: clipLength }, (): RgbImage => {
      at += area * 3;
      return { size, data: bytes.subarray(at - area * 3, at) };
    });
    if (!masked) return { ...rest, crops };
    const mask = new Float32Array(area);
    for (let i = 0; i < area; i++) mask[i] = (bytes[at++] ?? 0) / 255;
    return { ...rest, crops, mask };
  });
}

function headerOf(bytes: Uint8Array, what: string): Header {
  try {
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
    const header = JSON.parse(Buffer.from(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)).toString('utf8')) as Partial<Header>;
    if (header.schema === SCHEMA && Array.isArray(header.examples)) return header as Header;
  } catch {
    // What cannot be parsed is no batch: said below.
  }
  throw refused(what, 'it is no batch of examples: remove it, it is made again');
}

function refused(what: string, detail: string): FramewitnessError {
  return new FramewitnessError('FW_FACES_INVALID', detail, { location: { input: what } });
}
