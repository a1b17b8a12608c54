/** The topology as one RxJS pipeline: analyse in parallel, advance in order, judge in parallel, seal in order, write. */
import { concatMap, map, pipe, takeUntil, type Observable, type OperatorFunction } from 'rxjs';
import type { SegmentAnalysis } from '../../domain/faces.js';
import type { Segment } from '../../domain/media.js';
import type { SegmentVerdict } from '../../domain/verdict.js';
import { orderedParallelMap } from '../../operators/ordered-parallel-map.js';
import { pullThrough } from '../../operators/pull-through.js';
import type { AdvancedSegment } from '../../stages/advance.js';
import type { StreamState } from '../../stages/state.js';
import type { SourceEvent } from '../../transports/file-source.js';
import type { UnsealedVerdict } from '../../verdicts/chain.js';

/** The stages, with their adapters behind them. */
export interface PipelineStages {
  /** Decode, detect, crop. Parallel across segments, of one stream too. */
  readonly analyse: (segment: Segment) => Promise<SegmentAnalysis>;
  readonly initial: StreamState;
  /** Track and clips. In order per stream. */
  readonly advance: (state: StreamState, analysis: SegmentAnalysis) => { readonly state: StreamState; readonly segment: AdvancedSegment };
  /** Score, fuse and verdict. Parallel across segments. */
  readonly judge: (segment: AdvancedSegment) => Promise<UnsealedVerdict>;
  /** The record's place in its stream's chain. In order per stream. */
  readonly seal: (verdict: UnsealedVerdict, previousHash: string | null) => SegmentVerdict;
}

/** How much may be under way from a segment's reading to its verdict's writing. */
export interface PipelineBounds {
  readonly maxSegments: number;
  readonly maxBytes: number;
  /** Segments analysed or judged at once. */
  readonly concurrency: number;
}

/** What the pipeline says, in the order of the source. */
export type PipelineEvent = Exclude<SourceEvent, { kind: 'segment' }> | { readonly kind: 'verdict'; readonly verdict: SegmentVerdict };

type Other = Exclude<SourceEvent, { kind: 'segment' }>;

const bytesOf = (event: SourceEvent): number => (event.kind === 'segment' ? event.segment.media.byteLength : 0);

function analysed(stages: PipelineStages, bounds: PipelineBounds): OperatorFunction<SourceEvent, Other | { kind: 'analysed'; analysis: SegmentAnalysis }> {
  return orderedParallelMap(async (event: SourceEvent) => (event.kind === 'segment' ? { kind: 'analysed' as const, analysis: await stages.analyse(event.segment) } : event), {
    concurrency: bounds.concurrency,
    maxBufferedItems: bounds.maxSegments,
    maxBufferedBytes: bounds.maxBytes,
    bytesOf,
  });
}

function advanced(stages: PipelineStages): OperatorFunction<Other | { kind: 'analysed'; analysis: SegmentAnalysis }, Other | { kind: 'advanced'; segment: AdvancedSegment }> {
  const states = new Map<string, StreamState>();
  return map((event) => {
    if (event.kind !== 'analysed') {
      if (event.kind === 'end') states.delete(event.stream);
      return event;
    }
    const { analysis } = event;
    const { state, segment } = stages.advance(states.get(analysis.stream) ?? stages.initial, analysis);
    states.set(analysis.stream, state);
    return { kind: 'advanced', segment };
  });
}

function sealed(stages: PipelineStages): OperatorFunction<Other | { kind: 'judged'; verdict: UnsealedVerdict }, PipelineEvent> {
  const heads = new Map<string, string>();
  return map((event) => {
    if (event.kind !== 'judged') {
      if (event.kind === 'end') heads.delete(event.stream);
      return event;
    }
    const { stream } = event.verdict.finding;
    const verdict = stages.seal(event.verdict, heads.get(stream) ?? null);
    heads.set(stream, verdict.hash);
    return { kind: 'verdict', verdict };
  });
}

/**
 * Judges everything that a source says. The source is pulled no faster than verdicts are written.
 * @param write - the sink; a verdict counts as under way until it resolves
 * @param stop - when it emits, no further segment is read, and what is under way is finished
 */
export function judgeSource(source: AsyncIterable<SourceEvent>, stages: PipelineStages, bounds: PipelineBounds, write: (event: PipelineEvent) => Promise<void>, stop: Observable<unknown>): Observable<PipelineEvent> {
  const judged = orderedParallelMap(
    async (event: Other | { kind: 'advanced'; segment: AdvancedSegment }) => (event.kind === 'advanced' ? { kind: 'judged' as const, verdict: await stages.judge(event.segment) } : event),
    { concurrency: bounds.maxSegments, maxBufferedItems: bounds.maxSegments, maxBufferedBytes: Number.POSITIVE_INFINITY, bytesOf: () => 0 },
  );
  const written = concatMap(async (event: PipelineEvent) => {
    await write(event);
    return event;
  });
  return pullThrough(source, pipe(takeUntil<SourceEvent>(stop), analysed(stages, bounds), advanced(stages), judged, sealed(stages), written), {
    maxItems: bounds.maxSegments,
    maxBytes: bounds.maxBytes,
    bytesOf,
  });
}
