/** Metrics of counts at every threshold. Pure. Each is null where a class is missing: it has no value then, not a neutral one. */
import type { Counts } from './ranking.js';

/** A point of the receiver operating characteristic: rates when everything at or above `threshold` is called forged. */
export interface RocPoint {
  /** Infinity for the first point, at which nothing is called forged. */
  readonly threshold: number;
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

const at = (values: Float64Array, index: number): number => (index < 0 ? 0 : (values[index] ?? 0));

/**
 * Area under the ROC curve by trapezoids: the probability that a forged item scores above a real one, an equal score
 * counting half (Hanley and McNeil, "The meaning and use of the area under a ROC curve", 1982).
 */
export function areaUnderRoc({ truePositives, falsePositives, forged, real }: Counts): number | null {
  if (forged === 0 || real === 0) return null;
  let area = 0;
  for (let k = 0; k < truePositives.length; k++) {
    const width = at(falsePositives, k) - at(falsePositives, k - 1);
    area += (width * (at(truePositives, k) + at(truePositives, k - 1))) / 2;
  }
  return area / (forged * real);
}

/** Average precision: Σ (recall_k − recall_{k−1}) · precision_k, without interpolation, forged being the class that is looked for. */
export function averagePrecisionOf({ truePositives, falsePositives, forged, real }: Counts): number | null {
  if (forged === 0 || real === 0) return null;
  let sum = 0;
  for (let k = 0; k < truePositives.length; k++) {
    const gained = at(truePositives, k) - at(truePositives, k - 1);
    if (gained > 0) sum += (gained * at(truePositives, k)) / (at(truePositives, k) + at(falsePositives, k));
  }
  return sum / forged;
}

/** Equal error rate: where the false-positive rate equals the false-negative rate, on straight lines between the points. */
export function equalErrorRateOf({ truePositives, falsePositives, forged, real }: Counts): number | null {
  if (forged === 0 || real === 0) return null;
  let falsePositiveRate = 0;
  let excess = 1;
  for (let k = 0; k < truePositives.length; k++) {
    const next = at(falsePositives, k) / real;
    const nextExcess = 1 - at(truePositives, k) / forged - next;
    if (nextExcess <= 0) return falsePositiveRate + ((next - falsePositiveRate) * excess) / (excess - nextExcess);
    falsePositiveRate = next;
    excess = nextExcess;
  }
  return falsePositiveRate;
}

/** The highest true-positive rate of any threshold whose false-positive rate is `rate` or less; nothing is interpolated. */
export function truePositiveRateAt({ truePositives, falsePositives, forged, real }: Counts, rate: number): number | null {
  if (forged === 0 || real === 0) return null;
  let best = 0;
  for (let k = 0; k < truePositives.length && at(falsePositives, k) / real <= rate; k++) best = at(truePositives, k) / forged;
  return best;
}

/** All points, from (0, 0) to (1, 1); null where a class is missing. */
export function rocPointsOf({ thresholds, truePositives, falsePositives, forged, real }: Counts): readonly RocPoint[] | null {
  if (forged === 0 || real === 0) return null;
  const points = Array.from(thresholds, (threshold, k) => ({ threshold, falsePositiveRate: at(falsePositives, k) / real, truePositiveRate: at(truePositives, k) / forged }));
  return [{ threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0 }, ...points];
}
