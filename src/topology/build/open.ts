/** Opens a topology: starts the pool, joins stages and adapters, and judges files. */
import { availableParallelism } from 'node:os';
import type { Observable } from 'rxjs';
import { FramewitnessError } from '../../domain/errors.js';
import type { SegmentAnalysis } from '../../domain/faces.js';
import type { Box, Segment } from '../../domain/media.js';
import { createTracker } from '../../faces/tracker.js';
import type { ModelCard } from '../../models/card.js';
import { advanceStream, initialState } from '../../stages/advance.js';
import { raiseAlerts, type AlertStage } from '../../stages/alert.js';
import { fuseSegment } from '../../stages/fuse.js';
import { scoreSegment } from '../../stages/score.js';
import { drawVerdict } from '../../stages/verdict.js';
import { openArchive } from '../../transports/archive/reader.js';
import { archiveSegments } from '../../transports/archive/source.js';
import { fileSource, type FileInput, type Segmenter, type SourceEvent } from '../../transports/file-source.js';
import { sealVerdict } from '../../verdicts/chain.js';
import type { Signer } from '../../verdicts/signing.js';
import { createPool, type PoolMetrics } from '../../workers/pool.js';
import type { LoadedTopology } from '../load.js';
import type { Topology } from '../schema.js';
import { loadCards } from './adapters.js';
import { judgeSource, type PipelineBounds, type PipelineEvent, type PipelineStages } from './pipeline.js';
import type { WorkerIdentity, WorkerJob, WorkerResult, WorkerSetup } from './protocol.js';
import { createSegmenter } from './segmenter.js';
import { openSigner } from './signing.js';
import { identifyWorkers, remoteAnalysis, remoteScorers, type BatchObserver, type RunJob } from './remote.js';
import { SOFTWARE } from './software.js';

/** Options of {@link openPipeline}. */
export interface OpenOptions {
  /** Worker processes, instead of the topology's `workers.count`. */
  readonly workers?: number;
  /** Signs the verdicts, instead of the topology's `signing.privateKey`; null signs none. */
  readonly signer?: Signer | null;
  /** Hears of each run of a network on a batch. */
  readonly onBatch?: BatchObserver;
}

/** An open topology. */
export interface OpenPipeline {
  readonly stages: PipelineStages;
  /** How much may be under way, over all streams. */
  readonly bounds: PipelineBounds;
  readonly alerts: AlertStage;
  /** What the workers serve with, as verdicts name it. */
  readonly identity: WorkerIdentity;
  /** As `stages.analyse`, with the one face of every frame given instead of found. @param box - pixels of the upright frame */
  analyseWithin(segment: Segment, box: Box): Promise<SegmentAnalysis>;
  /** Cards of the models that the topology names, in its order. */
  readonly cards: readonly ModelCard[];
  /**
   * Judges files one after the other.
   * @param write - the sink; the source is pulled no faster than this resolves
   * @param stop - when it emits, nothing more is read, and what is under way is finished
   */
  judgeFiles(inputs: readonly FileInput[], write: (event: PipelineEvent) => Promise<void>, stop: Observable<unknown>): Observable<PipelineEvent>;
  /** Judges what another source says; as {@link OpenPipeline.judgeFiles} otherwise. @param stages - other ones than the topology's */
  judge(source: AsyncIterable<SourceEvent>, write: (event: PipelineEvent) => Promise<void>, stop: Observable<unknown>, stages?: PipelineStages): Observable<PipelineEvent>;
  /** Cuts files as {@link OpenPipeline.judgeFiles} does. */
  readonly segmenter: Segmenter;
  /** What the worker processes are at. */
  readonly workers: () => PoolMetrics;
  close(): Promise<void>;
}

const workerEntry = new URL(import.meta.url.endsWith('.ts') ? './worker-main.ts' : './worker-main.js', import.meta.url);

