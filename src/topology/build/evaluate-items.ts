/** Runs the items of an evaluation through an open pipeline: the code of a scan, with what pictures need beside it. */
import { lastValueFrom, type Observable } from 'rxjs';
import type { FramewitnessError } from '../../domain/errors.js';
import type { SegmentAnalysis } from '../../domain/faces.js';
import type { Segment } from '../../domain/media.js';
import { segmentOutcome, type ItemOutcome, type SegmentOutcome } from '../../evaluation/outcome.js';
import type { EvaluationItem } from '../../evaluation/units.js';
import { fileSource } from '../../transports/file-source.js';
import type { Topology } from '../schema.js';
import type { OpenPipeline } from './open.js';
import type { PipelineStages } from './pipeline.js';

/** How items are run. */
export interface ItemRun {
  /** Take the boxes that items have instead of looking for faces. */
  readonly useBoxes: boolean;
  readonly topology: Topology;
  /** Called for each item when all of it was judged, in order; the next are pulled no faster than it resolves. */
  readonly onItem: (item: EvaluationItem, outcome: ItemOutcome) => Promise<void>;
  /** When it emits, no further segment is read; items that are not at their end then are not told of. */
  readonly stop: Observable<unknown>;
}

/**
 * A picture has no next frame that could confirm a doubtful face, so every face that the detector takes for one counts: it
 * gets the confidence that begins a track.
 */
function withEveryFace(analysis: SegmentAnalysis, highScore: number): SegmentAnalysis {
  return { ...analysis, frames: analysis.frames.map((frame) => ({ ...frame, faces: frame.faces.map((face) => ({ ...face, confidence: Math.max(face.confidence, highScore) })) })) };
}

function stagesFor(pipeline: OpenPipeline, items: ReadonlyMap<string, EvaluationItem>, { useBoxes, topology }: ItemRun): PipelineStages {
  const analyse = async (segment: Segment): Promise<SegmentAnalysis> => {
    const item = items.get(segment.stream);
    const box = useBoxes ? item?.box : undefined;
    if (box) return pipeline.analyseWithin(segment, { x: box[0], y: box[1], width: box[2], height: box[3] });
    const analysis = await pipeline.stages.analyse(segment);
    return item?.kind === 'image' ? withEveryFace(analysis, topology.stages.track.highScore) : analysis;
  };
  return { ...pipeline.stages, analyse };
}

/** Judges items one after the other, segments of several side by side. An item that cannot be read has an outcome that says so. */
export async function judgeItems(pipeline: OpenPipeline, items: readonly EvaluationItem[], run: ItemRun): Promise<void> {
  const byPath = new Map(items.map((item) => [item.path, item]));
  const source = fileSource(
    items.map(({ path }) => ({ path })),
    ({ path, stream }) => pipeline.segmenter({ path: byPath.get(path)?.file ?? path, stream }),
  );
  const segments = new Map<string, SegmentOutcome[]>();
  const events = pipeline.judge(
    source,
    async (event) => {
      if (event.kind === 'begin') segments.set(event.input, []);
      if (event.kind === 'verdict') segments.get(event.verdict.finding.stream)?.push(segmentOutcome(event.verdict));
      if (event.kind !== 'end') return;
      const item = byPath.get(event.stream);
      if (item) await run.onItem(item, { segments: segments.get(event.stream) ?? [], error: failureOf(event.error) });
      segments.delete(event.stream);
    },
    run.stop,
    stagesFor(pipeline, byPath, run),
  );
  await lastValueFrom(events, { defaultValue: undefined });
}

function failureOf(error: FramewitnessError | undefined): ItemOutcome['error'] {
  return error === undefined ? null : { code: error.code, message: error.message };
}
