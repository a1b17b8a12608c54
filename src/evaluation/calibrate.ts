/** Calibration of models and of what is fused from them, and thresholds for stated error rates. Pure. */
import { logit } from '../verdicts/fusion.js';
import { bootstrapInterval, type Interval } from './bootstrap.js';
import { CONVENTIONS } from './conventions.js';
import { rounded } from './levels.js';
import { fitPlatt, type CalibrationPoint, type PlattScaling } from './platt.js';
import { accuracyOf, calibrationErrorOf, logLossOf } from './probabilities.js';
import { rank } from './ranking.js';
import { rescored, scaled, type ModelScaling, type ModelScalings } from './recalibration.js';
import { scoreSources, type EvaluatedModel } from './score-sources.js';
import { chooseThresholds, exactInterval, type ThresholdGoals } from './thresholds.js';
import { scoreUnit } from './unit-scores.js';
import { gatherUnits, type JudgedItem, type Unit } from './units.js';

/** How {@link calibrateOutcomes} goes about it. */
export interface CalibrationOptions extends ThresholdGoals {
  readonly method: 'platt' | 'temperature';
  /** Share of forged videos that probabilities are to be right for. */
  readonly prior: number;
  /** Calibrate each model too, before what is fused. */
  readonly eachModel: boolean;
  readonly models: readonly EvaluatedModel[];
  readonly weights: Readonly<Record<string, number>>;
  /** Calibration that the fused score has now. */
  readonly current: PlattScaling;
  readonly resamples: number;
  readonly seed: number;
}

/** How well probabilities of segments are calibrated, videos and classes weighted as in the fit. */
export interface CalibrationFit {
  readonly logLoss: number | null;
  readonly calibrationError: number | null;
}

/** An error rate of segments with its interval by video, and of whole videos with an exact one. */
export interface ErrorRate {
  readonly segments: number | null;
  readonly segments95: Interval | null;
  readonly videos: { readonly count: number; readonly of: number; readonly share95: Interval | null };
}

/** What a calibration found. */
export interface CalibrationResult {
  readonly models: ModelScalings;
  readonly fused: PlattScaling;
  readonly forgedAt: number;
  readonly authenticAt: number;
  readonly videos: { readonly real: number; readonly forged: number; readonly unscored: number };
  readonly segments: { readonly real: number; readonly forged: number };
  /** On the same scores with the calibration of now; with the new one; and with ones fitted without the video that is looked at. */
  readonly before: CalibrationFit;
  readonly after: CalibrationFit;
  readonly heldOut: CalibrationFit;
  /** At the new thresholds, on the same scores. */
  readonly falsePositives: ErrorRate;
  readonly misses: ErrorRate;
  /** The same share of real segments with thresholds fitted without the video that is looked at. */
  readonly heldOutFalsePositives: number | null;
  /** Shares of segments between the thresholds. */
  readonly inconclusive: { readonly real: number | null; readonly forged: number | null };
}

/** Probabilities of one unit's segments. */
interface Scored {
  readonly unit: Unit;
  readonly scores: readonly number[];
}

interface Fit {
  readonly models: ModelScalings;
  readonly fused: PlattScaling;
  readonly thresholds: ReturnType<typeof chooseThresholds>;
}

const UNCALIBRATED: PlattScaling = { scale: 1, offset: 0 };
const FOLDS = 5;

/** Every video weighs the same within its class, and the classes as `prior` has it. */
function weightsOf(scored: readonly Scored[], prior: number): readonly number[] {
  const classes = [scored.filter(({ unit, scores }) => unit.label === 0 && scores.length > 0).length, scored.filter(({ unit, scores }) => unit.label === 1 && scores.length > 0).length] as const;
  const shares = [1 - prior, prior] as const;
  const total = classes[0] + classes[1];
  return scored.flatMap(({ unit, scores }) => scores.map(() => (shares[unit.label] * total) / (Math.max(1, classes[unit.label]) * scores.length)));
}

