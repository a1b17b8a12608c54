/**
 * Squares of a frame as RGB, straight from its planes: no full-size RGB picture is ever made. Each output pixel is the mean
 * of a regular grid of samples over its cell, so that a square that shrinks does not alias.
 */
import type { DecodedFrame, RgbImage } from '../domain/media.js';
import type { CropFace } from '../domain/ports.js';
import { colorArithmetic } from './color.js';
import { planeWalk, type PlaneWalk } from './plane-walk.js';

/** A square in pixels of the upright frame; may reach beyond it, where the frame's border is repeated. */
export interface Square {
  readonly centreX: number;
  readonly centreY: number;
  readonly side: number;
}

/** Samples along one axis: two addresses and the weight of the second, `taps` to a cell. */
interface Axis {
  readonly near: Int32Array;
  readonly far: Int32Array;
  readonly weight: Float64Array;
  readonly taps: number;
}

/** From this many pixels in a cell on, its mean needs no values from between pixels. */
const NO_INTERPOLATION = 2;

function axisOf(start: number, cell: number, size: number, length: number, step: number): Axis {
  const taps = Math.max(1, Math.ceil(cell));
  const axis = { near: new Int32Array(size * taps), far: new Int32Array(size * taps), weight: new Float64Array(size * taps), taps };
  for (let i = 0; i < size * taps; i++) {
    // Sample centres lie at half coordinates.
    const place = Math.min(length - 1, Math.max(0, start + ((i + 0.5) / taps) * cell - 0.5));
    const near = cell >= NO_INTERPOLATION ? Math.round(place) : Math.floor(place);
    axis.near[i] = near * step;
    axis.far[i] = Math.min(length - 1, near + 1) * step;
    axis.weight[i] = place - near;
  }
  return axis;
}

/** Adds one line of bilinear samples, between two rows of the plane, to the sums of its cells. */
function addBetweenRows(data: Uint8Array, upper: number, lower: number, down: number, xs: Axis, sums: Float64Array, from: number, size: number): void {
  const { near, far, weight, taps } = xs;
  for (let column = 0, i = 0; column < size; column++) {
    let sum = 0;
    for (const end = i + taps; i < end; i++) {
      const left = near[i] ?? 0;
      const right = far[i] ?? 0;
      const across = weight[i] ?? 0;
      const a = data[upper + left] ?? 0;
      const b = data[lower + left] ?? 0;
      const above = a + ((data[upper + right] ?? 0) - a) * across;
      const below = b + ((data[lower + right] ?? 0) - b) * across;
      sum += above + (below - above) * down;
    }
    sums[from + column] = (sums[from + column] ?? 0) + sum;
  }
}

/** Adds one row of the plane to the sums of its cells. */
function addRow(data: Uint8Array, start: number, { near, taps }: Axis, sums: Float64Array, from: number, size: number): void {
  for (let column = 0, i = 0; column < size; column++) {
    let sum = 0;
    for (const end = i + taps; i < end; i++) sum += data[start + (near[i] ?? 0)] ?? 0;
    sums[from + column] = (sums[from + column] ?? 0) + sum;
  }
}

/** Means over the cells of a square of one plane, size × size. */
function samplePlane(data: Uint8Array, walk: PlaneWalk, left: number, top: number, side: number, size: number): Float64Array {
  const cell = side / size;
  const xs = axisOf(left, cell, size, walk.width, walk.stepX);
  const ys = axisOf(top, cell, size, walk.height, walk.stepY);
  const out = new Float64Array(size * size);
  for (let j = 0; j < size * ys.taps; j++) {
    const from = Math.floor(j / ys.taps) * size;
    const row = walk.origin + (ys.near[j] ?? 0);
    if (cell >= NO_INTERPOLATION) addRow(data, row, xs, out, from, size);
    else addBetweenRows(data, row, walk.origin + (ys.far[j] ?? 0), ys.weight[j] ?? 0, xs, out, from, size);
  }
  const share = 1 / (xs.taps * ys.taps);
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) * share;
  return out;
}

/**
 * Samples a square of the upright frame.
 * @param size - side of the result in pixels
 */
export function sampleSquare(frame: DecodedFrame, square: Square, size: number): RgbImage {
  const left = square.centreX - square.side / 2;
  const top = square.centreY - square.side / 2;
  const [luma, cb, cr] = ([0, 1, 2] as const).map((plane) => {
    // Chroma samples lie in the middle of two by two luma samples here; streams that site them to the left differ by a
    // quarter of a chroma sample, which is what libswscale does with them too.
    const shrink = plane === 0 ? 1 : 0.5;
    return samplePlane(frame.planes[plane], planeWalk(frame, plane), left * shrink, top * shrink, square.side * shrink, size);
  }) as [Float64Array, Float64Array, Float64Array];
  const { lumaGain, black, redV, greenU, greenV, blueU } = colorArithmetic(frame);
  const data = new Uint8Array(size * size * 3);
  // A clamped array rounds half to even, the same everywhere.
  const rgb = new Uint8ClampedArray(data.buffer);
  for (let pixel = 0; pixel < size * size; pixel++) {
    const grey = (luma[pixel] ?? 0) * lumaGain - black;
    const u = (cb[pixel] ?? 0) - 128;
    const v = (cr[pixel] ?? 0) - 128;
    rgb[3 * pixel] = grey + redV * v;
    rgb[3 * pixel + 1] = grey - greenU * u - greenV * v;
    rgb[3 * pixel + 2] = grey + blueU * u;
  }
  return { size, data };
}

/** The square of `scale` times the longer side of the face box around its centre. */
export const cropFace: CropFace = (frame, { box }, size, scale) =>
  sampleSquare(frame, { centreX: box.x + box.width / 2, centreY: box.y + box.height / 2, side: scale * Math.max(box.width, box.height) }, size);
