/** Pairs of one real and one forged example with the same history, and what they become. */
import type { RgbImage } from '../../domain/media.js';
import type { Example } from '../example.js';

/** One draw. */
export interface Pair {
  readonly real: readonly RgbImage[];
  readonly forged: readonly RgbImage[];
  /** size × size in [0, 1], of the first face. */
  readonly mask: Float32Array;
  readonly source: string;
  readonly method: string;
}

/** Cells along a side of the map of changes. */
const CELLS = 16;
/** Differences up to this many grey levels are the codec's. */
const UNCHANGED = 1.5;
/** From here on a place counts as changed. */
const CHANGED = 6;

/** Share of a cell that a forgery must cover for differences in it to count: elsewhere they are the codec's, however large. */
const COVERED = 0.02;

/**
 * Where two crops differ by more than a codec makes them differ: means of 16 × 16 cells in [0, 1], each as large as its cell.
 *
 * @param opacity - of what was pasted in, size × size; cells that it hardly covers count as unchanged
 */
export function changedMask(real: RgbImage, forged: RgbImage, opacity: Float32Array): Float32Array {
  const { size } = real;
  const sums = new Float32Array(CELLS * CELLS);
  const counts = new Float32Array(CELLS * CELLS);
  const covered = new Float32Array(CELLS * CELLS);
  const cellOf = Int32Array.from({ length: size }, (_, place) => Math.floor((place * CELLS) / size));
  for (let y = 0, i = 0; y < size; y++) {
    const row = (cellOf[y] ?? 0) * CELLS;
    for (let x = 0; x < size; x++, i += 3) {
      const cell = row + (cellOf[x] ?? 0);
      const difference = Math.abs((real.data[i] ?? 0) - (forged.data[i] ?? 0)) + Math.abs((real.data[i + 1] ?? 0) - (forged.data[i + 1] ?? 0)) + Math.abs((real.data[i + 2] ?? 0) - (forged.data[i + 2] ?? 0));
      sums[cell] = (sums[cell] ?? 0) + difference / 3;
      counts[cell] = (counts[cell] ?? 0) + 1;
      covered[cell] = (covered[cell] ?? 0) + (opacity[y * size + x] ?? 0);
    }
  }
  const values = sums.map((sum, cell) => {
    const count = Math.max(1, counts[cell] ?? 0);
    return (covered[cell] ?? 0) < COVERED * count ? 0 : Math.min(1, Math.max(0, (sum / count - UNCHANGED) / (CHANGED - UNCHANGED)));
  });
  const mask = new Float32Array(size * size);
  for (let y = 0, pixel = 0; y < size; y++) for (let x = 0; x < size; x++, pixel++) mask[pixel] = values[(cellOf[y] ?? 0) * CELLS + (cellOf[x] ?? 0)] ?? 0;
  return mask;
}

/** The mean of a mask: how much was forged. */
export function meanOf(mask: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < mask.length; i++) sum += mask[i] ?? 0;
  return sum / mask.length;
}

/** Mean absolute difference of the first crops, grey levels. */
export function meanDifference({ real, forged }: Pick<Pair, 'real' | 'forged'>): number {
  const [a, b] = [real[0]?.data, forged[0]?.data];
  if (a === undefined || b === undefined) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}

/** The examples of pairs, real and forged in turn. */
export function examplesOf(pairs: readonly Pair[]): readonly Example[] {
  return pairs.flatMap(({ real, forged, mask, source, method }, pair): Example[] => [
    { crops: real, label: 0, source, pair, mask: new Float32Array(mask.length) },
    { crops: forged, label: 1, source, pair, mask, method },
  ]);
}
