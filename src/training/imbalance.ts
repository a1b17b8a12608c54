/**
 * Rare forgeries: keeps so few videos of one class that forged and real ones stand in a given ratio, as in the experiments of
 * Pu et al., "Learning a deep dual-level network for robust DeepFake detection" (Pattern Recognition 2022), which go from 1
 * forged to 10 real videos to 1 to 200.
 */
import { FramewitnessError } from '../domain/errors.js';
import { Random } from './random.js';

/** Forged videos to real videos. */
export interface Imbalance {
  readonly forged: number;
  readonly real: number;
}

/** What is looked at of an item: a manifest's, or the one that a face was cut from. */
export interface Labelled {
  /** Full path of the video or picture; all items with the same one stay or go together. */
  readonly path: string;
  readonly label: 'real' | 'fake';
  readonly split?: string;
}

/** `FORGED:REAL`, both whole numbers from 1 to 1,000,000. */
export const IMBALANCE_PATTERN = /^([1-9]\d{0,5}|1000000):([1-9]\d{0,5}|1000000)$/;

/** Reads `1:60`: one forged video to sixty real ones. @throws FramewitnessError FW_USAGE for another text */
export function parseImbalance(text: string): Imbalance {
  const [, forged, real] = IMBALANCE_PATTERN.exec(text) ?? [];
  if (forged === undefined || real === undefined) throw new FramewitnessError('FW_USAGE', `imbalance ${text}: it must be FORGED:REAL, such as 1:60 for one forged video to sixty real ones`);
  return { forged: Number(forged), real: Number(real) };
}

/** How videos are chosen. */
export interface ImbalanceOptions extends Imbalance {
  /** Another seed, other videos. */
  readonly seed: number;
}

/**
 * As many videos as can be kept in the ratio, with all of their items, in the order given; each split by itself. Of the class
 * that is not short every video stays (as published: of R real videos and 1:60, R / 60 forged ones, rounded down). Which ones
 * stay depends on their paths and the seed alone, and those that stay at 1:20 are among those at 1:10.
 *
 * @param of - what is looked at of an item
 * @throws FramewitnessError FW_TRAINING_DATA where a split has too few videos of a class for one of each to be kept
 */
export function imbalanced<T>(items: readonly T[], of: (item: T) => Labelled, options: ImbalanceOptions): T[] {
  const splits = new Map<string | undefined, Map<string, Labelled>>();
  for (const item of items) {
    const labelled = of(item);
    const videos = splits.get(labelled.split) ?? new Map<string, Labelled>();
    splits.set(labelled.split, videos.set(`${labelled.label} ${labelled.path}`, labelled));
  }
  const kept = new Set([...splits].flatMap(([split, videos]) => chosen(split, [...videos.values()], options)));
  return items.filter((item) => kept.has(keyOf(of(item))));
}

function keyOf({ path, label, split }: Labelled): string {
  return JSON.stringify([split ?? null, label, path]);
}

function chosen(split: string | undefined, videos: readonly Labelled[], { forged, real, seed }: ImbalanceOptions): readonly string[] {
  const [fakes, reals] = [videos.filter(({ label }) => label === 'fake'), videos.filter(({ label }) => label === 'real')];
  // Cross-multiplied, so that whole numbers stay whole.
  const fakesAreShort = fakes.length * real <= reals.length * forged;
  const [fakeCount, realCount] = fakesAreShort ? [fakes.length, Math.floor((fakes.length * real) / forged)] : [Math.floor((reals.length * forged) / real), reals.length];
  if (fakeCount === 0 || realCount === 0) {
    throw new FramewitnessError('FW_TRAINING_DATA', `${split === undefined ? 'the items' : `the split ${split}`}: ${fakes.length} forged and ${reals.length} real video(s) are too few for ${forged}:${real}; take a smaller ratio or more videos`);
  }
  return [...first(fakes, fakeCount, seed), ...first(reals, realCount, seed)].map(keyOf);
}

/** The first videos of an order that each path has by itself. */
function first(videos: readonly Labelled[], count: number, seed: number): readonly Labelled[] {
  const random = new Random(seed);
  const ranked = videos.map((video) => ({ video, rank: random.fork(video.path).bits() }));
  ranked.sort((a, b) => a.rank - b.rank || (a.video.path < b.video.path ? -1 : 1));
  return ranked.slice(0, count).map(({ video }) => video);
}
