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
  let sum = first * (radius + 1);
  for (let i = 0; i < radius; i++) sum += i < length ? (line[i] ?? 0) : last;
  const share = 1 / (2 * radius + 1);
  for (let i = 0; i < length; i++) {
    sum += i + radius < length ? (line[i + radius] ?? 0) : last;
    data[start + i * step] = sum * share;
    sum -= i - radius >= 0 ? (line[i - radius] ?? 0) : first;
  }
}

function convolved(data: Float32Array, start: number, step: number, length: number, kernel: Float32Array, line: Float32Array): void {
  const radius = (kernel.length - 1) / 2;
  for (let i = 0; i < length + 2 * radius; i++) line[i] = data[start + Math.min(length - 1, Math.max(0, i - radius)) * step] ?? 0;
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let k = 0; k < kernel.length; k++) sum += (kernel[k] ?? 0) * (line[i + k] ?? 0);
    data[start + i * step] = sum;
  }
}

function gaussianKernel(sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const sum = kernel.reduce((total, value) => total + value, 0);
  return kernel.map((value) => value / sum);
}

/** Smooths `channels` interleaved values a pixel, in place. */
function smooth(data: Float32Array, width: number, height: number, channels: number, sigma: number): void {
  const line = new Float32Array(Math.max(width, height) + 64);
  const lines = (work: (start: number, step: number, length: number) => void): void => {
    for (let y = 0; y < height; y++) for (let c = 0; c < channels; c++) work(y * width * channels + c, channels, width);
    for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) work(x * channels + c, width * channels, height);
  };
  if (sigma < RUNNING_FROM) {
    const kernel = gaussianKernel(sigma);
    lines((start, step, length) => {
      convolved(data, start, step, length, kernel, line);
    });
    return;
  }
  for (const radius of radiiOf(sigma)) {
    lines((start, step, length) => {
      runningMean(data, start, step, length, radius, line);
    });
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
  const data = new Uint8Array(values.length);
  for (let i = 0; i < data.length; i++) data[i] = clampByte(values[i] ?? 0);
  return { ...picture, data };
}

/** What stands out from its surroundings raised (unsharp mask). @param amount - 0 changes nothing */
export function sharpened(picture: Picture, amount: number, sigma = 1.2): Picture {
  const soft = blurredValues(picture, sigma);
  const data = new Uint8Array(soft.length);
  for (let i = 0; i < data.length; i++) {
    const value = picture.data[i] ?? 0;
    data[i] = clampByte(value + amount * (value - (soft[i] ?? 0)));
  }
  return { ...picture, data };
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
  const offsets: { readonly dx: number; readonly dy: number; readonly weight: number }[] = [];
  for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) if (dx * dx + dy * dy <= 5) offsets.push({ dx, dy, weight: Math.exp(-(dx * dx + dy * dy) / (2 * spaceSigma * spaceSigma)) });
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const [r, g, b] = [source[i] ?? 0, source[i + 1] ?? 0, source[i + 2] ?? 0];
      let [sum, red, green, blue] = [0, 0, 0, 0];
      for (const { dx, dy, weight } of offsets) {
        const nx = x + dx < 0 ? 0 : x + dx >= width ? width - 1 : x + dx;
        const ny = y + dy < 0 ? 0 : y + dy >= height ? height - 1 : y + dy;
        const j = (ny * width + nx) * 3;
        const [nr, ng, nb] = [source[j] ?? 0, source[j + 1] ?? 0, source[j + 2] ?? 0];
        const share = weight * (range[Math.abs(nr - r) + Math.abs(ng - g) + Math.abs(nb - b)] ?? 0);
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
