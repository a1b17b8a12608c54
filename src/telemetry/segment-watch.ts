/** Watches one segment on its way through the job: a span and a duration for each step. No verdict depends on it. */
import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import type { Instruments } from './instruments.js';
import { contextOf, headersOf, traceHeaders, type TraceHeaders } from './trace-context.js';

/** Steps in order; a segment is in one at a time. `advance` and `commit` begin with the wait for the segment's turn. */
export type SegmentStep = 'wait' | 'analyse' | 'advance' | 'judge' | 'commit';

/** What is watched. */
export interface WatchedSegment {
  readonly stream: string;
  readonly sequence: number;
  readonly partition: number;
  readonly offset: bigint;
  readonly traceParent?: string;
  readonly traceState?: string;
}

/** Watches one segment. A segment that is given up before its commit just has no end. */
export interface SegmentWatch {
  /** For the headers of what the segment leads to. */
  readonly headers: TraceHeaders;
  /** Ends the step before. */
  enter(step: SegmentStep): void;
  /** What the segment led to is committed. @param verdict - null where it got none; @param code - why it is a dead letter */
  end(verdict: string | null, code?: string): void;
}

/** Begins to watch a segment. */
export type WatchSegment = (segment: WatchedSegment) => SegmentWatch;

/** Watches segments by the tracer that is set, if there is one, and by instruments. */
export function segmentWatcher(instruments: Instruments): WatchSegment {
  const tracer = trace.getTracer('framewitness');
  return (segment) => {
    const { stream, sequence, partition, offset } = segment;
    const came = traceHeaders(segment);
    const attributes = {
      'framewitness.stream': stream,
      'framewitness.sequence': sequence,
      'messaging.system': 'kafka',
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': Number(offset),
    };
    const before = contextOf(came);
    const whole = tracer.startSpan('segment', { kind: SpanKind.CONSUMER, attributes }, before);
    const within = trace.setSpan(before, whole);
    const begun = performance.now();
    let step: { readonly name: SegmentStep; readonly span: Span; readonly begun: number } | undefined;
    const leave = (): void => {
      if (step === undefined) return;
      step.span.end();
      instruments.record('framewitness_segment_duration_seconds', (performance.now() - step.begun) / 1000, { step: step.name });
      step = undefined;
    };
    return {
      headers: headersOf(within, came),
      enter: (name) => {
        leave();
        step = { name, span: tracer.startSpan(name, {}, within), begun: performance.now() };
      },
      end: (verdict, code) => {
        leave();
        if (verdict !== null) {
          whole.setAttribute('framewitness.verdict', verdict);
          instruments.record('framewitness_segment_commit_duration_seconds', (performance.now() - begun) / 1000);
        }
        if (code !== undefined) whole.setStatus({ code: SpanStatusCode.ERROR, message: code });
        whole.end();
      },
    };
  };
}
