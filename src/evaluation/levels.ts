/** Metrics of one level, with intervals: labels, scores, and what is drawn together. */
import { bootstrapIntervals, sampleOf, type BootstrapOptions, type Interval } from './bootstrap.js';
import { METRICS, type MetricName } from './metrics.js';

/** Scored things of one level. */
export interface LevelSample {
  readonly labels: readonly (0 | 1)[];
  readonly scores: readonly number[];
  readonly groups: readonly string[];
}

/** Each metric, and its interval under its name and `95`; null where it has no value. */
export type LevelResult = { readonly count: number; readonly real: number; readonly forged: number } & Readonly<Record<MetricName, number | null>> & Readonly<Record<`${MetricName}95`, Interval | null>>;

/** How intervals are made. */
export type IntervalOptions = Pick<BootstrapOptions, 'seed'> & { readonly resamples: number };

/** 6 decimals: more than any test set has to say, and the same text on every machine. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

const NAMES = Object.keys(METRICS) as MetricName[];

/** All metrics of a level. */
export function measureLevel({ labels, scores, groups }: LevelSample, { seed, resamples }: IntervalOptions): LevelResult {
  const sample = sampleOf(labels, scores);
  const intervals = bootstrapIntervals(labels, scores, METRICS, { groups, seed, resamples });
  const forged = labels.filter((label) => label === 1).length;
  const entries = NAMES.flatMap((name) => {
    const value = METRICS[name](sample);
    const interval = intervals[name];
    return [
      [name, value === null ? null : rounded(value)],
      [`${name}95`, value === null || interval === null ? null : interval.map(rounded)],
    ] as const;
  });
  return { count: labels.length, real: labels.length - forged, forged, ...Object.fromEntries(entries) } as LevelResult;
}
