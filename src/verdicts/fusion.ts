/**
 * Fusion: scores of one track to one probability. Log-odds averaging (a weighted product of experts: Hinton, "Training
 * products of experts by minimizing contrastive divergence", 2002, section 1) with Platt scaling at the end (Platt,
 * "Probabilistic outputs for support vector machines", 1999). Pure. What is said of a fused probability: `decide.ts`.
 */
import { FramewitnessError } from '../domain/errors.js';

/** Probabilities are clamped to [FLOOR, 1 - FLOOR] before their log-odds are taken, so that one score cannot be infinite. */
const FLOOR = 1e-4;

/**
 * A probability at the precision of the record: 4 decimals. Scores are rounded *before* they are fused, so that whoever
 * holds a record can compute its fused probability again, bit for bit.
 *
 * @throws FramewitnessError FW_MODEL_FAILED when `p` is not a number from 0 to 1: such a score is a failure, not an opinion
 */
export function roundProbability(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new FramewitnessError('FW_MODEL_FAILED', `A score is ${p}, not a probability.`);
  return Math.round(p * 1e4) / 1e4;
}

/** Log-odds of a probability, clamped: -9.21 to 9.21. */
export function logit(p: number): number {
  const clamped = Math.min(1 - FLOOR, Math.max(FLOOR, p));
  return Math.log(clamped / (1 - clamped));
}

/** The probability with these log-odds. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Scores by model name: probabilities from 0 to 1. */
export type ScoresByModel = Readonly<Partial<Record<string, readonly number[]>>>;

/** What {@link fuseTrack} fuses. */
export interface FusionInput {
  /** One score a face, by model: of a frame network, or of the frame head of a dual-level network. */
  readonly frameScores: ScoresByModel;
  /** One score a clip, by model. */
  readonly clipScores: ScoresByModel;
  /** Weight of each model, 0 or more. A model that scores must have one. */
  readonly weights: Readonly<Partial<Record<string, number>>>;
  /** Platt scaling of the fused log-odds: `sigmoid(scale * logit + offset)`. */
  readonly calibration: { readonly scale: number; readonly offset: number };
}

/** One model's part in a fused probability. */
export interface ModelContribution {
  readonly model: string;
  readonly weight: number;
  /** Mean log-odds of its frame scores and of its clip scores; null where it has none. */
  readonly frameLogit: number | null;
  readonly clipLogit: number | null;
  /** What is fused: the mean of the two, or the one there is. */
  readonly logit: number;
}

/** A fused probability and how it came about. */
export interface FusedTrack {
  /** Calibrated, 4 decimals; null when no model with a weight above 0 has a score. */
  readonly probability: number | null;
  /** Models with scores, by name. */
  readonly models: readonly ModelContribution[];
  /** What the frame scores alone, and the clip scores alone, would give (4 decimals), and how far apart they are. */
  readonly levels: { readonly frame: number | null; readonly clip: number | null; readonly difference: number | null };
}

function meanLogit(scores: readonly number[] | undefined): number | null {
  if (scores === undefined || scores.length === 0) return null;
  return scores.reduce((sum, p) => sum + logit(roundProbability(p)), 0) / scores.length;
}

/** Plain code-unit order, which no locale changes: sums are taken in it, so that key order cannot change a last digit. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function weighted(terms: readonly { readonly weight: number; readonly value: number }[]): number | null {
  const total = terms.reduce((sum, t) => sum + t.weight, 0);
  return total > 0 ? terms.reduce((sum, t) => sum + t.weight * t.value, 0) / total : null;
}

/**
 * Fuses the scores of one track: per model the mean log-odds (where a model has frame and clip scores, the mean of its two
 * levels, so that many frames do not drown few clips), then the weighted mean over the models that have scores, then the
 * calibration. Models without any score are left out; a model that *failed* must not be passed over this way: see
 * `decideTrack`.
 *
 * @throws FramewitnessError FW_MODEL_FAILED for a score that is not a probability; FW_INTERNAL for a model without a weight
 */
export function fuseTrack(input: FusionInput): FusedTrack {
  const names = [...new Set([...Object.keys(input.frameScores), ...Object.keys(input.clipScores)])].sort(byName);
  const models: ModelContribution[] = [];
  for (const model of names) {
    const frameLogit = meanLogit(input.frameScores[model]);
    const clipLogit = meanLogit(input.clipScores[model]);
    if (frameLogit === null && clipLogit === null) continue;
    const weight = input.weights[model];
    if (weight === undefined || !(weight >= 0 && weight < Infinity)) {
      throw new FramewitnessError('FW_INTERNAL', `The model ${model} has scores and no weight of 0 or more.`);
    }
    const both = frameLogit !== null && clipLogit !== null;
    models.push({ model, weight, frameLogit, clipLogit, logit: both ? (frameLogit + clipLogit) / 2 : (frameLogit ?? clipLogit ?? 0) });
  }
  const { scale, offset } = input.calibration;
  const calibrated = (x: number | null): number | null => (x === null ? null : roundProbability(sigmoid(scale * x + offset)));
  const level = (pick: (m: ModelContribution) => number | null): number | null =>
    calibrated(weighted(models.flatMap((m) => ((value) => (value === null ? [] : [{ weight: m.weight, value }]))(pick(m)))));
  const frame = level((m) => m.frameLogit);
  const clip = level((m) => m.clipLogit);
  return {
    probability: calibrated(weighted(models.map((m) => ({ weight: m.weight, value: m.logit })))),
    models,
    levels: { frame, clip, difference: frame === null || clip === null ? null : Math.round(Math.abs(frame - clip) * 1e4) / 1e4 },
  };
}
