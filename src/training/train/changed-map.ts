/** Where the forged of a pair differs from the real one: what a localiser is taught, and how coarse a forgery is. */
import { FramewitnessError } from '../../domain/errors.js';
import type { RgbImage } from '../../domain/media.js';
import type { Example } from '../examples.js';

/** Differences up to this many grey levels are the codec's. */
const UNCHANGED = 1.5;
/** From here on a place counts as changed. */
const CHANGED = 6;
/** Places along a side on which the strength of a forgery is measured. */
const STRENGTH_GRID = 16;
/** A border that changed more than this says that the two had different pictures to start from. */
const BORDER = 0.4;

/**
 * Mean difference of the colours in each cell of a grid, 0 (a codec's) to 1 (clearly changed), row by row.
 *
 * @param side - cells along a side; divides the crops' side
 */
export function changedMap(real: RgbImage, forged: RgbImage, side: number): Float32Array {
  const cell = Math.floor(real.size / side);
  const sums = new Float32Array(side * side);
  for (let y = 0; y < side * cell; y++) {
    const row = Math.floor(y / cell) * side;
    for (let x = 0; x < side * cell; x++) {
      const at = 3 * (y * real.size + x);
      const index = row + Math.floor(x / cell);
      let difference = 0;
      for (let c = at; c < at + 3; c++) difference += Math.abs((real.data[c] ?? 0) - (forged.data[c] ?? 0));
      sums[index] = (sums[index] ?? 0) + difference;
    }
  }
  return sums.map((sum) => Math.min(1, Math.max(0, (sum / (3 * cell * cell) - UNCHANGED) / (CHANGED - UNCHANGED))));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * How strong a forgery is: the mean of its map, 0 to 1; 0 where the border changed too, because the two then had different
 * pictures to start from, which says nothing about forgery.
 */
export function forgeryStrength(real: RgbImage, forged: RgbImage): number {
  const side = Math.min(STRENGTH_GRID, real.size);
  const map = [...changedMap(real, forged, side)];
  const border = map.filter((_, i) => i < side || i % side === 0 || i % side === side - 1);
  return mean(border) < BORDER ? mean(map) : 0;
}

/**
 * How strong the forgery of a pair is, by the mask that came with it, else by {@link forgeryStrength}: of a forgery that changes the
 * whole picture a mask says so, and differences do not.
 */
export function strengthOfPair(real: Example, forged: Example): number {
  if (forged.mask !== undefined) return mean([...forged.mask]);
  const [before, after] = [real.crops[0], forged.crops[0]];
  if (before === undefined || after === undefined) throw new FramewitnessError('FW_TRAINING_DATA', 'an example has no crop');
  return forgeryStrength(before, after);
}

/** The other example of each one's pair; undefined where there is none. */
export function counterparts(examples: readonly Example[]): readonly (Example | undefined)[] {
  const byPair = new Map<number, Example[]>();
  for (const example of examples) if (example.pair !== undefined) byPair.set(example.pair, [...(byPair.get(example.pair) ?? []), example]);
  return examples.map((example) => (example.pair === undefined ? undefined : byPair.get(example.pair)?.find((other) => other !== example)));
}
