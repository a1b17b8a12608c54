/** Stream tally: adds up the segment verdicts of a stream, and draws the stream verdict. Pure. */
import type { AlertRecord } from '../domain/alert.js';
import type { StreamCounts, StreamEnd, StreamVerdict } from '../domain/stream-verdict.js';
import type { SegmentVerdict, VerdictLabel } from '../domain/verdict.js';

/** What is added up. Plain JSON. */
export interface StreamTally extends StreamCounts, Pick<StreamVerdict, 'startMicros' | 'endMicros' | 'highest'> {}

/** Nothing yet. */
export const EMPTY_TALLY: StreamTally = {
  segments: { judged: 0, forged: 0, authentic: 0, inconclusive: 0, missing: 0, late: 0, repeated: 0, refused: 0 },
  frames: { present: 0, sampled: 0, analysed: 0, undecodable: 0 },
  faces: { found: 0, analysed: 0 },
  alerts: 0,
  startMicros: null,
  endMicros: null,
  highest: null,
};

/** What a segment that got a verdict adds. */
export interface TalliedSegment {
  readonly verdict: SegmentVerdict;
  /** Sequence numbers left out just before it. */
  readonly missing: number;
  readonly late: boolean;
  readonly alerts: readonly AlertRecord[];
}

/** Adds a segment verdict. */
export function tallyVerdict(tally: StreamTally, { verdict: { finding, hash }, missing, late, alerts }: TalliedSegment): StreamTally {
  const { segments, frames, faces, highest } = tally;
  const { verdict, probability, sequence } = finding;
  return {
    segments: { ...segments, judged: segments.judged + 1, [verdict]: segments[verdict] + 1, missing: segments.missing + missing - (late ? 1 : 0), late: segments.late + (late ? 1 : 0) },
    frames: {
      present: frames.present + finding.frames.present,
      sampled: frames.sampled + finding.frames.sampled,
      analysed: frames.analysed + finding.frames.analysed,
      undecodable: frames.undecodable + finding.frames.undecodable,
    },
    faces: { found: faces.found + finding.faces.found, analysed: faces.analysed + finding.faces.analysed },
    alerts: tally.alerts + alerts.filter(({ change, track }) => change === 'opened' && track === null).length,
    startMicros: tally.startMicros === null ? finding.startMicros : Math.min(tally.startMicros, finding.startMicros),
    endMicros: tally.endMicros === null ? finding.endMicros : Math.max(tally.endMicros, finding.endMicros),
    highest: probability !== null && (highest === null || probability > highest.probability) ? { sequence, probability, verdict: hash } : highest,
  };
}

/** Adds a segment that got none: a repetition, or one that was refused. */
export function tallyOther(tally: StreamTally, kind: 'repeated' | 'refused', missing = 0): StreamTally {
  const { segments } = tally;
  return { ...tally, segments: { ...segments, [kind]: segments[kind] + 1, missing: segments.missing + missing } };
}

/**
 * The verdict of a stream:
 * - `forged` when an alert of the stream opened, or at least half of its decided segments are forged (a stream may be
 *   shorter than an alert needs);
 * - `authentic` when segments were decided and none is forged;
 * - else `inconclusive`.
 */
export function decideStream({ segments: { forged, authentic }, alerts }: StreamCounts): VerdictLabel {
  const decided = forged + authentic;
  if (decided === 0) return 'inconclusive';
  if (alerts > 0 || forged * 2 >= decided) return 'forged';
  return forged === 0 ? 'authentic' : 'inconclusive';
}

/** The stream verdict so far, or at the end. */
export function drawStreamVerdict(stream: string, tally: StreamTally, { head, end, topologyDigest }: { readonly head: string | null; readonly end: StreamEnd | null; readonly topologyDigest: string }): StreamVerdict {
  return { schema: 'framewitness.stream-verdict/1', stream, end, verdict: decideStream(tally), ...tally, head, topologyDigest };
}
