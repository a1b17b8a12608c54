/** What could be scored and what not, and why: nothing is left out of a figure without being counted here. */
import type { UnitScores } from './unit-scores.js';
import { UNSCORED_REASONS, unscoredReason, type UnscoredReason } from './units.js';

/** Units, and how many of them have a score. */
export interface Covered {
  readonly total: number;
  readonly scored: number;
}

/** Coverage of an evaluation. */
export interface Coverage {
  /** Videos, or groups of items. */
  readonly videos: Covered & { readonly real: Covered; readonly fake: Covered; readonly unscored: Readonly<Partial<Record<UnscoredReason, number>>> };
  /** Files; `withError`: those that could not be read, or only in part. */
  readonly items: Covered & { readonly withError: number };
  /** Frames as the verdicts account for them: present = sampled + notSampled + undecodable; scored: with a face that a network scored. */
  readonly frames: { readonly present: number; readonly sampled: number; readonly notSampled: number; readonly undecodable: number; readonly analysed: number; readonly scored: number; readonly skipped: Readonly<Record<string, number>> };
  /** Faces: found = analysed + Σ skipped. */
  readonly faces: { readonly found: number; readonly analysed: number; readonly skipped: Readonly<Record<string, number>> };
}

type Counter = Record<string, number>;

function add(counter: Counter, counts: Readonly<Partial<Record<string, number>>>): void {
  for (const [name, count] of Object.entries(counts)) counter[name] = (counter[name] ?? 0) + (count ?? 0);
}

const sorted = (counter: Counter): Counter => Object.fromEntries(Object.entries(counter).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Counts. @param scores - by the fused source */
export function coverageOf(scores: readonly UnitScores[]): Coverage {
  const frames = { present: 0, sampled: 0, notSampled: 0, undecodable: 0, analysed: 0, scored: 0 };
  const faces = { found: 0, analysed: 0 };
  const skipped = { frames: {} as Counter, faces: {} as Counter };
  const unscored: Counter = {};
  let [items, scored, withError] = [0, 0, 0];
  for (const { unit, video, frames: own } of scores) {
    frames.scored += own.length;
    if (video === null) add(unscored, { [unscoredReason(unit.items)]: 1 });
    for (const { outcome } of unit.items) {
      items++;
      if (outcome.error !== null) withError++;
      if (outcome.segments.some(({ tracks }) => tracks.some(({ scores: own }) => own.some(({ frames: faces, clips }) => faces.length + clips.length > 0)))) scored++;
      for (const segment of outcome.segments) {
        for (const key of ['present', 'sampled', 'notSampled', 'undecodable', 'analysed'] as const) frames[key] += segment.frames[key];
        for (const key of ['found', 'analysed'] as const) faces[key] += segment.faces[key];
        add(skipped.frames, segment.frames.skipped);
        add(skipped.faces, segment.faces.skipped);
      }
    }
  }
  const covered = (of: readonly UnitScores[]): Covered => ({ total: of.length, scored: of.filter(({ video }) => video !== null).length });
  const reasons = Object.fromEntries(UNSCORED_REASONS.flatMap((reason) => (unscored[reason] === undefined ? [] : [[reason, unscored[reason]]])));
  return {
    videos: { ...covered(scores), real: covered(scores.filter(({ unit }) => unit.label === 0)), fake: covered(scores.filter(({ unit }) => unit.label === 1)), unscored: reasons },
    items: { total: items, scored, withError },
    frames: { ...frames, skipped: sorted(skipped.frames) },
    faces: { ...faces, skipped: sorted(skipped.faces) },
  };
}
