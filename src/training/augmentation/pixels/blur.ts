/** Gaussian and edge-keeping smoothing. */
import { clampByte, type Picture, type Plane } from './picture.js';

/** From this deviation on, three running means stand for the Gaussian: they cost the same whatever the deviation. */
const RUNNING_FROM = 2.5;

/** Half the width of each of three running means that together have the deviation (after Kovesi 2010). */
function radiiOf(sigma: number): readonly number[] {
  const ideal = Math.sqrt((12 * sigma * sigma) / 3 + 1);
  const lower = Math.floor((ideal - 1) / 2) * 2 + 1;
  const wide = Math.round((12 * sigma * sigma - 3 * lower * lower - 12 * lower - 9) / (-4 * lower - 4));
  return [0, 1, 2].map((pass) => ((pass < wide ? lower : lower + 2) - 1) / 2);
}

/** Running mean along lines of `length` values, `step` apart, the border repeated. */
function runningMean(data: Float32Array, start: number, step: number, length: number, radius: number, line: Float32Array): void {
  for (let i = 0; i < length; i++) line[i] = data[start + i * step] ?? 0;
  const [first, last] = [line[0] ?? 0, line[length - 1] ?? 0];
  let sum = first * radius;
  for (let i = 0; i < radius; i++) sum += i < length ? (line[i] ?? 0) : last;
  const share = 1 / (2 * radius + 1);
  for (let i = 0; i < length; i++) {
    sum += i + radius < length ? (line[i + radius] ?? 0) : last;
    data[start + i * step] = sum * share;
    sum -= i - radius >= 0 ? (line[i - radius] ?? 0) : first;
  }
}

/** Half of a Gaussian, from its middle. */
function gaussianTaps(sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(2.6 * sigma));
  const taps = Float32Array.from({ length: radius + 1 }, (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)));
  const sum = 2 * taps.reduce((total, value) => total + value, 0) - (taps[0] ?? 0);
  return taps.map((value) => value / sum);
}

/** One row (`length` values, neighbours `step` apart, the border repeated) times the taps. */
function convolveRow(data: Float32Array, start: number, length: number, step: number, taps: Float32Array, line: Float32Array): void {
  const reach = (taps.length - 1) * step;
  for (let i = 0; i < reach; i++) {
    line[i] = data[start + (i % step)] ?? 0;
    line[reach + length + i] = data[start + length - step + (i % step)] ?? 0;
  }
  for (let i = 0; i < length; i++) line[reach + i] = data[start + i] ?? 0;
  const middle = taps[0] ?? 0;
  for (let i = 0; i < length; i++) {
    const at = reach + i;
    let sum = (line[at] ?? 0) * middle;
    for (let k = 1, d = step; k < taps.length; k++, d += step) sum += ((line[at - d] ?? 0) + (line[at + d] ?? 0)) * (taps[k] ?? 0);
    data[start + i] = sum;
  }
}

/** All columns at once, row by row. */
function convolveColumns(data: Float32Array, rowLength: number, height: number, taps: Float32Array): void {
  const source = new Float32Array(data);
  const middle = taps[0] ?? 0;
  for (let y = 0, out = 0; y < height; y++, out += rowLength) {
    for (let i = 0; i < rowLength; i++) data[out + i] = (source[out + i] ?? 0) * middle;
    for (let k = 1; k < taps.length; k++) {
      const weight = taps[k] ?? 0;
      const above = Math.max(0, y - k) * rowLength;
      const below = Math.min(height - 1, y + k) * rowLength;
      for (let i = 0; i < rowLength; i++) data[out + i] = (data[out + i] ?? 0) + ((source[above + i] ?? 0) + (source[below + i] ?? 0)) * weight;
    }
  }
}

