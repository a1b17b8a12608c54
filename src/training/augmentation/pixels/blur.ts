/** Gaussian and edge-keeping smoothing. */
import { brightened, clampByte, lumaOf, type Picture, type Plane } from './picture.js';

/** From this deviation on, three running means stand for the Gaussian: they cost the same whatever the deviation. */
const RUNNING_FROM = 2.5;

/** Half the width of each of three running means that together have the deviation (after Kovesi 2010). */
function radiiOf(sigma: number): readonly number[] {
  const ideal = Math.sqrt((12 * sigma * sigma) / 3 + 1);
  const lower = Math.floor((ideal - 1) / 2) * 2 + 1;
  const wide = Math.round((12 * sigma * sigma - 3 * lower * lower - 12 * lower - 9) / (-4 * lower - 4));
  return [0, 1, 2].map((pass) => ((pass < wide ? lower : lower + 2) - 1) / 2);
}

/** Running mean of one row (`length` values, neighbours `step` apart), the border repeated. */
function averageRow(data: Float32Array, start: number, length: number, step: number, radius: number, line: Float32Array): void {
  for (let i = 0; i < length; i++) line[i] = data[start + i] ?? 0;
  const reach = radius * step;
  const share = 1 / (2 * radius + 1);
  for (let channel = 0; channel < step; channel++) {
    const first = line[channel] ?? 0;
    const last = line[length - step + channel] ?? 0;
    let sum = first * radius;
    for (let i = channel; i < channel + reach; i += step) sum += i < length ? (line[i] ?? 0) : last;
    for (let i = channel; i < length; i += step) {
      sum += i + reach < length ? (line[i + reach] ?? 0) : last;
      data[start + i] = sum * share;
      sum -= i >= reach ? (line[i - reach] ?? 0) : first;
    }
  }
}

/** The same of all columns at once, row by row. */
function averageColumns(data: Float32Array, rowLength: number, height: number, radius: number): void {
  const source = new Float32Array(data);
  const sums = new Float64Array(rowLength);
  const share = 1 / (2 * radius + 1);
  const rowAt = (y: number): number => Math.min(height - 1, Math.max(0, y)) * rowLength;
  for (let y = -radius; y < radius; y++) for (let i = 0, row = rowAt(y); i < rowLength; i++) sums[i] = (sums[i] ?? 0) + (source[row + i] ?? 0);
  for (let y = 0, out = 0; y < height; y++, out += rowLength) {
    const entering = rowAt(y + radius);
    const leaving = rowAt(y - radius);
    for (let i = 0; i < rowLength; i++) {
      const sum = (sums[i] ?? 0) + (source[entering + i] ?? 0);
      data[out + i] = sum * share;
      sums[i] = sum - (source[leaving + i] ?? 0);
    }
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
  const line = new Float32Array(width * channels);
  for (const radius of radiiOf(sigma)) {
    for (let y = 0; y < height; y++) averageRow(data, y * width * channels, width * channels, channels, radius, line);
    averageColumns(data, width * channels, height, radius);
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

/** What stands out from its surroundings raised, in brightness alone (unsharp mask). @param amount - 0 changes nothing */
export function sharpened(picture: Picture, amount: number, sigma = 1.2): Picture {
  const luma = lumaOf(picture);
  const soft = blurredPlane(luma, sigma).data;
  for (let i = 0; i < soft.length; i++) soft[i] = amount * ((luma.data[i] ?? 0) - (soft[i] ?? 0));
  return brightened(picture, soft);
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
      if (dx * dx + dy * dy > 4) continue;
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
