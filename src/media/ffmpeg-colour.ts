/** Colour, orientation and pixel formats by the names that ffmpeg prints: the rules of `video-info.ts`, without libav. */
import type { ColorMatrix, ColorRange } from '../domain/media.js';

/** Stored height from which an unlabelled stream is taken for BT.709, as in `video-info.ts`. */
const HD_HEIGHT = 720;

/** Names of one stream or frame; undefined where it is silent. */
export interface ColourNames {
  readonly pixelFormat: string;
  /** Stored height in pixels. */
  readonly height: number;
  readonly colorSpace: string | undefined;
  readonly colorRange: string | undefined;
}

const MATRICES: Readonly<Partial<Record<string, ColorMatrix>>> = {
  bt709: 'bt709',
  smpte240m: 'bt709',
  bt470bg: 'bt601',
  smpte170m: 'bt601',
  fcc: 'bt601',
  gbr: 'bt601',
  bt2020nc: 'bt2020',
  bt2020c: 'bt2020',
};

const RGB_FORMAT = /^(?:rgb|bgr|gbr|argb|abgr|0rgb|0bgr|x2rgb|x2bgr|pal8|bayer)/;

/** The frame's matrix, else the stream's, else by height. */
export function colorMatrixOf(frame: ColourNames, stream: ColourNames): ColorMatrix {
  for (const { colorSpace } of [frame, stream]) {
    const matrix = colorSpace === undefined ? undefined : MATRICES[colorSpace];
    if (matrix !== undefined) return matrix;
  }
  return frame.height >= HD_HEIGHT ? 'bt709' : 'bt601';
}

/** The frame's range, else the stream's, else limited. */
export function colorRangeOf(frame: ColourNames, stream: ColourNames): ColorRange {
  if (frame.colorSpace === 'gbr') return 'limited';
  if (frame.pixelFormat.startsWith('yuvj')) return 'full';
  return (frame.colorRange ?? stream.colorRange) === 'pc' ? 'full' : 'limited';
}

/** How the pixels of a stream reach us. */
export interface RawFormat {
  /** Filters that end in `pixelFormat`. */
  readonly filters: string;
  /** `gray`: chroma is to be added. */
  readonly pixelFormat: 'yuv420p' | 'gray';
}

/**
 * 8-bit 4:2:0 and grey pass as they are; all else is converted as `frame-planes.ts` does it: matrix and range kept, RGB to
 * BT.601 limited.
 */
export function rawFormatFor(stream: ColourNames): RawFormat {
  const { pixelFormat } = stream;
  if (pixelFormat === 'yuv420p' || pixelFormat === 'yuvj420p') return { filters: `format=${pixelFormat}`, pixelFormat: 'yuv420p' };
  if (pixelFormat === 'gray') return { filters: 'format=gray', pixelFormat: 'gray' };
  const flags = 'flags=bicubic+accurate_rnd+bitexact';
  if (RGB_FORMAT.test(pixelFormat)) return { filters: `scale=out_color_matrix=bt601:out_range=limited:${flags},format=yuv420p`, pixelFormat: 'yuv420p' };
  const range = colorRangeOf(stream, stream);
  return { filters: `scale=in_range=${range}:out_range=${range}:${flags},format=yuv420p`, pixelFormat: 'yuv420p' };
}
