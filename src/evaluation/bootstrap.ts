/**
 * Percentile bootstrap (Efron, "Bootstrap methods: another look at the jackknife", 1979) over groups: frames of one video,
 * videos of one person, are drawn together, since they are not independent of each other.
 */
import { FramewitnessError } from '../domain/errors.js';
import { countsOf, rank, type Counts, type Ranking } from './ranking.js';
import { uniformNumbers } from './uniform-numbers.js';

/** What a metric is computed from: a resample is the same ranking with other weights. */
export interface WeightedSample {
  readonly ranking: Ranking;
  readonly counts: Counts;
  /** How often each item of the ranking was drawn; absent for the sample itself. */
  readonly weights?: ArrayLike<number>;
}

/** A metric; null where it has no value (a class is missing). */
export type Metric = (sample: WeightedSample) => number | null;

/** How an interval was got. */
export interface BootstrapOptions {
  /** Resampled together; one name an item. Default: every item by itself. */
  readonly groups?: readonly string[];
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
}

/** Lower and upper end. */
export type Interval = readonly [lower: number, upper: number];

/** Share of resamples in which a metric must have a value for its interval to be told. */
const ENOUGH = 0.5;

/** Value at a share of sorted numbers, on a straight line between neighbours (as NumPy's default). */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  return low + (place - below) * ((sorted[Math.min(sorted.length - 1, below + 1)] ?? low) - low);
}

/** The sample itself. */
export function sampleOf(labels: ArrayLike<number>, scores: ArrayLike<number>): WeightedSample {
  const ranking = rank(labels, scores);
  return { ranking, counts: countsOf(ranking) };
}

/**
 * Intervals of several metrics from the same resamples. A resample without one of the classes has no value and is passed
 * over; where that happens to more than half, or where there is but one group, the interval is null.
 *
 * @throws FramewitnessError FW_INTERNAL as `rank`, and when there is not one group for each item
 */
export function bootstrapIntervals<Name extends string>(labels: ArrayLike<number>, scores: ArrayLike<number>, metrics: Readonly<Record<Name, Metric>>, options: BootstrapOptions): Record<Name, Interval | null> {
  const { ranking } = sampleOf(labels, scores);
  const size = scores.length;
  if (options.groups !== undefined && options.groups.length !== size) throw new FramewitnessError('FW_INTERNAL', `There are ${size} scores and ${options.groups.length} groups.`);
  const numbers = new Map<string, number>();
  const groupOf = Uint32Array.from(ranking.order, (item) => {
    const name = options.groups?.[item] ?? String(item);
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
  const names = Object.keys(metrics) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  const resamples = options.resamples ?? 1000;
  const uniform = uniformNumbers(options.seed);
  const drawn = new Uint32Array(numbers.size);
  const weights = new Float64Array(size);
  for (let round = 0; numbers.size > 1 && round < resamples; round++) {
    drawn.fill(0);
    for (let i = 0; i < drawn.length; i++) {
      const group = Math.floor(uniform() * drawn.length);
      drawn[group] = Number(drawn[group]) + 1;
    }
    for (let i = 0; i < size; i++) weights[i] = Number(drawn[Number(groupOf[i])]);
    const sample = { ranking, counts: countsOf(ranking, weights), weights };
    for (const name of names) {
      const value = metrics[name](sample);
      if (value !== null) values.get(name)?.push(value);
    }
  }
  const tail = (1 - (options.level ?? 0.95)) / 2;
  const interval = (name: Name): Interval | null => {
    const sorted = (values.get(name) ?? []).sort((a, b) => a - b);
    return sorted.length === 0 || sorted.length < ENOUGH * resamples ? null : [quantile(sorted, tail), quantile(sorted, 1 - tail)];
  };
  return Object.fromEntries(names.map((name) => [name, interval(name)])) as Record<Name, Interval | null>;
}

/** The interval of one metric; see {@link bootstrapIntervals}. */
export function bootstrapInterval(labels: ArrayLike<number>, scores: ArrayLike<number>, metric: Metric, options: BootstrapOptions): Interval | null {
  return bootstrapIntervals(labels, scores, { value: metric }, options).value;
}
