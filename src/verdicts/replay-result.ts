/** One verdict, derived again and compared with its record. */
import type { essenceOf, ComparisonOutcome, FieldDifference, FindingComparison } from './compare.js';

/** Why a verdict cannot be compared exactly. */
export const OBSTACLES = [
  'not-recorded', // there is no verdict to compare with
  'no-segment', // there is no segment to derive it from
  'unreadable', // the segment is there and cannot be read
  'other-bytes', // the segment is not the one that was judged
  'earlier-missing', // what the verdict depends on is not there
] as const;
/** A member of {@link OBSTACLES}. */
export type ObstacleKind = (typeof OBSTACLES)[number];

/** An obstacle, in words too. */
export interface Obstacle {
  readonly kind: ObstacleKind;
  readonly detail: string;
}

/** What came of it. */
export type ReplayOutcome = ComparisonOutcome | 'not-comparable';

/** What is said of a verdict on each side. */
export type Essence = ReturnType<typeof essenceOf>;

/** What came of one verdict. `obstacle` is there exactly when the outcome is `not-comparable`. */
export interface ReplayResult extends Omit<FindingComparison, 'outcome'> {
  readonly stream: string;
  readonly sequence: number;
  /** Media time at which the segment starts, microseconds. */
  readonly startMicros: number;
  readonly outcome: ReplayOutcome;
  readonly obstacle: Obstacle | null;
  /** Equal but for the numbers of the tracks, which count from the stream's beginning; that is not at hand. */
  readonly renumbered: boolean;
  readonly recorded: Essence | null;
  readonly derived: Essence | null;
  /** What of the provenance differs, beside where the segment was read. */
  readonly provenance: readonly FieldDifference[];
}
