/** Files as one RxJS pipeline: segments are analysed and judged side by side, each stream in its lane, and written in order. */
import { concatMap, pipe, takeUntil, type Observable } from 'rxjs';
import type { SegmentAnalysis } from '../../domain/faces.js';
import type { Segment } from '../../domain/media.js';
import type { SegmentVerdict } from '../../domain/verdict.js';
import { orderedParallelMap } from '../../operators/ordered-parallel-map.js';
import { pullThrough } from '../../operators/pull-through.js';
import type { SourceEvent } from '../../transports/file-source.js';
import { openLane, type Lane, type StatefulStages } from './lane.js';

/** The stages, with their adapters behind them. */
export interface PipelineStages extends StatefulStages {
  /** Decode, detect, crop. Parallel across segments, of one stream too. */
  readonly analyse: (segment: Segment) => Promise<SegmentAnalysis>;
}

/** How much may be under way from a segment's reading to its verdict's writing. */
export interface PipelineBounds {
  readonly maxSegments: number;
  readonly maxBytes: number;
}

/** What the pipeline says, in the order of the source. */
export type PipelineEvent = Exclude<SourceEvent, { kind: 'segment' }> | { readonly kind: 'verdict'; readonly verdict: SegmentVerdict };

const bytesOf = (event: SourceEvent): number => (event.kind === 'segment' ? event.segment.media.byteLength : 0);

/**
 * Judges everything that a source says. The source is pulled no faster than verdicts are written.
 * @param write - the sink; a verdict counts as under way until it resolves
 * @param stop - when it emits, no further segment is read, and what is under way is finished
 */
export function judgeSource(source: AsyncIterable<SourceEvent>, stages: PipelineStages, bounds: PipelineBounds, write: (event: PipelineEvent) => Promise<void>, stop: Observable<unknown>): Observable<PipelineEvent> {
  const lanes = new Map<string, Lane>();
  const laneOf = (stream: string): Lane => {
    const lane = lanes.get(stream) ?? openLane(stages, { state: stages.initial, head: null });
    lanes.set(stream, lane);
    return lane;
  };
  const judged = orderedParallelMap(
    async (event: SourceEvent): Promise<PipelineEvent> => {
      if (event.kind === 'segment') return { kind: 'verdict', verdict: (await laneOf(event.segment.stream).judge(stages.analyse(event.segment))).verdict };
      if (event.kind === 'end') lanes.delete(event.stream);
      return event;
    },
    { concurrency: bounds.maxSegments, maxBufferedItems: bounds.maxSegments, maxBufferedBytes: bounds.maxBytes, bytesOf },
  );
  const written = concatMap(async (event: PipelineEvent) => {
    await write(event);
    return event;
  });
  return pullThrough(source, pipe(takeUntil<SourceEvent>(stop), judged, written), { maxItems: bounds.maxSegments, maxBytes: bounds.maxBytes, bytesOf });
}