/** Smooths `channels` interleaved values a pixel, in place. */
function smooth(data: Float32Array, width: number, height: number, channels: number, sigma: number): void {
  if (sigma < RUNNING_FROM) {
    const taps = gaussianTaps(sigma);
    const line = new Float32Array((width + 2 * taps.length) * channels);
    for (let y = 0; y < height; y++) convolveRow(data, y * width * channels, width * channels, channels, taps, line);
    convolveColumns(data, width * channels, height, taps);
    return;
  }
  const line = new Float32Array(Math.max(width, height));
  for (const radius of radiiOf(sigma)) {
    for (let y = 0; y < height; y++) for (let c = 0; c < channels; c++) runningMean(data, y * width * channels + c, channels, width, radius, line);
    for (let x = 0; x < width * channels; x++) runningMean(data, x, width * channels, height, radius, line);
  }
}

/** A smoothed plane. @param sigma - in pixels, above 0 */
export function blurredPlane({ width, height, data }: Plane, sigma: number): Plane {
  const out = new Float32Array(data);
  smooth(out, width, height, 1, sigma);
  return { width, height, data: out };
}

/** The smoothed values of a picture, not rounded. @param sigma - in pixels, above 0 */
export function blurredValues({ width, height, data }: Picture, sigma: number): Float32Array {
  const out = new Float32Array(data);
  smooth(out, width, height, 3, sigma);
  return out;
}

/** A smoothed picture. @param sigma - in pixels, above 0 */
export function blurred(picture: Picture, sigma: number): Picture {
  const values = blurredValues(picture, sigma);
  return { ...picture, data: new Uint8Array(Uint8ClampedArray.from(values).buffer) };
}

/** What stands out from its surroundings raised (unsharp mask). @param amount - 0 changes nothing */
export function sharpened(picture: Picture, amount: number, sigma = 1.2): Picture {
  const soft = blurredValues(picture, sigma);
  const data = new Uint8ClampedArray(soft.length);
  for (let i = 0; i < data.length; i++) data[i] = (picture.data[i] ?? 0) * (1 + amount) - amount * (soft[i] ?? 0);
  return { ...picture, data: new Uint8Array(data.buffer) };
}

/**
 * Bilateral filter (Tomasi and Manduchi 1998) over a disc of two pixels: smooths, and keeps edges.
 *
 * @param colourSigma - differences that count as an edge, grey levels summed over the channels
 */
export function edgeKeeping(picture: Picture, colourSigma: number, spaceSigma = 2): Picture {
  const { width, height, data: source } = picture;
  const data = new Uint8Array(source.length);
  const range = Float32Array.from({ length: 766 }, (_, d) => Math.exp(-(d * d) / (2 * colourSigma * colourSigma)));
  const [dxs, dys]: [number[], number[]] = [[], []];
  for (let dy = -2; dy <= 2; dy++) {
    for (let dx = -2; dx <= 2; dx++) {
      if (dx * dx + dy * dy > 5) continue;
      dxs.push(dx);
      dys.push(dy);
    }
  }
  const [across, down] = [Int32Array.from(dxs), Int32Array.from(dys)];
  const weights = Float32Array.from(dxs, (dx, i) => Math.exp(-(dx * dx + (dys[i] ?? 0) ** 2) / (2 * spaceSigma * spaceSigma)));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const r = source[i] ?? 0;
      const g = source[i + 1] ?? 0;
      const b = source[i + 2] ?? 0;
      let sum = 0;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let k = 0; k < weights.length; k++) {
        let nx = x + (across[k] ?? 0);
        let ny = y + (down[k] ?? 0);
        nx = nx < 0 ? 0 : nx >= width ? width - 1 : nx;
        ny = ny < 0 ? 0 : ny >= height ? height - 1 : ny;
        const j = (ny * width + nx) * 3;
        const nr = source[j] ?? 0;
        const ng = source[j + 1] ?? 0;
        const nb = source[j + 2] ?? 0;
        const share = (weights[k] ?? 0) * (range[Math.abs(nr - r) + Math.abs(ng - g) + Math.abs(nb - b)] ?? 0);
        sum += share;
        red += share * nr;
        green += share * ng;
        blue += share * nb;
      }
      data[i] = clampByte(red / sum);
      data[i + 1] = clampByte(green / sum);
      data[i + 2] = clampByte(blue / sum);
    }
  }
  return { width, height, data };
}