function plattOf(scored: readonly Scored[], { method, prior }: CalibrationOptions): PlattScaling {
  const weights = weightsOf(scored, prior);
  let at = 0;
  const points = scored.flatMap(({ unit, scores }) => scores.map((score): CalibrationPoint => ({ logOdds: logit(score), label: unit.label, weight: weights[at++] ?? 0 })));
  const count = (label: 0 | 1): number => scored.filter(({ unit, scores }) => unit.label === label && scores.length > 0).length;
  return fitPlatt(points, { method, real: count(0), forged: count(1) });
}

function fused(items: readonly JudgedItem[], { models, weights }: CalibrationOptions): readonly Scored[] {
  const [source] = scoreSources(models, { weights, calibration: UNCALIBRATED });
  if (source === undefined) return [];
  return gatherUnits(items, 'identity').map((unit) => ({ unit, scores: scoreUnit(unit, source, CONVENTIONS.framewitness).segments }));
}

/** Scores of one model: of faces for a frame network, of clips for a clip network, of its frame head. */
function scoresOf(units: readonly Unit[], pick: (scores: Unit['items'][number]['outcome']['segments'][number]['tracks'][number]['scores'][number]) => readonly number[]): readonly Scored[] {
  return units.map((unit) => ({ unit, scores: unit.items.flatMap(({ outcome }) => outcome.segments.flatMap(({ tracks }) => tracks.flatMap(({ scores }) => scores.flatMap(pick)))) }));
}

/** Undefined where the model scored nothing: a clip network has nothing to say of pictures. */
function modelScaling(units: readonly Unit[], { name, kind }: EvaluatedModel, options: CalibrationOptions): ModelScaling | undefined {
  const of = (pick: Parameters<typeof scoresOf>[1]): readonly Scored[] => scoresOf(units, (scores) => (scores.model === name ? pick(scores) : []));
  const outputs = of((scores) => (kind === 'frame' ? scores.frames : scores.clips).map(({ probability }) => probability));
  if (outputs.every(({ scores }) => scores.length === 0)) return undefined;
  const own = plattOf(outputs, options);
  const heads = of((scores) => scores.clips.flatMap(({ frames }) => frames));
  return heads.some(({ scores }) => scores.length > 0) ? { own, head: plattOf(heads, options) } : { own };
}

function fitAll(items: readonly JudgedItem[], options: CalibrationOptions): Fit {
  const units = gatherUnits(items, 'identity');
  const models = options.eachModel ? Object.fromEntries(options.models.flatMap((model) => ((scaling) => (scaling === undefined ? [] : [[model.name, scaling]]))(modelScaling(units, model, options)))) : {};
  const raw = fused(rescored(items, models), options);
  const scaling = plattOf(raw, options);
  const probabilities = (label: 0 | 1): readonly number[] => raw.flatMap(({ unit, scores }) => (unit.label === label ? scores.map((score) => scaled(score, scaling)) : []));
  return { models, fused: scaling, thresholds: chooseThresholds(probabilities(0), probabilities(1), options) };
}

function apply(items: readonly JudgedItem[], { models, fused: scaling }: Pick<Fit, 'models' | 'fused'>, options: CalibrationOptions): readonly Scored[] {
  return fused(rescored(items, models), options).map(({ unit, scores }) => ({ unit, scores: scores.map((score) => scaled(score, scaling)) }));
}

function quality(scored: readonly Scored[], prior: number): CalibrationFit {
  const weights = weightsOf(scored, prior);
  const ranking = rank(scored.flatMap(({ unit, scores }) => scores.map(() => unit.label)), scored.flatMap(({ scores }) => scores));
  const ordered = Float64Array.from(ranking.order, (i) => weights[i] ?? 0);
  const known = (value: number | null): number | null => (value === null ? null : rounded(value));
  return { logLoss: known(logLossOf(ranking, ordered)), calibrationError: known(calibrationErrorOf(ranking, 10, ordered)) };
}

