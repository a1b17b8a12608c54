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

/** `picture` at another size. */
export function resized(picture: Picture, width: number, height: number, kernel: Kernel): Picture {
  if (width === picture.width && height === picture.height) return picture;
  const across = tapsOf(picture.width, width, kernel);
  const down = tapsOf(picture.height, height, kernel);
  const rows = new Float32Array(picture.height * width * 3);
  for (let y = 0, out = 0; y < picture.height; y++) {
    const row = y * picture.width;
    for (let x = 0; x < width; x++, out += 3) {
      let [red, green, blue] = [0, 0, 0];
      for (let k = x * across.count; k < (x + 1) * across.count; k++) {
        const from = (row + (across.indices[k] ?? 0)) * 3;
        const weight = across.weights[k] ?? 0;
        red += (picture.data[from] ?? 0) * weight;
        green += (picture.data[from + 1] ?? 0) * weight;
        blue += (picture.data[from + 2] ?? 0) * weight;
      }
      rows[out] = red;
      rows[out + 1] = green;
      rows[out + 2] = blue;
    }
  }
  const data = new Uint8Array(width * height * 3);
  const sums = new Float32Array(width * 3);
  for (let y = 0; y < height; y++) {
    sums.fill(0.5);
    for (let k = y * down.count; k < (y + 1) * down.count; k++) {
      const weight = down.weights[k] ?? 0;
      if (weight === 0) continue;
      const from = (down.indices[k] ?? 0) * width * 3;
      for (let i = 0; i < width * 3; i++) sums[i] = (sums[i] ?? 0) + (rows[from + i] ?? 0) * weight;
    }
    const out = y * width * 3;
    for (let i = 0; i < width * 3; i++) {
      const value = sums[i] ?? 0;
      data[out + i] = value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
    }
  }
  return { width, height, data };
}
