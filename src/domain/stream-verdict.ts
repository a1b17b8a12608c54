/** The stream verdict: what the segment verdicts of a stream add up to, so far or at its end (docs/reference/kafka.md). */
import type { VerdictLabel } from './verdict.js';

/** Why a stream was closed: its end came, or too many other streams were open. */
export type StreamEnd = 'end-of-stream' | 'too-many-open';

/** Counts over a stream. All but the times are numbers of segments, frames or faces. */
export interface StreamCounts {
  readonly segments: { readonly judged: number; readonly forged: number; readonly authentic: number; readonly inconclusive: number; readonly missing: number; readonly late: number; readonly repeated: number; readonly refused: number };
  readonly frames: { readonly present: number; readonly sampled: number; readonly analysed: number; readonly undecodable: number };
  readonly faces: { readonly found: number; readonly analysed: number };
  /** Alerts of the stream as a whole that opened. */
  readonly alerts: number;
}

/** One record of the topic of stream verdicts; the newest of a stream counts. */
export interface StreamVerdict extends StreamCounts {
  readonly schema: 'framewitness.stream-verdict/1';
  readonly stream: string;
  /** Null while the stream is open. */
  readonly end: StreamEnd | null;
  /** See `decideStream`. */
  readonly verdict: VerdictLabel;
  /** Media time of the first and last frame, microseconds; null before the first. */
  readonly startMicros: number | null;
  readonly endMicros: number | null;
  /** The segment with the highest probability. */
  readonly highest: { readonly sequence: number; readonly probability: number; readonly verdict: string } | null;
  /** `hash` of the stream's last segment verdict: shows whether the newest ones of a chain were cut off. */
  readonly head: string | null;
  readonly topologyDigest: string;
}
