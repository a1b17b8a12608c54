/** Frames for the tests of detectors: real ones out of a file, and made-up ones. */
import { readFileSync } from 'node:fs';
import { LibavDecoder } from '../../src/media/libav-decoder.js';
import { gridIndexOf } from '../../src/domain/sampling.js';
import type { DecodedFrame, Rotation } from '../../src/domain/media.js';

/** The frames of a clip on a grid, with their grid points. A frame is valid until the next is asked for. */
export async function* framesOf(path: string, framesPerSecond: number): AsyncGenerator<{ frame: DecodedFrame; gridIndex: number }> {
  const decoder = new LibavDecoder();
  try {
    const decoding = await decoder.open(
      { stream: 'test', sequence: 0, ptsStartMicros: 0, media: readFileSync(path) },
      { grid: { framesPerSecond }, limits: { maxPixels: 1e8, maxSegmentBytes: 1e9, maxSegmentFrames: 1e6 }, selective: true },
    );
    for await (const { frame } of decoding.frames()) yield { frame, gridIndex: gridIndexOf(frame.ptsMicros, framesPerSecond) };
  } finally {
    await decoder.close();
  }
}

/** A copy that stays valid. (Planes may be Buffers, whose `slice` would not copy.) */
export function keep(frame: DecodedFrame): DecodedFrame {
  const [y, u, v] = frame.planes;
  return { ...frame, planes: [new Uint8Array(y), new Uint8Array(u), new Uint8Array(v)] };
}

/** A frame whose planes are given by functions of the stored position; strides have padding, as decoders' have. */
export function paint(storedWidth: number, storedHeight: number, luma: (x: number, y: number) => number, chroma: (x: number, y: number) => readonly [number, number] = () => [128, 128], rotation: Rotation = 0): DecodedFrame {
  const [cw, ch] = [(storedWidth + 1) >> 1, (storedHeight + 1) >> 1];
  const plane = (width: number, height: number, stride: number, value: (x: number, y: number) => number): Uint8Array => {
    const data = new Uint8Array(stride * height).fill(99);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * stride + x] = value(x, y);
    return data;
  };
  const upright = rotation === 90 || rotation === 270;
  return {
    ptsMicros: 0,
    storedWidth,
    storedHeight,
    width: upright ? storedHeight : storedWidth,
    height: upright ? storedWidth : storedHeight,
    rotation,
    matrix: 'bt709',
    range: 'full',
    planes: [plane(storedWidth, storedHeight, storedWidth + 5, luma), plane(cw, ch, cw + 3, (x, y) => chroma(x, y)[0]), plane(cw, ch, cw + 7, (x, y) => chroma(x, y)[1])],
    strides: [storedWidth + 5, cw + 3, cw + 7],
  };
}

/** The same upright picture, stored so that `rotation` clockwise brings it upright again. */
export function storeRotated(frame: DecodedFrame, rotation: Rotation): DecodedFrame {
  const [w, h] = [frame.width, frame.height];
  const stored = rotation === 90 || rotation === 270 ? [h, w] as const : [w, h] as const;
  // Where the stored sample (x, y) of a plane of upright size (pw, ph) lies in the upright plane.
  const from = (x: number, y: number, pw: number, ph: number): readonly [number, number] =>
    rotation === 90 ? [pw - 1 - y, x] : rotation === 180 ? [pw - 1 - x, ph - 1 - y] : rotation === 270 ? [y, ph - 1 - x] : [x, y];
  const read = (index: 0 | 1 | 2, pw: number, ph: number) => (x: number, y: number): number => {
    const [ux, uy] = from(x, y, pw, ph);
    return frame.planes[index][uy * frame.strides[index] + ux]!;
  };
  const [cw, ch] = [(w + 1) >> 1, (h + 1) >> 1];
  const [u, v] = [read(1, cw, ch), read(2, cw, ch)];
  return { ...paint(stored[0], stored[1], read(0, w, h), (x, y) => [u(x, y), v(x, y)], rotation), matrix: frame.matrix, range: frame.range, ptsMicros: frame.ptsMicros };
}
