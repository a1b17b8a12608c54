/** Resizes pictures, one axis after the other. */
import type { Picture } from './picture.js';

/** How values between pixels are made. `area` is the mean over what a pixel covers, for shrinking. */
export type Kernel = 'area' | 'nearest' | 'linear' | 'cubic' | 'lanczos';

/** For each output: as many inputs as the kernel needs, and their weights. */
interface Taps {
  readonly count: number;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

/** Cubic convolution (Keys 1981). @param sharpness - -0.75 as OpenCV and PyTorch have it */
function cubic(x: number, sharpness = -0.75): number {
  const t = Math.abs(x);
  if (t <= 1) return ((sharpness + 2) * t - (sharpness + 3)) * t * t + 1;
  return t < 2 ? ((t - 5) * t + 8) * t * sharpness - 4 * sharpness : 0;
}

/** Lanczos, three lobes. */
function lanczos(x: number): number {
  if (x === 0) return 1;
  const t = Math.PI * x;
  return Math.abs(x) < 3 ? (3 * Math.sin(t) * Math.sin(t / 3)) / (t * t) : 0;
}

const REACH: Readonly<Record<'linear' | 'cubic' | 'lanczos', number>> = { linear: 1, cubic: 2, lanczos: 3 };
const WEIGHT: Readonly<Record<'linear' | 'cubic' | 'lanczos', (x: number) => number>> = { linear: (x) => Math.max(0, 1 - Math.abs(x)), cubic, lanczos };

function pointTaps(length: number, outputs: number, kernel: 'linear' | 'cubic' | 'lanczos'): Taps {
  const count = 2 * REACH[kernel];
  const taps = { count, indices: new Int32Array(outputs * count), weights: new Float32Array(outputs * count) };
  for (let i = 0; i < outputs; i++) {
    const place = ((i + 0.5) * length) / outputs - 0.5;
    const first = Math.floor(place) - REACH[kernel] + 1;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += WEIGHT[kernel](place - first - k);
    for (let k = 0; k < count; k++) {
      taps.indices[i * count + k] = Math.min(length - 1, Math.max(0, first + k));
      taps.weights[i * count + k] = WEIGHT[kernel](place - first - k) / sum;
    }
  }
  return taps;
}

/** Taps of cubic interpolation, four for each output, `outputs` over `length` knots. */
export function cubicTaps(length: number, outputs: number): Taps {
  return pointTaps(length, outputs, 'cubic');
}

function tapsOf(length: number, outputs: number, kernel: Kernel): Taps {
  if (kernel === 'linear' || kernel === 'cubic' || kernel === 'lanczos') return pointTaps(length, outputs, kernel);
  if (kernel === 'nearest') return { count: 1, indices: Int32Array.from({ length: outputs }, (_, i) => Math.floor(((i + 0.5) * length) / outputs)), weights: new Float32Array(outputs).fill(1) };
  const cell = length / outputs;
  const count = Math.ceil(cell) + 1;
  const taps = { count, indices: new Int32Array(outputs * count), weights: new Float32Array(outputs * count) };
  for (let i = 0; i < outputs; i++) {
    const [start, end] = [i * cell, (i + 1) * cell];
    for (let k = 0; k < count; k++) {
      const index = Math.floor(start) + k;
      taps.indices[i * count + k] = Math.min(length - 1, index);
      taps.weights[i * count + k] = Math.max(0, Math.min(end, index + 1) - Math.max(start, index)) / cell;
    }
  }
  return taps;
}

/** Each row of a picture at another width: height × width × 3. */
function resizedRows({ width: from, height, data }: Picture, width: number, { count, indices, weights }: Taps): Float32Array {
  const rows = new Float32Array(height * width * 3);
  for (let y = 0, out = 0; y < height; y++) {
    const row = y * from;
    for (let x = 0, first = 0; x < width; x++, out += 3, first += count) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let k = first; k < first + count; k++) {
        const i = (row + (indices[k] ?? 0)) * 3;
        const weight = weights[k] ?? 0;
        red += (data[i] ?? 0) * weight;
        green += (data[i + 1] ?? 0) * weight;
        blue += (data[i + 2] ?? 0) * weight;
      }
      rows[out] = red;
      rows[out + 1] = green;
      rows[out + 2] = blue;
    }
  }
  return rows;
}

/** Rows brought to another height, rounded. */
function resizedColumns(rows: Float32Array, rowLength: number, height: number, { count, indices, weights }: Taps): Uint8Array {
  const data = new Uint8ClampedArray(height * rowLength);
  const sums = new Float32Array(rowLength);
  for (let y = 0, out = 0; y < height; y++, out += rowLength) {
    const first = y * count;
    // The first four taps at once, which is all that most kernels have; the others one after another.
    const w0 = weights[first] ?? 0;
    const w1 = count > 1 ? (weights[first + 1] ?? 0) : 0;
    const w2 = count > 2 ? (weights[first + 2] ?? 0) : 0;
    const w3 = count > 3 ? (weights[first + 3] ?? 0) : 0;
    const r0 = (indices[first] ?? 0) * rowLength;
    const r1 = count > 1 ? (indices[first + 1] ?? 0) * rowLength : r0;
    const r2 = count > 2 ? (indices[first + 2] ?? 0) * rowLength : r0;
    const r3 = count > 3 ? (indices[first + 3] ?? 0) * rowLength : r0;
    if (count <= 2) for (let i = 0; i < rowLength; i++) data[out + i] = (rows[r0 + i] ?? 0) * w0 + (rows[r1 + i] ?? 0) * w1;
    else if (count <= 4) for (let i = 0; i < rowLength; i++) data[out + i] = (rows[r0 + i] ?? 0) * w0 + (rows[r1 + i] ?? 0) * w1 + (rows[r2 + i] ?? 0) * w2 + (rows[r3 + i] ?? 0) * w3;
    else {
      for (let i = 0; i < rowLength; i++) sums[i] = (rows[r0 + i] ?? 0) * w0 + (rows[r1 + i] ?? 0) * w1 + (rows[r2 + i] ?? 0) * w2 + (rows[r3 + i] ?? 0) * w3;
      for (let k = first + 4; k < first + count; k++) {
        const weight = weights[k] ?? 0;
        if (weight === 0) continue;
        const from = (indices[k] ?? 0) * rowLength;
        for (let i = 0; i < rowLength; i++) sums[i] = (sums[i] ?? 0) + (rows[from + i] ?? 0) * weight;
      }
      for (let i = 0; i < rowLength; i++) data[out + i] = sums[i] ?? 0;
    }
  }
  return new Uint8Array(data.buffer);
}

/** `picture` at another size. */
export function resized(picture: Picture, width: number, height: number, kernel: Kernel): Picture {
  if (width === picture.width && height === picture.height) return picture;
  const rows = resizedRows(picture, width, tapsOf(picture.width, width, kernel));
  return { width, height, data: resizedColumns(rows, width * 3, height, tapsOf(picture.height, height, kernel)) };
}
