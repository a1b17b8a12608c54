/**
 * Hard cuts from two small luma pictures. The measure is one minus the zero-mean normalised cross-correlation (Lewis,
 * "Fast Normalized Cross-Correlation", 1995), so that a change of brightness or contrast, such as a flash or an exposure
 * that settles, counts for nothing; the best of a few small shifts is taken, so that a pan does not count either.
 */
import { FramewitnessError } from '../domain/errors.js';

/** Columns and rows of a luma signature. */
export const SIGNATURE_WIDTH = 16;
export const SIGNATURE_HEIGHT = 9;

/** A pan may move the picture by this many cells between two sampled frames: one picture width a second at 8 a second. */
const MAX_SHIFT_X = 2;
const MAX_SHIFT_Y = 1;

/** Below this standard deviation, in grey levels, a signature is black, white or fog: it has no structure to compare. */
const MIN_CONTRAST = 3;
/** Below this mean absolute difference, in grey levels, two signatures are the same picture, whatever their structure. */
const MIN_DIFFERENCE = 4;

/** True when the signature shows any structure; a black or burnt-out frame shows none and says nothing about cuts. */
export function hasStructure(signature: Uint8Array): boolean {
  return momentsOf(assertSignature(signature), signature, 0, 0).contrastA >= MIN_CONTRAST;
}

/**
 * How little two signatures have in common: 0 the same scene, about 1 unrelated scenes, at most 2.
 *
 * @param before - 16 × 9 luma values, row by row, with structure ({@link hasStructure})
 * @param after - the same of a later frame
 */
export function dissimilarity(before: Uint8Array, after: Uint8Array): number {
  assertSignature(before);
  assertSignature(after);
  let best = -1;
  for (let dy = -MAX_SHIFT_Y; dy <= MAX_SHIFT_Y; dy++) {
    for (let dx = -MAX_SHIFT_X; dx <= MAX_SHIFT_X; dx++) best = Math.max(best, momentsOf(before, after, dx, dy).correlation);
  }
  return 1 - best;
}

/** Whether a hard cut lies between two frames; `threshold` is a {@link dissimilarity}. */
export function isHardCut(before: Uint8Array, after: Uint8Array, threshold: number): boolean {
  return meanAbsoluteDifference(before, after) >= MIN_DIFFERENCE && dissimilarity(before, after) > threshold;
}

function meanAbsoluteDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}

/** Contrast of `a` and correlation of the two where `b`, moved by (dx, dy) cells, overlaps `a`. */
function momentsOf(a: Uint8Array, b: Uint8Array, dx: number, dy: number): { contrastA: number; correlation: number } {
  let n = 0;
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let y = Math.max(0, -dy); y < Math.min(SIGNATURE_HEIGHT, SIGNATURE_HEIGHT - dy); y++) {
    for (let x = Math.max(0, -dx); x < Math.min(SIGNATURE_WIDTH, SIGNATURE_WIDTH - dx); x++) {
      const p = a[y * SIGNATURE_WIDTH + x] ?? 0;
      const q = b[(y + dy) * SIGNATURE_WIDTH + x + dx] ?? 0;
      n++;
      sumA += p;
      sumB += q;
      sumAA += p * p;
      sumBB += q * q;
      sumAB += p * q;
    }
  }
  // Integers up to here, so the sums are exact and their order does not matter.
  const varianceA = (n * sumAA - sumA * sumA) / (n * n);
  const varianceB = (n * sumBB - sumB * sumB) / (n * n);
  const covariance = (n * sumAB - sumA * sumB) / (n * n);
  const scale = Math.sqrt(varianceA * varianceB);
  return { contrastA: Math.sqrt(varianceA), correlation: scale > 0 ? covariance / scale : 0 };
}

function assertSignature(signature: Uint8Array): Uint8Array {
  if (signature.length !== SIGNATURE_WIDTH * SIGNATURE_HEIGHT) {
    throw new FramewitnessError('FW_INTERNAL', `A luma signature has ${signature.length} bytes instead of ${SIGNATURE_WIDTH * SIGNATURE_HEIGHT}`);
  }
  return signature;
}
