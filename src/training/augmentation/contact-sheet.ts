/** Examples side by side, to be looked at: real, forged, mask and difference, a pair a column, or a clip a row. */
import sharp from 'sharp';
import type { RgbImage } from '../../domain/media.js';
import type { Example } from '../example.js';
import type { Picture } from './pixels/picture.js';

/** Differences are shown so many times as large. */
export const DIFFERENCE_GAIN = 6;

/** One column of a sheet of stills, or one block of a sheet of clips. */
export interface SheetEntry {
  readonly real: Example | undefined;
  readonly forged: Example | undefined;
  /** Whether the two are of one draw. */
  readonly related: boolean;
}

/** The two of each pair; of examples without a partner, a real and a forged one side by side. */
export function sheetEntries(examples: readonly Example[]): readonly SheetEntry[] {
  const pairs = new Map<number, Example[]>();
  for (const example of examples) if (example.pair !== undefined) pairs.set(example.pair, [...(pairs.get(example.pair) ?? []), example]);
  const paired = [...pairs.values()].map((pair): SheetEntry => ({ real: pair[0], forged: pair[1], related: true }));
  const single = examples.filter(({ pair }) => pair === undefined);
  const [reals, forgeds] = [single.filter(({ label }) => label === 0), single.filter(({ label }) => label === 1)];
  return [...paired, ...Array.from({ length: Math.max(reals.length, forgeds.length) }, (_, i): SheetEntry => ({ real: reals[i], forged: forgeds[i], related: false }))];
}

/** Difference of two crops, enlarged; black where one is missing. */
function difference(a: RgbImage | undefined, b: RgbImage | undefined): RgbImage | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { size: a.size, data: a.data.map((value, i) => Math.min(255, DIFFERENCE_GAIN * Math.abs(value - (b.data[i] ?? 0)))) };
}

function greyOf(mask: Float32Array | undefined, size: number): RgbImage | undefined {
  return mask === undefined ? undefined : { size, data: Uint8Array.from({ length: size * size * 3 }, (_, i) => Math.round((mask[Math.floor(i / 3)] ?? 0) * 255)) };
}

function assembled(rows: readonly (readonly (RgbImage | undefined)[])[], size: number, gap: number): Picture {
  const columns = Math.max(...rows.map((row) => row.length));
  const [width, height] = [columns * (size + gap) + gap, rows.length * (size + gap) + gap];
  const data = new Uint8Array(width * height * 3).fill(40);
  rows.forEach((row, y) => {
    row.forEach((image, x) => {
      if (image === undefined) return;
      for (let line = 0; line < size; line++) data.set(image.data.subarray(line * size * 3, (line + 1) * size * 3), (((gap + y * (size + gap) + line) * width) + gap + x * (size + gap)) * 3);
    });
  });
  return { width, height, data };
}

/**
 * The sheet: of stills, four rows (real, forged, mask, difference) a band of `columns` pairs; of clips, three rows (real, forged,
 * difference) a clip. Rows in which nothing is are left out.
 */
export function contactSheet(entries: readonly SheetEntry[], columns: number): Picture {
  const first = entries[0]?.real ?? entries[0]?.forged;
  const size = first?.crops[0]?.size ?? 1;
  const rows: (RgbImage | undefined)[][] = [];
  if ((first?.crops.length ?? 1) > 1) {
    for (const { real, forged, related } of entries) {
      const steps = Array.from({ length: first?.crops.length ?? 0 }, (_, i) => i);
      rows.push(steps.map((i) => real?.crops[i]), steps.map((i) => forged?.crops[i]), steps.map((i) => (related ? difference(real?.crops[i], forged?.crops[i]) : undefined)));
    }
  } else {
    for (let start = 0; start < entries.length; start += columns) {
      const band = entries.slice(start, start + columns);
      rows.push(
        band.map(({ real }) => real?.crops[0]),
        band.map(({ forged }) => forged?.crops[0]),
        band.map(({ forged, real }) => greyOf((forged ?? real)?.mask, size)),
        band.map(({ real, forged, related }) => (related ? difference(real?.crops[0], forged?.crops[0]) : undefined)),
      );
    }
  }
  return assembled(rows.filter((row) => row.some((image) => image !== undefined)), size, 2);
}

/** A picture as a PNG file's bytes. */
export async function pngOf({ width, height, data }: Picture): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer();
}
