/** Changes of colour: what cameras, light and platforms do, and what a forgery leaves as a mismatch. */
import type { Random } from '../random.js';
import { clampByte, type Picture, type Plane } from './pixels/picture.js';

/** What was drawn. Gains and offsets are of red, green and blue. */
export interface Tone {
  readonly gain: readonly [number, number, number];
  /** Grey levels. */
  readonly offset: readonly [number, number, number];
  readonly gamma: number;
  /** 1 changes nothing, 0 is grey. */
  readonly saturation: number;
}

/** @param strength - about 1 for what is plain to see */
export function drawTone(random: Random, strength: number): Tone {
  const [gain, offset] = [strength * random.normal(0, 0.07), strength * random.normal(0, 8)];
  const three = (draw: () => number): [number, number, number] => [draw(), draw(), draw()];
  return {
    gain: three(() => 1 + gain + strength * random.normal(0, 0.03)),
    offset: three(() => offset + strength * random.normal(0, 6)),
    gamma: Math.exp(strength * random.normal(0, 0.12)),
    saturation: Math.min(1.7, Math.max(0.3, 1 + strength * random.normal(0, 0.2))),
  };
}

/** The same change, a little brighter or darker: a forger that works frame by frame. */
export function shiftedTone(tone: Tone, levels: number): Tone {
  const [red, green, blue] = tone.offset;
  return { ...tone, offset: [red + levels, green + levels, blue + levels] };
}

/** The picture in another tone. */
export function toned(picture: Picture, { gain, offset, gamma, saturation }: Tone): Picture {
  const [red, green, blue] = ([0, 1, 2] as const).map((c) => Uint8Array.from({ length: 256 }, (_, level) => clampByte((level / 255) ** gamma * 255 * gain[c] + offset[c]))) as [Uint8Array, Uint8Array, Uint8Array];
  const { data: source } = picture;
  const data = new Uint8ClampedArray(source.length);
  const grey = 1 - saturation;
  for (let i = 0; i < source.length; i += 3) {
    const r = red[source[i] ?? 0] ?? 0;
    const g = green[source[i + 1] ?? 0] ?? 0;
    const b = blue[source[i + 2] ?? 0] ?? 0;
    const common = grey * (0.299 * r + 0.587 * g + 0.114 * b);
    data[i] = saturation * r + common;
    data[i + 1] = saturation * g + common;
    data[i + 2] = saturation * b + common;
  }
  return { ...picture, data: new Uint8Array(data.buffer) };
}

/** Pixels from which a mean and a deviation say something. */
const ENOUGH_PIXELS = 50;

/** Mean and standard deviation of each channel of `source` inside `mask` brought to those of `target` (after Reinhard et al. 2001, in RGB). */
export function matchedColour(source: Picture, target: Picture, mask: Plane): Picture {
  const [from, to] = [statistics(source, mask), statistics(target, mask)];
  if (from.count < ENOUGH_PIXELS) return source;
  const data = new Uint8Array(source.data.length);
  for (let c = 0; c < 3; c++) {
    const gain = Math.min(2, Math.max(0.5, (to.deviation[c] ?? 0) / ((from.deviation[c] ?? 0) + 1e-3)));
    const table = Uint8Array.from({ length: 256 }, (_, level) => clampByte((level - (from.mean[c] ?? 0)) * gain + (to.mean[c] ?? 0)));
    for (let i = c; i < data.length; i += 3) data[i] = table[source.data[i] ?? 0] ?? 0;
  }
  return { ...source, data };
}

function statistics({ data }: Picture, mask: Plane): { readonly count: number; readonly mean: readonly number[]; readonly deviation: readonly number[] } {
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  let count = 0;
  for (let pixel = 0, i = 0; pixel < mask.data.length; pixel++, i += 3) {
    if ((mask.data[pixel] ?? 0) <= 0.5) continue;
    count++;
    for (let c = 0; c < 3; c++) {
      const value = data[i + c] ?? 0;
      sums[c] = (sums[c] ?? 0) + value;
      squares[c] = (squares[c] ?? 0) + value * value;
    }
  }
  const mean = sums.map((sum) => sum / Math.max(1, count));
  return { count, mean, deviation: squares.map((sum, c) => Math.sqrt(Math.max(0, sum / Math.max(1, count) - (mean[c] ?? 0) ** 2))) };
}
