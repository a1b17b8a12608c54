/** Scores of a unit at every level, by a convention and a source. Pure. */
import { logit, roundProbability, sigmoid } from '../verdicts/fusion.js';
import type { Convention } from './conventions.js';
import type { SegmentOutcome, TrackOutcome } from './outcome.js';
import type { ScoreSource } from './score-sources.js';
import type { Unit } from './units.js';

/** Probabilities, 4 decimals, in the order of items and times. */
export interface UnitScores {
  readonly unit: Unit;
  /** Of the whole; null where nothing was scored. */
  readonly video: number | null;
  readonly segments: readonly number[];
  readonly frames: readonly number[];
  /** Of each clip, where the source has one clip network. */
  readonly clips: readonly number[];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Scores of the frames with a face: the highest of the faces that count. */
function frameScores(segments: readonly SegmentOutcome[], source: ScoreSource, faces: Convention['faces']): number[] {
  const frames = new Map<number, { area: number; probability: number }[]>();
  const byTrack = new Map<number, TrackOutcome[]>();
  for (const track of segments.flatMap(({ tracks }) => tracks)) byTrack.set(track.id, [...(byTrack.get(track.id) ?? []), track]);
  for (const parts of byTrack.values()) {
    const areas = new Map(parts.flatMap(({ faces: own }) => own.map(({ ptsMicros, width, height }) => [ptsMicros, width * height] as const)));
    for (const [at, probability] of source.faces(parts)) frames.set(at, [...(frames.get(at) ?? []), { area: areas.get(at) ?? 0, probability }]);
  }
  const share = { all: 0, large: 0.5, largest: 1 }[faces];
  return [...frames].sort(([a], [b]) => a - b).map(([, found]) => {
    const largest = Math.max(...found.map(({ area }) => area));
    return Math.max(...found.filter(({ area }) => area >= share * largest).map(({ probability }) => probability));
  });
}

/** Highest score of a segment's tracks that count; null where there is none. */
function segmentScore({ tracks }: SegmentOutcome, source: ScoreSource, counts: (track: TrackOutcome) => boolean): number | null {
  const scores = tracks.filter(counts).flatMap((track) => source.track(track) ?? []);
  return scores.length === 0 ? null : Math.max(...scores);
}

/**
 * Scores a unit. Where no track of the whole unit had faces enough to be judged (a picture, a very short video), those that
 * there are count: a metric has no use for an abstention that is certain beforehand.
 */
export function scoreUnit(unit: Unit, source: ScoreSource, convention: Convention): UnitScores {
  const outcomes = unit.items.map(({ outcome }) => outcome.segments);
  const all = outcomes.flat();
  const judged = all.some(({ tracks }) => tracks.some((track) => track.judged && source.track(track) !== null));
  const segments = all.flatMap((segment) => segmentScore(segment, source, (track) => !judged || track.judged) ?? []);
  const frames = outcomes.flatMap((own) => frameScores(own, source, convention.faces));
  const clips = all.flatMap(({ tracks }) => tracks.flatMap((track) => source.clips(track)));
  const bySegments = segments.length === 0 ? null : roundProbability(sigmoid(mean(segments.map(logit))));
  // A clip network without a frame head has no frames: its segments are all there is.
  const byFrames = frames.length === 0 ? bySegments : roundProbability(mean(frames));
  return { unit, video: convention.video === 'frames' ? byFrames : bySegments, segments, frames, clips };
}
