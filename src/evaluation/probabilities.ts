/** Metrics of scores that claim to be probabilities. Pure. */
import type { Ranking } from './ranking.js';

/** Items whose probability falls into one bin: (`from`, `to`], the first with its lower end. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  /** Items, or the sum of their weights. */
  readonly count: number;
  /** What the scores claim, and what is so; null for an empty bin. */
  readonly meanProbability: number | null;
  readonly forgedShare: number | null;
}

const weightAt = (weights: ArrayLike<number> | undefined, item: number): number => (weights === undefined ? 1 : Number(weights[item]));

/** Share of items on the right side of `threshold` (forged at or above it); null when there is none. */
export function accuracyOf({ labels, scores }: Ranking, threshold: number, weights?: ArrayLike<number>): number | null {
  let right = 0;
  let all = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = weightAt(weights, i);
    all += weight;
    if (Number(scores[i]) >= threshold === (labels[i] === 1)) right += weight;
  }
  return all === 0 ? null : right / all;
}

/** Mean −ln of the probability given to what is so, each clamped to [2^−52, 1 − 2^−52]; null when there is no item. */
export function logLossOf({ labels, scores }: Ranking, weights?: ArrayLike<number>): number | null {
  let sum = 0;
  let all = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = weightAt(weights, i);
    if (weight === 0) continue;
    const p = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, Number(scores[i])));
    all += weight;
    sum -= weight * Math.log(labels[i] === 1 ? p : 1 - p);
  }
  return all === 0 ? null : sum / all;
}

/** Bins of equal width over 0 to 1. */
export function reliabilityBinsOf({ labels, scores }: Ranking, bins: number, weights?: ArrayLike<number>): readonly ReliabilityBin[] {
  const counts = new Float64Array(bins);
  const claimed = new Float64Array(bins);
  const forged = new Float64Array(bins);
  const step = 1 / bins;
  for (let i = 0; i < scores.length; i++) {
    const p = Number(scores[i]);
    let bin = Math.min(bins - 1, Math.max(0, Math.floor(p * bins)));
    // An edge belongs to the bin below it; a product may fall to either side of it by its last digit.
    while (bin > 0 && p <= bin * step) bin--;
    while (bin < bins - 1 && p > (bin + 1) * step) bin++;
    const weight = weightAt(weights, i);
    counts[bin] = Number(counts[bin]) + weight;
    claimed[bin] = Number(claimed[bin]) + weight * p;
    if (labels[i] === 1) forged[bin] = Number(forged[bin]) + weight;
  }
  return Array.from(counts, (count, bin) => ({
    from: bin * step,
    to: bin + 1 === bins ? 1 : (bin + 1) * step,
    count,
    meanProbability: count === 0 ? null : Number(claimed[bin]) / count,
    forgedShare: count === 0 ? null : Number(forged[bin]) / count,
  }));
}

/** Expected calibration error: the mean distance of claim and truth over bins, by their counts (Naeini et al. 2015); null when there is no item. */
export function calibrationErrorOf(ranking: Ranking, bins: number, weights?: ArrayLike<number>): number | null {
  let sum = 0;
  let all = 0;
  for (const { count, meanProbability, forgedShare } of reliabilityBinsOf(ranking, bins, weights)) {
    all += count;
    sum += count * Math.abs((meanProbability ?? 0) - (forgedShare ?? 0));
  }
  return all === 0 ? null : sum / all;
}
