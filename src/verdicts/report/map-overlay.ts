/** A map as a picture to lay over a face: nothing where it is 0, strong where it is 1. */
import { deflateSync } from 'node:zlib';
import type { EvidenceMap } from '../../domain/verdict.js';

/** Colour of the map, red, green, blue: seen on skin and on dark ground. */
const COLOUR = [255, 0, 170] as const;
/** Opacity of the highest value, 0 to 255: the face must stay visible. */
const OPACITY = 170;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** CRC-32 of the PNG specification, annex D; Node's own came after the oldest Node that this runs on. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(kind: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** PNG (RGBA, 8 bits) of a map, base64; null where the record's map does not hold what it says. */
export function mapOverlay({ width, height, values }: EvidenceMap): string | null {
  const cells = Buffer.from(values, 'base64');
  if (cells.length !== width * height) return null;
  const rows = Buffer.alloc(height * (1 + 4 * width));
  cells.forEach((value, i) => {
    const at = Math.floor(i / width) * (1 + 4 * width) + 1 + 4 * (i % width);
    rows.set([...COLOUR, Math.round((value / 255) * OPACITY)], at);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]).toString('base64');
}
