/** Scores in falling order, equal ones together: what every metric that goes by thresholds is read from. */
import { FramewitnessError } from '../domain/errors.js';

/** Labels and scores by falling score. */
export interface Ranking {
  /** Index of the item in what was given. */
  readonly order: Uint32Array;
  /** 1 = forged, 0 = real. */
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
  /** End (exclusive) of each run of equal scores. A threshold cannot fall inside one. */
  readonly ends: Uint32Array;
}

/** What is counted when the threshold falls to the score of each run of equal ones. */
export interface Counts {
  /** Scores, falling. */
  readonly thresholds: Float64Array;
  /** Forged items at or above the threshold. */
  readonly truePositives: Float64Array;
  /** Real items at or above the threshold. */
  readonly falsePositives: Float64Array;
  readonly forged: number;
  readonly real: number;
}

/**
 * Ranks scores.
 *
 * @param labels - 1 for forged, 0 for real
 * @param scores - any finite numbers; higher means more likely forged
 * @throws FramewitnessError FW_INTERNAL when lengths differ, a label is not 0 or 1, or a score is not finite
 */
export function rank(labels: ArrayLike<number>, scores: ArrayLike<number>): Ranking {
  const size = scores.length;
  if (labels.length !== size) throw new FramewitnessError('FW_INTERNAL', `There are ${labels.length} labels and ${size} scores.`);
  for (let i = 0; i < size; i++) {
    if (labels[i] !== 0 && labels[i] !== 1) throw new FramewitnessError('FW_INTERNAL', `Label ${i} is ${String(labels[i])}, not 0 or 1.`);
    if (!Number.isFinite(scores[i])) throw new FramewitnessError('FW_INTERNAL', `Score ${i} is ${String(scores[i])}, not a finite number.`);
  }
  const order = Uint32Array.from({ length: size }, (_, i) => i).sort((a, b) => Number(scores[b]) - Number(scores[a]) || a - b);
  const sorted = Float64Array.from(order, (i) => Number(scores[i]));
  const ends: number[] = [];
  for (let i = 0; i < size; i++) if (i + 1 === size || sorted[i] !== sorted[i + 1]) ends.push(i + 1);
  return { order, labels: Uint8Array.from(order, (i) => Number(labels[i])), scores: sorted, ends: Uint32Array.from(ends) };
}

/** Counts at each threshold. @param weights - of each item in the order of the ranking; default 1 each */
export function countsOf({ labels, scores, ends }: Ranking, weights?: ArrayLike<number>): Counts {
  const runs = ends.length;
  const counts = { thresholds: new Float64Array(runs), truePositives: new Float64Array(runs), falsePositives: new Float64Array(runs) };
  let forged = 0;
  let real = 0;
  let item = 0;
  for (let run = 0; run < runs; run++) {
    const end = Number(ends[run]);
    for (; item < end; item++) {
      const weight = weights === undefined ? 1 : Number(weights[item]);
      if (labels[item] === 1) forged += weight;
      else real += weight;
    }
    counts.thresholds[run] = Number(scores[end - 1]);
    counts.truePositives[run] = forged;
    counts.falsePositives[run] = real;
  }
  return { ...counts, forged, real };
}
