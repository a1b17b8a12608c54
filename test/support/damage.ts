/** Ways to damage the bytes of a media file, each a pure function. */
import { uniformNumbers } from '../../examples/sample/random.js';

/** The first `share` (0..1) of the bytes, an odd number of them, so that no packet ends there by chance. */
export function keepShare(bytes: Uint8Array, share: number): Uint8Array {
  return bytes.slice(0, Math.floor(bytes.length * share) | 1);
}

/** Where a top-level box of an MP4 lies: offset and length of its payload. @throws when there is none of that type */
export function findBox(bytes: Uint8Array, type: string): { readonly offset: number; readonly length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset + 8 <= bytes.length; ) {
    const size = view.getUint32(offset);
    if (size < 8) throw new Error(`a box of size ${size} at ${offset}`);
    if (Buffer.from(bytes.subarray(offset + 4, offset + 8)).toString('latin1') === type) return { offset: offset + 8, length: size - 8 };
    offset += size;
  }
  throw new Error(`no ${type} box`);
}

/** Which bits {@link flipBitsInMediaData} flips: `flips` of them, spread over the part from `from` to `to` (0..1) of the media data. */
export interface BitFlips {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly flips: number;
}

/** Flips single bits in the `mdat` of an MP4: index and headers stay whole. */
export function flipBitsInMediaData(mp4: Uint8Array, { seed, from, to, flips }: BitFlips): Uint8Array {
  const { offset, length } = findBox(mp4, 'mdat');
  // Not slice(): a Buffer's shares its memory.
  const damaged = Uint8Array.from(mp4);
  const uniform = uniformNumbers(seed);
  for (let i = 0; i < flips; i += 1) {
    const at = offset + Math.floor(length * (from + (to - from) * uniform()));
    damaged[at] = damaged[at]! ^ (1 << Math.floor(8 * uniform()));
  }
  return damaged;
}

const JPEG_FRAME_HEADER = Buffer.from([0xff, 0xc0, 0x00, 0x11, 0x08]);

/** Makes every picture of a Motion JPEG file claim `size` × `size`, and leaves what its container says. */
export function claimPictureSize(file: Uint8Array, size: number): Uint8Array {
  const claimed = Buffer.from(file);
  for (let at = claimed.indexOf(JPEG_FRAME_HEADER); at >= 0; at = claimed.indexOf(JPEG_FRAME_HEADER, at + 1)) {
    claimed.writeUInt16BE(size, at + 5);
    claimed.writeUInt16BE(size, at + 7);
  }
  return claimed;
}

/**
 * Makes every header of a file claim pictures of `size` × `size`: in an AVI of Motion JPEG the main header, the stream
 * format and the start of every picture; in an MP4 the track header and the sample entry of H.264 (its sequence parameter
 * set keeps the truth, as in files that attack parsers which believe the container).
 */
export function claimFrameSize(file: Uint8Array, size: number): Uint8Array {
  const claimed = Buffer.from(file);
  const after = (tag: string, from = 0): number => {
    const at = claimed.indexOf(tag, from, 'latin1');
    if (at < 0) throw new Error(`no ${tag} in the file`);
    return at + tag.length;
  };
  if (claimed.toString('latin1', 0, 4) === 'RIFF') {
    const mainHeader = after('avih') + 4;
    claimed.writeUInt32LE(size, mainHeader + 32);
    claimed.writeUInt32LE(size, mainHeader + 36);
    const streamFormat = after('strf') + 4;
    claimed.writeUInt32LE(size, streamFormat + 4);
    claimed.writeUInt32LE(size, streamFormat + 8);
    return claimPictureSize(claimed, size);
  }
  const trackHeader = after('tkhd');
  claimed.writeUInt32BE(size * 0x10000, trackHeader + 76);
  claimed.writeUInt32BE(size * 0x10000, trackHeader + 80);
  const sampleEntry = after('avc1', after('stsd'));
  claimed.writeUInt16BE(size, sampleEntry + 24);
  claimed.writeUInt16BE(size, sampleEntry + 26);
  return claimed;
}
