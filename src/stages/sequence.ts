/** Sequence: whether a segment is the next of its stream, late, repeated, or follows a gap. Goes by numbers and digests alone. */
import type { SegmentWarning } from '../domain/media.js';

/** Segments whose digests are remembered, so that a repetition can be told from other bytes under the same number. */
export const REMEMBERED_SEGMENTS = 64;
/** Gaps that are remembered, so that a late segment can be told from a repetition; the oldest are forgotten first. */
export const REMEMBERED_GAPS = 64;

/** Sequence numbers that never came, both ends included. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/** What is known of a stream's numbering. Plain JSON. */
export interface SequenceState {
  /** The number after the highest so far. */
  readonly next: number;
  readonly missing: readonly SequenceRange[];
  /** The last segments in the order in which they came. */
  readonly recent: readonly { readonly sequence: number; readonly sha256: string }[];
}

/** What a segment is to its stream. */
export type SequenceOutcome =
  /** It goes on; `missing` numbers were left out just before it. */
  | { readonly kind: 'next'; readonly missing: number }
  /** It fills a gap, after its successors. */
  | { readonly kind: 'late' }
  /** The same bytes came under the same number before. */
  | { readonly kind: 'repeat' }
  /** Other bytes came under the same number before, or so long ago that they cannot be compared. */
  | { readonly kind: 'conflict' };

/** Before a stream's first segment. */
export const INITIAL_SEQUENCE: SequenceState = { next: 0, missing: [], recent: [] };

/** Places a segment in its stream. Pure: the outcome depends on what came before in the stream, not on when. */
export function placeSegment(state: SequenceState, segment: { readonly sequence: number; readonly sha256: string }): { readonly state: SequenceState; readonly outcome: SequenceOutcome } {
  const { sequence, sha256 } = segment;
  const recent = [...state.recent, { sequence, sha256 }].slice(-REMEMBERED_SEGMENTS);
  if (sequence >= state.next) {
    const missing = sequence - state.next;
    const gaps = missing === 0 ? state.missing : [...state.missing, { from: state.next, to: sequence - 1 }].slice(-REMEMBERED_GAPS);
    return { state: { next: sequence + 1, missing: gaps, recent }, outcome: { kind: 'next', missing } };
  }
  if (state.missing.some(({ from, to }) => from <= sequence && sequence <= to)) {
    return { state: { next: state.next, missing: state.missing.flatMap((range) => without(range, sequence)).slice(-REMEMBERED_GAPS), recent }, outcome: { kind: 'late' } };
  }
  const before = state.recent.find((other) => other.sequence === sequence);
  return { state, outcome: { kind: before?.sha256 === sha256 ? 'repeat' : 'conflict' } };
}

/** What a finding says of a segment's place; undefined where it is the next of its stream. @param next - the number after the highest before it */
export function placementWarning(sequence: number, next: number): SegmentWarning | undefined {
  if (sequence < next) return { code: 'FW_SEGMENT_LATE', message: `the segment came after segment ${next - 1} and was judged alone` };
  if (sequence === next) return undefined;
  return { code: 'FW_SEGMENT_GAP', message: sequence === next + 1 ? `segment ${next} is missing` : `segments ${next} to ${sequence - 1} are missing` };
}

function without({ from, to }: SequenceRange, sequence: number): SequenceRange[] {
  if (sequence < from || sequence > to) return [{ from, to }];
  return [
    { from, to: sequence - 1 },
    { from: sequence + 1, to },
  ].filter((range) => range.from <= range.to);
}
