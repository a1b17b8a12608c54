/** How long a file says that it is, by its container's own words, to tell a whole file from one that was cut off. */
import type { ByteSource } from './byte-source.js';

const EBML_HEADER = 0x1a45dfa3;
const MATROSKA_SEGMENT = 0x18538067;
/** Bytes of the start that {@link promisedSize} needs of a source that cannot seek. */
export const HEAD_BYTES = 512;
const MAX_BOXES = 1_000_000;
/** MPEG-TS packet sizes: plain, with time code (M2TS), with Reed–Solomon parity. */
const TRANSPORT_PACKETS = [188, 192, 204];
const TRANSPORT_SYNC = 0x47;

/** Reads `count` bytes at `offset`; fewer at the end. */
export type ReadAt = (offset: number, count: number) => Uint8Array;

/** {@link ReadAt} over a source that can seek. Its position is put back to the start. */
export function randomAccess(source: ByteSource, seek: (offset: number) => void): ReadAt {
  return (offset, count) => {
    const out = new Uint8Array(count);
    let filled = 0;
    seek(offset);
    while (filled < count) {
      const chunk = source.read(count - filled);
      if (chunk === undefined) break;
      out.set(chunk, filled);
      filled += chunk.length;
    }
    seek(0);
    return out.subarray(0, filled);
  };
}

/** True when the bytes begin like an ISO base media file (MP4, MOV, 3GP). */
export function isIsoMedia(head: Uint8Array): boolean {
  return head.length >= 8 && ['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'styp', 'moof', 'pnot'].includes(boxType(head, 4));
}

/**
 * Whether an input of `size` bytes ends before its container says that it should. Known for ISO media (boxes), Matroska and
 * WebM (segment size), RIFF (AVI) and MPEG-TS (whole packets); other containers make no such promise.
 *
 * @param readAt - access to the whole input, or to its first {@link HEAD_BYTES} bytes where it cannot seek
 */
export function isCutOff(size: number, readAt: ReadAt): boolean {
  const head = readAt(0, HEAD_BYTES);
  if (isIsoMedia(head)) return isoCutOff(size, readAt);
  const promised = matroskaSize(head) ?? riffSize(head);
  if (promised !== undefined) return size < promised;
  return transportCutOff(size, head);
}

function isoCutOff(size: number, readAt: ReadAt): boolean {
  let offset = 0;
  for (let box = 0; box < MAX_BOXES && offset < size; box += 1) {
    const header = readAt(offset, 16);
    if (header.length < 8) return false;
    const view = viewOf(header);
    const short = view.getUint32(0);
    if (short === 1 && header.length < 16) return true;
    const length = short === 1 ? Number(view.getBigUint64(8)) : short;
    if (length === 0) return false; // «to the end of the file»
    if (length < 8) return false; // not a box: something else was appended
    if (offset + length > size) return ['mdat', 'moov', 'moof', 'mfra', 'sidx'].includes(boxType(header, 4));
    offset += length;
  }
  return false;
}

function boxType(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/** End of the Matroska segment in bytes; undefined where it is open (live recordings) or this is no Matroska. */
function matroskaSize(head: Uint8Array): number | undefined {
  if (head.length < 12 || viewOf(head).getUint32(0) !== EBML_HEADER) return undefined;
  const header = variableSize(head, 4);
  if (header === undefined) return undefined;
  const segmentAt = header.next + header.value;
  if (segmentAt + 12 > head.length || viewOf(head).getUint32(segmentAt) !== MATROSKA_SEGMENT) return undefined;
  const segment = variableSize(head, segmentAt + 4);
  return segment === undefined ? undefined : segment.next + segment.value;
}

/** An EBML variable-size integer; undefined for «unknown size» (all ones). */
function variableSize(bytes: Uint8Array, offset: number): { readonly value: number; readonly next: number } | undefined {
  const first = bytes[offset] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || length > 8 || offset + length > bytes.length) return undefined;
  let value = first & ((1 << (8 - length)) - 1);
  let ones = value === (1 << (8 - length)) - 1;
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[offset + index] ?? 0;
    ones &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return ones ? undefined : { value, next: offset + length };
}

function riffSize(head: Uint8Array): number | undefined {
  if (head.length < 12 || boxType(head, 0) !== 'RIFF') return undefined;
  const length = viewOf(head).getUint32(4, true);
  return length === 0 || length >= 0xffff_fff0 ? undefined : length + 8;
}

function transportCutOff(size: number, head: Uint8Array): boolean {
  const packet = TRANSPORT_PACKETS.find((length) => {
    const at = length === 192 ? 4 : 0;
    return head[at] === TRANSPORT_SYNC && head[at + length] === TRANSPORT_SYNC && head[at + 2 * length] === TRANSPORT_SYNC;
  });
  return packet !== undefined && size % packet !== 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
