/** An evaluation as the record that is written. Pure. */
import type { Thresholds } from '../verdicts/decide.js';
import type { Evaluation, EvaluationOptions } from './evaluate.js';
import type { LevelSample } from './levels.js';
import { rounded } from './levels.js';
import { reliabilityBins } from './metrics.js';
import type { EvaluationRecord } from './record-schema.js';
import type { RobustnessStep } from './robustness.js';
import type { UnitScores } from './unit-scores.js';

/** What was evaluated, and by what. */
export interface EvaluationProvenance extends Pick<EvaluationRecord, 'software' | 'data' | 'topology' | 'detector' | 'decoder'> {
  readonly thresholds: Thresholds;
  readonly boxes: boolean;
  readonly robustness?: readonly RobustnessStep[];
}

/** Mistakes that a record names. */
const MOST_MISTAKES = 50;

function mistakesOf(scores: readonly UnitScores[]): EvaluationRecord['mistakes'] {
  const wrong = scores.flatMap(({ unit, video }) => (video === null || video >= 0.5 === (unit.label === 1) ? [] : [{ unit, video }]));
  const worst = wrong.sort((a, b) => Math.abs(b.video - b.unit.label) - Math.abs(a.video - a.unit.label) || (a.unit.name < b.unit.name ? -1 : 1));
  return worst.slice(0, MOST_MISTAKES).map(({ unit, video }) => ({ name: unit.name, label: unit.label === 1 ? 'fake' : 'real', method: unit.method, score: video, verdict: unit.verdict }));
}

function binsOf({ labels, scores }: LevelSample): EvaluationRecord['reliability']['video'] {
  const known = (value: number | null): number | null => (value === null ? null : rounded(value));
  return reliabilityBins(labels, scores).map((bin) => ({ from: rounded(bin.from), to: rounded(bin.to), count: bin.count, meanProbability: known(bin.meanProbability), forgedShare: known(bin.forgedShare) }));
}

/** The record. The same outcomes and options give the same record. */
export function evaluationRecord({ figures, sources }: Evaluation, { convention, noFace, resampling, intervals, models }: EvaluationOptions, { boxes, robustness, ...provenance }: EvaluationProvenance): EvaluationRecord {
  const fused = sources[0];
  const { byModel, video, segment, frame, groups, ...rest } = figures;
  const nothing: LevelSample = { labels: [], scores: [], groups: [] };
  return structuredClone({
    schema: 'framewitness.evaluation/1',
    ...provenance,
    models: models.map(({ name, network, kind, digest, executor, precision }) => ({ name, network, kind, digest, executor, precision })),
    convention: { name: convention.name, about: convention.about, faces: convention.faces, video: convention.video, noFace, boxes, resampling, resamples: intervals.resamples, seed: intervals.seed },
    video,
    segment,
    frame,
    bySource: byModel,
    groups,
    ...rest,
    ...(robustness === undefined ? {} : { robustness }),
    reliability: { video: binsOf(fused?.samples.video ?? nothing), frame: binsOf(fused?.samples.frame ?? nothing) },
    mistakes: mistakesOf(fused?.scores ?? []),
  }) as unknown as EvaluationRecord;
}
