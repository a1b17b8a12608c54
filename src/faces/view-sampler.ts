/**
 * Scales a view of a planar frame to the small RGB square that a face network takes. Reads the planes where they are, so
 * no full-size RGB picture is ever made. Each output pixel averages a regular grid of luma samples of its cell (the box
 * filter, thinned out), so that a frame that shrinks ten times does not alias, and takes the nearest chroma.
 */
import type { ColorMatrix, DecodedFrame } from '../domain/media.js';
import type { View } from './views.js';

/** Luma weights of red and blue: ITU-R BT.601-7, BT.709-6 and BT.2020-2 (non-constant luminance). */
const LUMA_WEIGHTS: Readonly<Record<ColorMatrix, readonly [number, number]>> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};

/** How many luma samples are averaged in each direction: never fewer than two, which also smooths an enlarged view. */
const MIN_TAPS = 2;
const MAX_TAPS = 3;

/** How upright coordinates become addresses in a stored plane: `origin + x * stepX + y * stepY`. */
interface PlaneWalk {
  readonly origin: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Writes a view of the upright frame as three planes, red, green and blue. Where the view reaches beyond the frame it is
 * black.
 *
 * @param into - 3 × size × size values, each `colour * gain + bias` for a colour of 0..255
 */
export function sampleView(frame: DecodedFrame, view: View, size: number, into: Float32Array, gain = 1, bias = 0): void {
  const [lumaPlane, uPlane, vPlane] = frame.planes;
  const chromaWidth = (frame.storedWidth + 1) >> 1;
  const chromaHeight = (frame.storedHeight + 1) >> 1;
  const luma = walkOf(frame, frame.storedWidth, frame.storedHeight, frame.strides[0]);
  const u = walkOf(frame, chromaWidth, chromaHeight, frame.strides[1]);
  const v = walkOf(frame, chromaWidth, chromaHeight, frame.strides[2]);
  const cell = view.side / size;
  const taps = Math.max(MIN_TAPS, Math.min(MAX_TAPS, Math.round(cell)));
  const columns = cellsInside(view.x, cell, size, frame.width);
  const rows = cellsInside(view.y, cell, size, frame.height);
  const lumaX = tapAddresses(view.x, cell, columns, taps, luma.width, luma.stepX);
  const lumaY = tapAddresses(view.y, cell, rows, taps, luma.height, luma.stepY);
  const chromaAddresses = (walk: PlaneWalk): [Int32Array, Int32Array] => [tapAddresses(view.x / 2, cell / 2, columns, 1, walk.width, walk.stepX), tapAddresses(view.y / 2, cell / 2, rows, 1, walk.height, walk.stepY)];
  const [uX, uY] = chromaAddresses(u);
  const [vX, vY] = chromaAddresses(v);

  const { lumaGain, black, redV, greenU, greenV, blueU } = colourArithmetic(frame);
  const scale = lumaGain / (taps * taps);
  const plane = size * size;
  into.fill(bias);
  const width = columns.to - columns.from;
  const sums = new Int32Array(width);
  for (let row = rows.from; row < rows.to; row++) {
    const y = row - rows.from;
    sums.fill(0);
    for (let tap = y * taps; tap < (y + 1) * taps; tap++) addRow(lumaPlane, luma.origin + (lumaY[tap] ?? 0), lumaX, taps, sums);
    const uRow = u.origin + (uY[y] ?? 0);
    const vRow = v.origin + (vY[y] ?? 0);
    let out = row * size + columns.from;
    for (let x = 0; x < width; x++) {
      const grey = (sums[x] ?? 0) * scale - black;
      const cb = (uPlane[uRow + (uX[x] ?? 0)] ?? 0) - 128;
      const cr = (vPlane[vRow + (vX[x] ?? 0)] ?? 0) - 128;
      into[out] = clamp(grey + redV * cr) * gain + bias;
      into[out + plane] = clamp(grey - greenU * cb - greenV * cr) * gain + bias;
      into[out + 2 * plane] = clamp(grey + blueU * cb) * gain + bias;
      out++;
    }
  }
}

/** Adds the samples of one row to the sums of their cells. A function of its own, so that it is compiled for these types alone. */
function addRow(plane: Uint8Array, start: number, offsets: Int32Array, taps: number, sums: Int32Array): void {
  let tap = 0;
  for (let x = 0; x < sums.length; x++) {
    let sum = 0;
    for (let i = 0; i < taps; i++) sum += plane[start + (offsets[tap++] ?? 0)] ?? 0;
    sums[x] = (sums[x] ?? 0) + sum;
  }
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Cells of the view whose middle lies in the frame. */
function cellsInside(start: number, cell: number, size: number, length: number): { from: number; to: number } {
  const from = Math.max(0, Math.ceil(-start / cell - 0.5));
  const to = Math.min(size, Math.ceil((length - start) / cell - 0.5));
  return { from: Math.min(from, size), to: Math.max(to, Math.min(from, size)) };
}

/** Address parts of the samples of each cell along one axis; samples beyond the plane take its last row or column. */
function tapAddresses(start: number, cell: number, cells: { readonly from: number; readonly to: number }, taps: number, length: number, step: number): Int32Array {
  const addresses = new Int32Array((cells.to - cells.from) * taps);
  for (let index = 0; index < addresses.length; index++) {
    const place = Math.floor(start + (cells.from + (index + 0.5) / taps) * cell);
    addresses[index] = Math.max(0, Math.min(length - 1, place)) * step;
  }
  return addresses;
}

function walkOf(frame: DecodedFrame, storedWidth: number, storedHeight: number, stride: number): PlaneWalk {
  const lastColumn = storedWidth - 1;
  const lastRow = (storedHeight - 1) * stride;
  switch (frame.rotation) {
    case 0:
      return { origin: 0, stepX: 1, stepY: stride, width: storedWidth, height: storedHeight };
    case 90:
      return { origin: lastRow, stepX: -stride, stepY: 1, width: storedHeight, height: storedWidth };
    case 180:
      return { origin: lastRow + lastColumn, stepX: -1, stepY: -stride, width: storedWidth, height: storedHeight };
    case 270:
      return { origin: lastColumn, stepX: stride, stepY: -1, width: storedHeight, height: storedWidth };
  }
}

/** Y'CbCr to R'G'B' in 0..255, from the luma weights; limited range is widened. */
function colourArithmetic(frame: DecodedFrame): { lumaGain: number; black: number; redV: number; greenU: number; greenV: number; blueU: number } {
  const [kr, kb] = LUMA_WEIGHTS[frame.matrix];
  const kg = 1 - kr - kb;
  const limited = frame.range === 'limited';
  const lumaGain = limited ? 255 / 219 : 1;
  const chromaGain = limited ? 255 / 224 : 1;
  const redV = 2 * (1 - kr) * chromaGain;
  const blueU = 2 * (1 - kb) * chromaGain;
  return { lumaGain, black: limited ? 16 * lumaGain : 0, redV, greenU: (blueU * kb) / kg, greenV: (redV * kr) / kg, blueU };
}
