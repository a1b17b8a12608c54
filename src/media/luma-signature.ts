/** A 16 × 9 picture of the upright frame's luma, for hard-cut detection. */
import type { DecodedFrame } from '../domain/media.js';
import { planeWalk } from './plane-walk.js';

/** Columns and rows of a signature. */
export const SIGNATURE_WIDTH = 16;
export const SIGNATURE_HEIGHT = 9;
/** Samples a cell along each axis: enough for a mean that noise does not move. */
const TAPS = 8;

/** Means of a thinned-out grid of luma samples in each of 16 × 9 equal cells, row by row, as stored (not widened). */
export function lumaSignature(frame: DecodedFrame): Uint8Array {
  const walk = planeWalk(frame, 0);
  const luma = frame.planes[0];
  const signature = new Uint8Array(SIGNATURE_WIDTH * SIGNATURE_HEIGHT);
  const columns = Int32Array.from({ length: SIGNATURE_WIDTH * TAPS }, (_, i) => Math.floor(((i + 0.5) * walk.width) / (SIGNATURE_WIDTH * TAPS)) * walk.stepX);
  for (let row = 0; row < SIGNATURE_HEIGHT; row++) {
    const sums = new Float64Array(SIGNATURE_WIDTH);
    for (let tap = 0; tap < TAPS; tap++) {
      const line = walk.origin + Math.floor(((row * TAPS + tap + 0.5) * walk.height) / (SIGNATURE_HEIGHT * TAPS)) * walk.stepY;
      columns.forEach((column, i) => {
        const cell = Math.floor(i / TAPS);
        sums[cell] = (sums[cell] ?? 0) + (luma[line + column] ?? 0);
      });
    }
    sums.forEach((sum, column) => {
      signature[row * SIGNATURE_WIDTH + column] = Math.round(sum / (TAPS * TAPS));
    });
  }
  return signature;
}
