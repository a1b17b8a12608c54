/**
 * The metrics of the field, with ties right. Labels are 1 for forged and 0 for real; a higher score means more likely forged.
 * A metric that has no value (no item, or a class is missing) is null. All throw FW_INTERNAL for scores that are not finite.
 */
import type { Metric } from './bootstrap.js';
import { sampleOf } from './bootstrap.js';
import { areaUnderRoc, averagePrecisionOf, equalErrorRateOf, rocPointsOf, truePositiveRateAt, type RocPoint } from './curves.js';
import { accuracyOf, calibrationErrorOf, logLossOf, reliabilityBinsOf, type ReliabilityBin } from './probabilities.js';
import { rank } from './ranking.js';

export { bootstrapInterval, bootstrapIntervals, type BootstrapOptions, type Interval, type Metric, type WeightedSample } from './bootstrap.js';

/** Bins of {@link calibrationError} and {@link reliabilityBins}. */
export const RELIABILITY_BINS = 10;

/** The metrics as functions of a weighted sample: what {@link bootstrapIntervals} takes. Accuracy is at 0.5. */
export const METRICS = {
  auc: ({ counts }) => areaUnderRoc(counts),
  averagePrecision: ({ counts }) => averagePrecisionOf(counts),
  equalErrorRate: ({ counts }) => equalErrorRateOf(counts),
  tprAtFpr1Percent: ({ counts }) => truePositiveRateAt(counts, 0.01),
  tprAtFpr01Percent: ({ counts }) => truePositiveRateAt(counts, 0.001),
  accuracy: ({ ranking, weights }) => accuracyOf(ranking, 0.5, weights),
  logLoss: ({ ranking, weights }) => logLossOf(ranking, weights),
  calibrationError: ({ ranking, weights }) => calibrationErrorOf(ranking, RELIABILITY_BINS, weights),
} as const satisfies Readonly<Record<string, Metric>>;
/** A key of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;

type Numbers = ArrayLike<number>;

/** Area under the ROC curve, 0 to 1; equal scores count half. */
export function rocAuc(labels: Numbers, scores: Numbers): number | null {
  return METRICS.auc(sampleOf(labels, scores));
}

/** Average precision with forged as the class that is looked for, 0 to 1. */
export function averagePrecision(labels: Numbers, scores: Numbers): number | null {
  return METRICS.averagePrecision(sampleOf(labels, scores));
}

/** The rate at which real items called forged and forged ones missed are equally frequent, 0 to 1. */
export function equalErrorRate(labels: Numbers, scores: Numbers): number | null {
  return METRICS.equalErrorRate(sampleOf(labels, scores));
}

/** The highest share of forged items found at a false-positive rate of `fpr` (0 to 1) or less. */
export function tprAtFpr(labels: Numbers, scores: Numbers, fpr: number): number | null {
  return truePositiveRateAt(sampleOf(labels, scores).counts, fpr);
}

/** Points of the ROC curve, one a distinct score, from (0, 0) to (1, 1). */
export function rocPoints(labels: Numbers, scores: Numbers): readonly RocPoint[] | null {
  return rocPointsOf(sampleOf(labels, scores).counts);
}

/** Share of items on the right side of a threshold; forged at or above it. */
export function accuracy(labels: Numbers, scores: Numbers, threshold = 0.5): number | null {
  return accuracyOf(rank(labels, scores), threshold);
}

/** Mean −ln of the probability given to what is so (natural logarithm). @param probabilities - 0 to 1, clamped to [2^−52, 1 − 2^−52] */
export function logLoss(labels: Numbers, probabilities: Numbers): number | null {
  return logLossOf(rank(labels, probabilities));
}

/** Expected calibration error over bins of equal width, 0 to 1. */
export function calibrationError(labels: Numbers, probabilities: Numbers, bins = RELIABILITY_BINS): number | null {
  return calibrationErrorOf(rank(labels, probabilities), bins);
}

/** What is claimed against what is so, in bins of equal width over 0 to 1. */
export function reliabilityBins(labels: Numbers, probabilities: Numbers, bins = RELIABILITY_BINS): readonly ReliabilityBin[] {
  return reliabilityBinsOf(rank(labels, probabilities), bins);
}