/** Starts what a topology needs. @throws FramewitnessError of scope `run` when a model, the detector or a decoder is missing */
export async function openPipeline({ topology, digest, folder }: LoadedTopology, options: OpenOptions = {}): Promise<OpenPipeline> {
  const { stages: settings, workers } = topology;
  const signer = options.signer === undefined ? openSigner(topology.signing.privateKey, folder) : options.signer;
  const cards = await loadCards(topology, folder);
  const size = options.workers ?? (workers.count === 'auto' ? availableParallelism() : workers.count);
  const timeoutMillis = settings.decode.timeoutSeconds * 1000;
  const setup: WorkerSetup = { topology, folder };
  const pool = createPool<WorkerJob, WorkerResult>({ entry: workerEntry, size, initial: setup, jobTimeoutMillis: timeoutMillis });
  const cutter = createSegmenter({ targetMicros: micros(topology.segments.targetSeconds), limits: topology.limits }, timeoutMillis);
  try {
    const run: RunJob = (job, options) => pool.run(job, options);
    const identity = await identifyWorkers(run, size);
    checkClipLengths(identity, settings.clips.length);
    const remote = remoteScorers(run, identity, settings.score.batch, options.onBatch);
    const tracking = {
      tracker: createTracker(trackerOptions(settings.track)),
      grid: settings.sample,
      clips: { length: settings.clips.length, stride: settings.clips.stride, maxGapMicros: micros(settings.clips.maxGapSeconds) },
    };
    const { forgedAt, authenticAt, minFaces, evidence } = settings.verdict;
    const thresholds = { forgedAt, authenticAt };
    const score = scoreSegment(remote.scorers);
    const fuse = fuseSegment({ weights: Object.fromEntries(settings.score.models.map(({ name, weight }) => [name, weight])), calibration: settings.fuse.calibration, thresholds, minFaces });
    const draw = drawVerdict({
      provenance: {
        topology: { name: topology.name, digest },
        thresholds,
        models: identity.models.map(({ name, network, kind, digest: own, executor, precision }) => ({ name, network, kind, digest: own, executor, precision })),
        detector: identity.detector,
        decoder: identity.decoder,
        software: SOFTWARE,
      },
      evidence,
    });
    const analyse = remoteAnalysis(run, timeoutMillis);
    const stages: PipelineStages = {
      analyse: (segment) => analyse(segment),
      initial: initialState(tracking),
      advance: advanceStream(tracking),
      judge: async (segment) => {
        const scores = await score(segment.faces, segment.clips);
        return draw(segment, scores, fuse(segment, scores));
      },
      seal: (verdict, previousHash) => {
        const record = sealVerdict(verdict, previousHash);
        return signer ? signer.sign(record) : record;
      },
    };
    const bounds = { maxSegments: Math.max(workers.maxBufferedSegments, size + 2), maxBytes: workers.maxBufferedBytes };
    return {
      stages,
      bounds,
      alerts: alertStage(topology),
      identity,
      analyseWithin: analyse,
      cards,
      judgeFiles: (inputs, write, stop) => judgeSource(fileSource(inputs, (input) => (input.archiveStream === undefined ? cutter.segmenter(input) : archiveStream(input.path, input.archiveStream))), stages, bounds, write, stop),
      judge: (source, write, stop, other = stages) => judgeSource(source, other, bounds, write, stop),
      segmenter: cutter.segmenter,
      workers: () => pool.metrics(),
      close: async () => {
        remote.close();
        await Promise.all([pool.close(), cutter.close()]);
      },
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function trackerOptions({ maxGapSeconds, ...options }: Topology['stages']['track']): Parameters<typeof createTracker>[0] {
  return { ...options, maxGapMicros: micros(maxGapSeconds) };
}

async function* archiveStream(folder: string, stream: string): AsyncGenerator<Segment, void, void> {
  yield* archiveSegments(await openArchive(folder), stream);
}

/** The alert stage that a topology asks for. Needs no worker, so it serves reports too. */
export function alertStage({ stages: { alert, track } }: Topology): AlertStage {
  return raiseAlerts({ rule: alert, maxTrackGapMicros: micros(track.maxGapSeconds) });
}

function micros(seconds: number): number {
  return Math.round(seconds * 1e6);
}

function checkClipLengths(identity: WorkerIdentity, length: number): void {
  const wrong = identity.models.filter((model) => model.kind === 'clip' && model.clipLength !== length);
  if (wrong.length === 0) return;
  const list = wrong.map((model) => `${model.name} takes ${model.clipLength} faces`).join(', ');
  throw new FramewitnessError('FW_TOPOLOGY_INVALID', `stages.clips.length is ${length}, but ${list}: set it to what the model takes`);
}
