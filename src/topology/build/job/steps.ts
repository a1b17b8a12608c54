/** Input records on their way, and what they lead to before it is written. */
import type { AlertRecord } from '../../../domain/alert.js';
import type { FramewitnessError } from '../../../domain/errors.js';
import type { SegmentAnalysis } from '../../../domain/faces.js';
import type { SegmentWarning } from '../../../domain/media.js';
import type { StreamEnd } from '../../../domain/stream-verdict.js';
import type { SegmentVerdict } from '../../../domain/verdict.js';
import type { StreamProgress } from '../../../stages/progress.js';
import type { DeadLetterStage } from '../../../transports/kafka/dead-letters.js';
import type { SegmentRecord } from '../../../transports/kafka/records.js';
import type { SegmentWatch } from '../../../telemetry/segment-watch.js';
import type { JobEvent } from './events.js';

/** A record of a stream, with what is known of it before it is looked into. */
export interface PlacedRecord {
  readonly offset: bigint;
  readonly record: SegmentRecord;
  /** Lower-case hex SHA-256 of the media. */
  readonly sha256: string;
  readonly watch: SegmentWatch;
}

/** An analysis under way. */
export interface RunningAnalysis {
  readonly analysis: Promise<SegmentAnalysis>;
  /** Gives the segment's room back: call it when its verdict is drawn. */
  readonly release: () => void;
}

/** Starts an analysis; see `analyseRecords`. */
export type AnalyseRecord = (partition: number, placed: PlacedRecord, warnings: readonly SegmentWarning[]) => RunningAnalysis;

/** One thing to write or to tell. */
export type StepOutput =
  | { readonly kind: 'verdict'; readonly verdict: SegmentVerdict; readonly late: boolean; readonly missing: number }
  | { readonly kind: 'alert'; readonly alert: AlertRecord }
  | { readonly kind: 'dead-letter'; readonly offset: bigint; readonly stream: string; readonly stage: DeadLetterStage; readonly error: Pick<FramewitnessError, 'code' | 'message'> }
  /** The stream's progress after the record. */
  | { readonly kind: 'progress'; readonly stream: string; readonly progress: StreamProgress; readonly touched: bigint }
  | { readonly kind: 'ended'; readonly stream: string; readonly offset: bigint; readonly reason: StreamEnd; readonly progress: StreamProgress }
  /** An end that is no longer remembered. */
  | { readonly kind: 'forgotten'; readonly stream: string }
  | { readonly kind: 'event'; readonly event: JobEvent };

/** All that one record leads to, in order. */
export interface Conclusion {
  readonly outputs: readonly StepOutput[];
}