/** Share of scores for which `wrong` holds, among the videos of a class. */
function errorRate(scored: readonly Scored[], label: 0 | 1, wrong: (score: number) => boolean, { seed, resamples }: CalibrationOptions): ErrorRate {
  const own = scored.filter(({ unit, scores }) => unit.label === label && scores.length > 0);
  const flags = own.flatMap(({ scores }) => scores.map((score) => Number(wrong(score))));
  const groups = own.flatMap(({ unit, scores }) => scores.map(() => unit.cluster));
  // The mean of 0 and 1 is the accuracy against labels of 1.
  const interval = bootstrapInterval(flags.map(() => 1), flags, ({ ranking, weights }) => accuracyOf(ranking, 0.5, weights), { groups, seed, resamples });
  const count = own.filter(({ scores }) => scores.some(wrong)).length;
  const exact = exactInterval(count, own.length);
  const tidy = (ends: Interval | null): Interval | null => (ends === null ? null : [rounded(ends[0]), rounded(ends[1])]);
  return { segments: shareOf(flags), segments95: tidy(interval), videos: { count, of: own.length, share95: tidy(exact) } };
}

const shareOf = (flags: readonly number[]): number | null => (flags.length === 0 ? null : rounded(flags.reduce((sum, flag) => sum + flag, 0) / flags.length));

/** Each cluster's fold, by the order of clusters: both classes are spread evenly. */
function foldsOf(units: readonly Unit[]): ReadonlyMap<string, number> {
  const folds = new Map<string, number>();
  for (const label of [0, 1] as const) for (const unit of units) if (unit.label === label && !folds.has(unit.cluster)) folds.set(unit.cluster, folds.size % FOLDS);
  return folds;
}

/** Each video's probabilities, and whether they are above the threshold, by a fit without it. Folds that leave a class out give nothing. */
function heldOut(items: readonly JudgedItem[], options: CalibrationOptions): { readonly scored: readonly Scored[]; readonly falsePositives: readonly number[] } {
  const units = gatherUnits(items, 'identity');
  const folds = foldsOf(units);
  const scored: Scored[] = [];
  const falsePositives: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const within = units.filter(({ cluster }) => folds.get(cluster) === fold).flatMap((unit) => unit.items);
    const without = units.filter(({ cluster }) => folds.get(cluster) !== fold);
    if (within.length === 0 || ![0, 1].every((label) => fused(without.flatMap((unit) => unit.items), options).some(({ unit, scores }) => unit.label === label && scores.length > 0))) continue;
    const fit = fitAll(without.flatMap((unit) => unit.items), options);
    const own = apply(within, fit, options);
    scored.push(...own);
    for (const { unit, scores } of own) if (unit.label === 0) falsePositives.push(...scores.map((score) => Number(score >= fit.thresholds.forgedAt)));
  }
  return { scored, falsePositives };
}

/**
 * Calibrates.
 *
 * @throws FramewitnessError FW_CALIBRATION when a class is missing, or scores do not rise with forgery; FW_LABEL
 */
export function calibrateOutcomes(items: readonly JudgedItem[], options: CalibrationOptions): CalibrationResult {
  const fit = fitAll(items, options);
  const { forgedAt, authenticAt } = fit.thresholds;
  const now = apply(items, { models: {}, fused: options.current }, options);
  const then = apply(items, fit, options);
  const apart = heldOut(items, options);
  const scoresOfClass = (label: 0 | 1): readonly number[] => then.flatMap(({ unit, scores }) => (unit.label === label ? scores : []));
  const between = (label: 0 | 1): number | null => shareOf(scoresOfClass(label).map((score) => Number(score < forgedAt && score > authenticAt)));
  const count = (label: 0 | 1): number => then.filter(({ unit, scores }) => unit.label === label && scores.length > 0).length;
  return {
    models: fit.models,
    fused: fit.fused,
    forgedAt,
    authenticAt,
    videos: { real: count(0), forged: count(1), unscored: then.filter(({ scores }) => scores.length === 0).length },
    segments: { real: scoresOfClass(0).length, forged: scoresOfClass(1).length },
    before: quality(now, options.prior),
    after: quality(then, options.prior),
    heldOut: quality(apart.scored, options.prior),
    falsePositives: errorRate(then, 0, (score) => score >= forgedAt, options),
    misses: errorRate(then, 1, (score) => score <= authenticAt, options),
    heldOutFalsePositives: shareOf(apart.falsePositives),
    inconclusive: { real: between(0), forged: between(1) },
  };
}
