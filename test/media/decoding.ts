/** Decoding as the media tests need it: every frame with a digest of its pixels. */
import { createHash } from 'node:crypto';
import type { DecodeAccounting, DecodedFrame, Segment, VideoInfo } from '../../src/domain/media.js';
import type { MediaLimits, SegmentDecoder } from '../../src/domain/ports.js';
import { segmentFile } from '../../src/media/file-segmenter.js';
import { LibavDecoder } from '../../src/media/libav-decoder.js';

/** A rate at which every frame of a test clip is on the grid. */
export const EVERY_FRAME = 1000;
export const GENEROUS: MediaLimits = { maxPixels: 1 << 26, maxSegmentBytes: 1 << 28, maxSegmentFrames: 100_000 };

export interface DecodedDigest {
  readonly ptsMicros: number;
  readonly tentative: boolean;
  /** SHA-1 of the visible samples of the three planes. */
  readonly pixels: string;
}

export interface Decoded {
  readonly frames: readonly DecodedDigest[];
  readonly accounting: DecodeAccounting;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly video: VideoInfo;
}

export interface DecodeOptions {
  readonly framesPerSecond?: number;
  readonly selective?: boolean;
  readonly decoder?: SegmentDecoder;
  readonly limits?: MediaLimits;
}

/** A whole file as the first segment of a stream. */
export function wholeFile(media: Uint8Array): Pick<Segment, 'stream' | 'sequence' | 'ptsStartMicros' | 'media'> {
  return { stream: 'test', sequence: 0, ptsStartMicros: 0, media };
}

export async function decode(segment: Pick<Segment, 'stream' | 'sequence' | 'ptsStartMicros' | 'media'>, options: DecodeOptions = {}): Promise<Decoded> {
  const { framesPerSecond = EVERY_FRAME, selective = true, decoder = new LibavDecoder(), limits = GENEROUS } = options;
  const decoding = await decoder.open(segment, { grid: { framesPerSecond }, limits, selective });
  const frames: DecodedDigest[] = [];
  for await (const { frame, tentative } of decoding.frames()) frames.push({ ptsMicros: frame.ptsMicros, tentative, pixels: pixelDigest(frame) });
  return { frames, accounting: decoding.accounting(), warnings: decoding.warnings(), video: decoding.video };
}

/** Digest of what can be seen: rows without their padding. */
export function pixelDigest(frame: DecodedFrame): string {
  const hash = createHash('sha1');
  frame.planes.forEach((plane, index) => {
    const width = index === 0 ? frame.storedWidth : (frame.storedWidth + 1) >> 1;
    const height = index === 0 ? frame.storedHeight : (frame.storedHeight + 1) >> 1;
    const stride = frame.strides[index]!;
    for (let row = 0; row < height; row += 1) hash.update(plane.subarray(row * stride, row * stride + width));
  });
  return hash.digest('hex');
}

/** Segments of a file, and the error that ended it, if one did. */
export async function cut(path: string, targetMicros = 1_000_000, limits = GENEROUS): Promise<{ readonly segments: readonly Segment[]; readonly error: unknown }> {
  const segments: Segment[] = [];
  try {
    for await (const segment of segmentFile({ path, stream: 'test' }, { targetMicros, limits })) segments.push(segment);
  } catch (error) {
    return { segments, error };
  }
  return { segments, error: undefined };
}
