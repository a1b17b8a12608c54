/** Figures of parts: each data set, each manipulation against the real videos that belong to it, each compression. */
import type { NoFace } from './conventions.js';
import { bootstrapInterval, type Interval } from './bootstrap.js';
import { levelSample, videoScore } from './level-samples.js';
import { rounded, type IntervalOptions } from './levels.js';
import { METRICS, averagePrecision, equalErrorRate, rocAuc } from './metrics.js';
import type { UnitScores } from './unit-scores.js';

/** What parts are made by. */
export const GROUPINGS = ['dataset', 'method', 'compression'] as const;
/** A member of {@link GROUPINGS}. */
export type Grouping = (typeof GROUPINGS)[number];

/** One part. */
export interface GroupResult {
  readonly by: Grouping;
  readonly name: string;
  /** Videos, and those of them without a score. */
  readonly real: number;
  readonly forged: number;
  readonly unscored: number;
  readonly videoAuc: number | null;
  readonly videoAuc95: Interval | null;
  readonly videoAveragePrecision: number | null;
  readonly videoEqualErrorRate: number | null;
  readonly frameAuc: number | null;
}

function measure(by: Grouping, name: string, scores: readonly UnitScores[], noFace: NoFace, { seed, resamples }: IntervalOptions): GroupResult {
  const videos = levelSample(scores, (own) => videoScore(own, noFace));
  const frames = levelSample(scores, (own) => own.frames);
  const known = (value: number | null): number | null => (value === null ? null : rounded(value));
  const auc = rocAuc(videos.labels, videos.scores);
  const interval = bootstrapInterval(videos.labels, videos.scores, METRICS.auc, { groups: videos.groups, seed, resamples });
  return {
    by,
    name,
    real: scores.filter(({ unit }) => unit.label === 0).length,
    forged: scores.filter(({ unit }) => unit.label === 1).length,
    unscored: scores.filter(({ video }) => video === null).length,
    videoAuc: known(auc),
    videoAuc95: auc === null || interval === null ? null : [rounded(interval[0]), rounded(interval[1])],
    videoAveragePrecision: known(averagePrecision(videos.labels, videos.scores)),
    videoEqualErrorRate: known(equalErrorRate(videos.labels, videos.scores)),
    frameAuc: known(rocAuc(frames.labels, frames.scores)),
  };
}

/** Forged videos of a method, and the real ones of the same data sets in the same compressions. */
function ofMethod(scores: readonly UnitScores[], method: string): readonly UnitScores[] {
  const forged = scores.filter(({ unit }) => unit.label === 1 && unit.method === method);
  const origin = ({ unit }: UnitScores): string => JSON.stringify([unit.dataset, unit.compression]);
  const origins = new Set(forged.map(origin));
  return [...scores.filter((own) => own.unit.label === 0 && origins.has(origin(own))), ...forged];
}

const valuesOf = (scores: readonly UnitScores[], pick: (scores: UnitScores) => string | null): readonly string[] => [...new Set(scores.flatMap((own) => pick(own) ?? []))].sort();

/** All parts, by name. */
export function groupResults(scores: readonly UnitScores[], noFace: NoFace, intervals: IntervalOptions): readonly GroupResult[] {
  const measured = (by: Grouping, name: string, part: readonly UnitScores[]): GroupResult => measure(by, name, part, noFace, intervals);
  return [
    ...valuesOf(scores, ({ unit }) => unit.dataset).map((name) => measured('dataset', name, scores.filter(({ unit }) => unit.dataset === name))),
    ...valuesOf(scores, ({ unit }) => (unit.label === 1 ? unit.method : null)).map((name) => measured('method', name, ofMethod(scores, name))),
    ...valuesOf(scores, ({ unit }) => unit.compression).map((name) => measured('compression', name, scores.filter(({ unit }) => unit.compression === name))),
  ];
}
