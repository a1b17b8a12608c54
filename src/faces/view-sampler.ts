/**
 * Scales a view of a planar frame to the small RGB square that a face network takes. Reads the planes where they are, so
 * no full-size RGB picture is ever made. Each output pixel averages a regular grid of luma samples of its cell (the box
 * filter, thinned out), so that a frame that shrinks ten times does not alias, and takes the nearest chroma.
 */
import { colorArithmetic } from '../media/color.js';
import { planeWalk } from '../media/plane-walk.js';
import type { PlaneWalk } from '../media/plane-walk.js';
import type { DecodedFrame } from '../domain/media.js';
import type { View } from './views.js';

/** How many luma samples are averaged in each direction: never fewer than two, which also smooths an enlarged view. */
const MIN_TAPS = 2;
const MAX_TAPS = 3;

/**
 * Writes a view of the upright frame as three planes, red, green and blue. Where the view reaches beyond the frame it is
 * black.
 *
 * @param into - 3 × size × size values, each `colour * gain + bias` for a colour of 0..255
 */
export function sampleView(frame: DecodedFrame, view: View, size: number, into: Float32Array, gain = 1, bias = 0): void {
  const [lumaPlane, uPlane, vPlane] = frame.planes;
  const [luma, u, v] = [planeWalk(frame, 0), planeWalk(frame, 1), planeWalk(frame, 2)];
  const cell = view.side / size;
  const taps = Math.max(MIN_TAPS, Math.min(MAX_TAPS, Math.round(cell)));
  const columns = cellsInside(view.x, cell, size, frame.width);
  const rows = cellsInside(view.y, cell, size, frame.height);
  const lumaX = tapAddresses(view.x, cell, columns, taps, luma.width, luma.stepX);
  const lumaY = tapAddresses(view.y, cell, rows, taps, luma.height, luma.stepY);
  const chromaAddresses = (walk: PlaneWalk): [Int32Array, Int32Array] => [tapAddresses(view.x / 2, cell / 2, columns, 1, walk.width, walk.stepX), tapAddresses(view.y / 2, cell / 2, rows, 1, walk.height, walk.stepY)];
  const [uX, uY] = chromaAddresses(u);
  const [vX, vY] = chromaAddresses(v);

  const { lumaGain, black, redV, greenU, greenV, blueU } = colorArithmetic(frame);
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
