/**
 * The sampling grid (DESIGN section 2): analysed frames are the first at or after each k / framesPerSecond of stream time.
 * Pure arithmetic on integer microseconds; the rate is taken as a rational with six decimals, so nothing depends on
 * floating-point rounding.
 */

/**
 * How far before a grid point a frame may lie and still count as having reached it, microseconds. One millisecond because
 * containers such as Matroska and FLV round times to milliseconds; two more because a segment's start and a frame's offset
 * are each rounded to a microsecond. (Not 1000 exactly: on a millisecond time base frames do lie 1000 µs early, and one
 * microsecond of rounding must not decide about them.)
 */
export const GRID_TOLERANCE_MICROS = 1002;

const RATE_DECIMALS = 1_000_000;

/**
 * Number of the last grid point that a frame at `ptsMicros` has reached: the largest k with
 * `k / framesPerSecond <= ptsMicros + GRID_TOLERANCE_MICROS`.
 *
 * @param ptsMicros - stream time, integer microseconds (negative times give negative k)
 * @param framesPerSecond - grid rate, above 0; six decimals count
 * @throws RangeError when `ptsMicros` is not a safe integer or the rate is not positive
 */
export function gridIndexOf(ptsMicros: number, framesPerSecond: number): number {
  if (!Number.isSafeInteger(ptsMicros)) throw new RangeError(`ptsMicros must be a safe integer, got ${ptsMicros}`);
  const rate = Math.round(framesPerSecond * RATE_DECIMALS);
  if (!Number.isSafeInteger(rate) || rate <= 0) throw new RangeError(`framesPerSecond must be above 0, got ${framesPerSecond}`);
  const numerator = BigInt(ptsMicros + GRID_TOLERANCE_MICROS) * BigInt(rate);
  const denominator = BigInt(RATE_DECIMALS) * 1_000_000n;
  const truncated = numerator / denominator;
  return Number(numerator < 0n && truncated * denominator !== numerator ? truncated - 1n : truncated);
}

/**
 * Whether a frame is the first at or after some grid point, given the frame before it in order of media time.
 *
 * @param previousMicros - stream time of the frame before, or undefined for the first frame of the stream (always on the grid)
 * @param ptsMicros - stream time of the frame
 * @param framesPerSecond - grid rate
 */
export function isFirstOnGrid(previousMicros: number | undefined, ptsMicros: number, framesPerSecond: number): boolean {
  if (previousMicros === undefined) return true;
  return gridIndexOf(ptsMicros, framesPerSecond) > gridIndexOf(previousMicros, framesPerSecond);
}
