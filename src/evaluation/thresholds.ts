/** Operating thresholds for stated error rates, and how sure the rates are. Pure. */
import type { Interval } from './bootstrap.js';

/** What thresholds are chosen for: shares, 0 to 1. */
export interface ThresholdGoals {
  /** Of real segments called forged, at most. */
  readonly falsePositiveRate: number;
  /** Of forged segments called authentic, at most. */
  readonly missRate: number;
}

/** Scores have 4 decimals: the next one. */
const STEP = 1e-4;
const FLAT = 0.5;
/** Least room between the two, where the classes are so far apart that they would meet. */
const LEAST_BAND = 0.01;

const fourDecimals = (value: number): number => Math.round(value * 1e4) / 1e4;

/**
 * Thresholds at which the rates on these scores are not above the goals: `forgedAt` as low as that allows, `authenticAt` as high;
 * neither beyond 0.5. Without scores of a class, its threshold is as strict as can be.
 *
 * @param real - probabilities of real segments, 4 decimals; `forged` alike
 */
export function chooseThresholds(real: readonly number[], forged: readonly number[], { falsePositiveRate, missRate }: ThresholdGoals): { readonly forgedAt: number; readonly authenticAt: number } {
  const falling = [...real].sort((a, b) => b - a);
  const rising = [...forged].sort((a, b) => a - b);
  // So many may be on the wrong side; the next one must not be.
  const highest = real.length === 0 ? 1 : falling[Math.floor(falsePositiveRate * real.length)];
  const lowest = forged.length === 0 ? 0 : rising[Math.floor(missRate * forged.length)];
  const forgedAt = fourDecimals(Math.min(1, Math.max(FLAT, (highest ?? 0) + STEP)));
  const authenticAt = fourDecimals(Math.max(0, Math.min(FLAT, (lowest ?? 1) - STEP, forgedAt - LEAST_BAND)));
  return { forgedAt, authenticAt };
}

/** ln of the binomial coefficients n over 0 to n. */
function logChoices(n: number): Float64Array {
  const logs = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) logs[k] = Number(logs[k - 1]) + Math.log((n - k + 1) / k);
  return logs;
}

/**
 * Exact 95 % interval of a share (Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
 * binomial", 1934): it says something where none of few was wrong, which a bootstrap does not.
 *
 * @returns null when `of` is 0
 */
export function exactInterval(count: number, of: number): Interval | null {
  if (of === 0) return null;
  const choices = logChoices(of);
  const atMost = (k: number, p: number): number => {
    let sum = 0;
    for (let i = 0; i <= k; i++) sum += Math.exp(Number(choices[i]) + i * Math.log(p) + (of - i) * Math.log1p(-p));
    return sum;
  };
  const solve = (k: number, tail: number): number => {
    let [low, high] = [0, 1];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (atMost(k, middle) > tail) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  return [count === 0 ? 0 : solve(count - 1, 0.975), count === of ? 1 : solve(count, 0.025)];
}
