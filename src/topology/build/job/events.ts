/** What a job tells whoever watches it: the one place where counters, spans and log lines hook in. */
import type { AlertRecord } from '../../../domain/alert.js';
import type { ErrorCode, FramewitnessError } from '../../../domain/errors.js';
import type { SegmentVerdict } from '../../../domain/verdict.js';

/** Something that happened. Outcomes of input are told once they are committed. */
export type JobEvent =
  | { readonly kind: 'assigned'; readonly partitions: readonly number[] }
  | { readonly kind: 'restored'; readonly partition: number; readonly offset: bigint; readonly streams: number; readonly ended: number }
  /** The partition is no longer worked on here; `reason` null where it was given back in order. */
  | { readonly kind: 'dropped'; readonly partition: number; readonly reason: FramewitnessError | null }
  | { readonly kind: 'fetched'; readonly partition: number; readonly records: number; readonly bytes: number; readonly next: bigint; readonly lag: number }
  | { readonly kind: 'held'; readonly partition: number; readonly records: number; readonly bytes: number; readonly paused: boolean }
  | { readonly kind: 'committed'; readonly partition: number; readonly records: number; readonly offset: bigint; readonly millis: number }
  | { readonly kind: 'verdict'; readonly partition: number; readonly verdict: SegmentVerdict; readonly late: boolean; readonly missing: number }
  | { readonly kind: 'repeated'; readonly partition: number; readonly stream: string; readonly sequence: number }
  | { readonly kind: 'dead-letter'; readonly partition: number; readonly offset: bigint; readonly stream: string; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'alert'; readonly partition: number; readonly alert: AlertRecord }
  | { readonly kind: 'stream-ended'; readonly partition: number; readonly stream: string; readonly reason: 'end-of-stream' | 'too-many-open' }
  /** Records were deleted before they were read. */
  | { readonly kind: 'expired'; readonly partition: number; readonly error: FramewitnessError }
  /** Brokers do not answer, or refuse; told once until `recovered`. */
  | { readonly kind: 'outage'; readonly error: FramewitnessError }
  | { readonly kind: 'recovered' };

/** Watches a job. Must not throw. */
export type JobObserver = (event: JobEvent) => void;

/** Outcomes of input so far: what the job prints at its end. */
export interface JobCounts {
  verdicts: number;
  forged: number;
  authentic: number;
  inconclusive: number;
  late: number;
  missing: number;
  repeated: number;
  deadLetters: number;
  alerts: number;
  streamsEnded: number;
  transactions: number;
}

/** An observer that counts. */
export function countingObserver(): { readonly counts: JobCounts; readonly observe: JobObserver } {
  const counts: JobCounts = { verdicts: 0, forged: 0, authentic: 0, inconclusive: 0, late: 0, missing: 0, repeated: 0, deadLetters: 0, alerts: 0, streamsEnded: 0, transactions: 0 };
  const observe: JobObserver = (event) => {
    switch (event.kind) {
      case 'verdict':
        counts.verdicts++;
        counts[event.verdict.finding.verdict]++;
        counts.missing += event.missing;
        if (event.late) counts.late++;
        return;
      case 'repeated':
        counts.repeated++;
        return;
      case 'dead-letter':
        counts.deadLetters++;
        return;
      case 'alert':
        counts.alerts++;
        return;
      case 'stream-ended':
        counts.streamsEnded++;
        return;
      case 'committed':
        counts.transactions++;
    }
  };
  return { counts, observe };
}
