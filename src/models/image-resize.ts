/** Resizing of face crops to a network's input. */
import type { RgbImage } from '../domain/media.js';

interface Taps {
  /** First source index of each target index. */
  readonly first: Int32Array;
  /** Weights of each target index, `width` apart. */
  readonly weights: Float64Array;
  readonly width: number;
}

/** Triangle filter, as wide as one target pixel where the image shrinks (antialias), as one source pixel where it grows. */
function triangleTaps(from: number, to: number): Taps {
  const scale = from / to;
  const support = Math.max(1, scale);
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const weights = new Float64Array(to * width);
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - support));
    const end = Math.min(from, Math.ceil(centre + support));
    first[target] = start;
    let total = 0;
    for (let source = start; source < end; source++) total += Math.max(0, 1 - Math.abs(source + 0.5 - centre) / support);
    for (let source = start; source < end; source++) {
      weights[target * width + source - start] = Math.max(0, 1 - Math.abs(source + 0.5 - centre) / support) / total;
    }
  }
  return { first, weights, width };
}

/**
 * Bilinear resize with antialias: a triangle filter over pixel areas, rows then columns, in double precision, rounded to
 * 8 bits once (the networks were trained on 8-bit crops).
 *
 * @param size - side of the result in pixels; the same size gives the image itself
 */
export function resizeRgb(image: RgbImage, size: number): RgbImage {
  if (image.size === size) return image;
  const { first, weights, width } = triangleTaps(image.size, size);
  const from = image.size;
  const rows = new Float64Array(from * size * 3);
  for (let y = 0; y < from; y++) {
    for (let x = 0; x < size; x++) {
      for (let tap = 0; tap < width; tap++) {
        const weight = weights[x * width + tap] ?? 0;
        if (weight === 0) continue;
        const source = (y * from + (first[x] ?? 0) + tap) * 3;
        const target = (y * size + x) * 3;
        for (let channel = 0; channel < 3; channel++) rows[target + channel] = (rows[target + channel] ?? 0) + weight * (image.data[source + channel] ?? 0);
      }
    }
  }
  const data = new Uint8Array(size * size * 3);
  const line = new Float64Array(size * 3);
  for (let y = 0; y < size; y++) {
    line.fill(0);
    for (let tap = 0; tap < width; tap++) {
      const weight = weights[y * width + tap] ?? 0;
      if (weight === 0) continue;
      const source = ((first[y] ?? 0) + tap) * size * 3;
      for (let i = 0; i < line.length; i++) line[i] = (line[i] ?? 0) + weight * (rows[source + i] ?? 0);
    }
    for (let i = 0; i < line.length; i++) data[y * size * 3 + i] = Math.min(255, Math.floor((line[i] ?? 0) + 0.5));
  }
  return { size, data };
}
