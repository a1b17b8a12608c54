/** Derives recorded verdicts again from an archive, and compares them. */
import { lastValueFrom, type Observable } from 'rxjs';
import { FramewitnessError } from '../../domain/errors.js';
import type { SegmentVerdict, VerdictLabel } from '../../domain/verdict.js';
import type { Archive } from '../../transports/archive/reader.js';
import { segmentOf } from '../../transports/archive/reader.js';
import type { SourceEvent } from '../../transports/file-source.js';
import { compareFindings, digestWithoutTrackNumbers, essenceOf, provenanceDifferences } from '../../verdicts/compare.js';
import type { RecordedVerdicts } from '../../verdicts/recorded.js';
import type { ReplayResult } from '../../verdicts/replay-result.js';
import type { OpenPipeline } from './open.js';
import type { PipelineStages } from './pipeline.js';
import { planReplay, type ReplayRange, type ReplayStep } from './replay-plan.js';

/** What {@link replayArchive} needs. */
export interface ReplayRequest {
  readonly archive: Archive;
  readonly recorded: RecordedVerdicts;
  readonly range: ReplayRange;
  /** See `compareFindings`. */
  readonly tolerance: number;
  readonly pipeline: OpenPipeline;
  /** Takes the results, stream by stream. */
  readonly onResult: (result: ReplayResult) => Promise<void>;
  /** Told before each stream of how many segments will be derived, and after each of them. */
  readonly onBegin?: (stream: string, index: number, streams: number, segments: number) => void;
  readonly onSegment?: (ptsMicros: number, verdict: VerdictLabel) => void;
  readonly onEnd?: () => void;
  readonly stop: Observable<unknown>;
}

type Judged = Extract<ReplayStep, { kind: 'judge' }>;

const NO_COMPARISON = { flips: [], probabilityDelta: null, largestScoreDelta: 0, differences: [], differencesOmitted: 0, renumbered: false, derived: null, provenance: [] } as const;

/** Derives all verdicts asked for, and reports each. @throws whatever the pipeline throws; FW_INTERRUPTED is left to the caller */
export async function replayArchive(request: ReplayRequest): Promise<void> {
  const { archive, recorded, range } = request;
  const chosen = [...new Set([...archive.streams.keys(), ...recorded.streams])].filter((stream) => range.streams === undefined || range.streams.has(stream));
  const asked = { toStop: false };
  const stopping = request.stop.subscribe(() => {
    asked.toStop = true;
  });
  for (const [index, stream] of chosen.entries()) {
    if (asked.toStop) break;
    const steps = await planReplay(archive, recorded, stream, range);
    request.onBegin?.(stream, index, chosen.length, steps.filter(({ kind }) => kind === 'judge' || kind === 'advance').length);
    await replayStream(request, stream, steps);
    request.onEnd?.();
  }
  stopping.unsubscribe();
}

async function replayStream(request: ReplayRequest, stream: string, steps: readonly ReplayStep[]): Promise<void> {
  const { recorded, tolerance, pipeline, onResult } = request;
  const pending = new Map<number, Judged>();
  const alone = new Set<number>();
  const source = sourceOf(request, stream, steps, pending, alone);
  const write = async (event: { readonly kind: string; readonly verdict?: SegmentVerdict }): Promise<void> => {
    if (event.verdict === undefined) return;
    const { finding } = event.verdict;
    request.onSegment?.(finding.endMicros, finding.verdict);
    const step = pending.get(finding.sequence);
    pending.delete(finding.sequence);
    if (step?.asked === true) await onResult(resultOf(step, await recorded.read(step.recorded), event.verdict, tolerance));
  };
  await lastValueFrom(pipeline.judge(source, write, request.stop, withLateOnes(pipeline.stages, alone)), { defaultValue: undefined });
}

/** Stages under which the segments in `alone` get the state of a new stream, and leave the stream's own as it is. */
function withLateOnes(stages: PipelineStages, alone: ReadonlySet<number>): PipelineStages {
  return { ...stages, advance: (state, analysis) => (alone.has(analysis.sequence) ? { state, segment: stages.advance(stages.initial, analysis).segment } : stages.advance(state, analysis)) };
}

async function* sourceOf({ archive, onResult }: ReplayRequest, stream: string, steps: readonly ReplayStep[], pending: Map<number, Judged>, alone: Set<number>): AsyncGenerator<SourceEvent, void, void> {
  // Once something could not be read, what follows rests on a state that the job did not have.
  let lost: Judged['obstacle'] = null;
  for (const step of steps) {
    if (step.kind === 'reset') {
      lost = null;
      yield { kind: 'end', input: archive.folder, stream };
    } else if (step.kind === 'cannot') {
      await onResult({ ...NO_COMPARISON, stream, sequence: step.sequence, startMicros: step.startMicros, outcome: 'not-comparable', obstacle: step.obstacle, recorded: null });
    } else {
      const { entry } = step;
      let media: Uint8Array;
      try {
        media = await archive.media(entry);
      } catch (error) {
        const { code, message } = FramewitnessError.from(error, 'FW_ARCHIVE_DAMAGED');
        if (step.kind === 'judge' && step.asked) {
          await onResult({ ...NO_COMPARISON, stream, sequence: entry.sequence, startMicros: step.recorded.startMicros, outcome: 'not-comparable', obstacle: { kind: 'unreadable', detail: `${code}: ${message}` }, recorded: null });
        }
        lost = { kind: 'earlier-missing', detail: `segment ${entry.sequence} could not be read, and later verdicts depend on it` };
        continue;
      }
      if (step.kind === 'judge') {
        if (step.alone) alone.add(entry.sequence);
        pending.set(entry.sequence, { ...step, obstacle: step.obstacle ?? (step.alone ? null : lost) });
      }
      yield { kind: 'segment', segment: segmentOf(archive, entry, media, step.kind === 'judge' ? step.warnings : []) };
    }
  }
  yield { kind: 'end', input: archive.folder, stream };
}

function resultOf({ obstacle, recorded: place }: Judged, recorded: SegmentVerdict, derived: SegmentVerdict, tolerance: number): ReplayResult {
  const comparison = compareFindings(recorded.finding, derived.finding, tolerance);
  const { stream, sequence } = recorded.finding;
  const common = { stream, sequence, startMicros: place.startMicros, recorded: essenceOf(recorded), derived: essenceOf(derived), provenance: provenanceDifferences(recorded.provenance, derived.provenance) };
  // An equal finding needs no excuse: however it was come by, it was confirmed. Bytes that are not those judged confirm nothing.
  const equal = comparison.outcome === 'identical' || (obstacle?.kind === 'earlier-missing' && digestWithoutTrackNumbers(recorded.finding) === digestWithoutTrackNumbers(derived.finding));
  if (obstacle === null || (equal && obstacle.kind !== 'other-bytes')) {
    const renumbered = equal && comparison.outcome !== 'identical';
    return { ...common, ...comparison, outcome: renumbered ? 'within-tolerance' : comparison.outcome, renumbered, obstacle: null };
  }
  return { ...common, ...comparison, outcome: 'not-comparable', renumbered: false, obstacle };
}
