/** The pool's children as ports: analysis and scorers that run in another process. */
import { FramewitnessError } from '../../domain/errors.js';
import type { SegmentAnalysis } from '../../domain/faces.js';
import type { Box, RgbImage, Segment } from '../../domain/media.js';
import type { ClipScore, ClipScorer, FrameScorer, MappedScore } from '../../domain/ports.js';
import { batchItems, type BatchOptions } from '../../stages/batch.js';
import type { Scorer } from '../../stages/score.js';
import { unanalysable } from '../../stages/analyse.js';
import type { WorkerIdentity, WorkerJob, WorkerResult } from './protocol.js';

/** Runs one job on some child. Scores go first: what is nearest to its verdict frees most memory. */
export type RunJob = (job: WorkerJob, options: { readonly priority: number; readonly timeoutMillis?: number; readonly location?: { readonly stream: string; readonly sequence: number } }) => Promise<WorkerResult>;

const PRIORITY = { analyse: 0, score: 1 } as const;

async function expectKind<K extends WorkerResult['kind']>(kind: K, answer: Promise<WorkerResult>): Promise<Extract<WorkerResult, { kind: K }>> {
  const result = await answer;
  if (result.kind !== kind) throw new FramewitnessError('FW_INTERNAL', `a worker answered ${result.kind} to ${kind}`);
  return result as Extract<WorkerResult, { kind: K }>;
}

/** What the children serve with. Asks as many as there are, so that all of them start now and not when there is work. */
export async function identifyWorkers(run: RunJob, workers: number): Promise<WorkerIdentity> {
  const ask = async (): Promise<WorkerIdentity> => (await expectKind('identify', run({ kind: 'identify' }, { priority: PRIORITY.score }))).identity;
  const [first] = await Promise.all([ask(), ...Array.from({ length: workers - 1 }, ask)]);
  return first;
}

/** Analyses segments in the pool. A segment that ends its process twice costs itself and no other. `box`: the one face of every frame, given instead of found. */
export function remoteAnalysis(run: RunJob, timeoutMillis: number): (segment: Segment, box?: Box) => Promise<SegmentAnalysis> {
  return async (segment, box) => {
    const { stream, sequence, media } = segment;
    try {
      return (await expectKind('analyse', run({ kind: 'analyse', segment, ...(box === undefined ? {} : { box }) }, { priority: PRIORITY.analyse, timeoutMillis, location: { stream, sequence } }))).analysis;
    } catch (error) {
      if (!(error instanceof FramewitnessError) || error.scope !== 'segment') throw error;
      return unanalysable({ ...segment, bytes: media.byteLength }, error);
    }
  };
}

/** Hears of a batch: the model's name, its items, and the most that it may have. */
export type BatchObserver = (model: string, items: number, mostItems: number) => void;

/** The topology's models as scorers that batch across callers and run in the pool. */
export function remoteScorers(run: RunJob, identity: WorkerIdentity, batch: BatchOptions, onBatch: BatchObserver = () => undefined): { readonly scorers: readonly Scorer[]; close(): void } {
  const closers: (() => void)[] = [];
  const close = (): Promise<void> => Promise.resolve();
  const scorers = identity.models.map((model): Scorer => {
    if (model.kind === 'frame' && model.makesMaps) {
      const mapped = batchItems<RgbImage, MappedScore>(
        async (crops) => {
          onBatch(model.name, crops.length, batch.maxItems);
          return (await expectKind('score-maps', run({ kind: 'score-maps', model: model.name, crops }, { priority: PRIORITY.score }))).scores;
        },
        batch,
      );
      closers.push(mapped.close);
      const scoreWithMaps: NonNullable<FrameScorer['scoreWithMaps']> = (faces) => mapped.run(faces.map((face) => face.crop));
      const scorer: FrameScorer = { identity: model, scoreWithMaps, score: async (faces) => (await scoreWithMaps(faces)).map(({ probability }) => probability), close };
      return { kind: 'frame', scorer };
    }
    if (model.kind === 'frame') {
      const frames = batchItems<RgbImage, number>(
        async (crops) => {
          onBatch(model.name, crops.length, batch.maxItems);
          return (await expectKind('score-frames', run({ kind: 'score-frames', model: model.name, crops }, { priority: PRIORITY.score }))).scores;
        },
        batch,
      );
      closers.push(frames.close);
      const scorer: FrameScorer = { identity: model, score: (faces) => frames.run(faces.map((face) => face.crop)), close };
      return { kind: 'frame', scorer };
    }
    const perClip = Math.max(1, Math.floor(batch.maxItems / model.clipLength));
    const clips = batchItems<readonly RgbImage[], ClipScore>(
      async (items) => {
        onBatch(model.name, items.length, perClip);
        return (await expectKind('score-clips', run({ kind: 'score-clips', model: model.name, clips: items }, { priority: PRIORITY.score }))).scores;
      },
      { ...batch, maxItems: perClip },
    );
    closers.push(clips.close);
    const scorer: ClipScorer = { identity: model, clipLength: model.clipLength, score: (wanted) => clips.run(wanted.map((clip) => clip.faces.map((face) => face.crop))), close };
    return { kind: 'clip', scorer };
  });
  return {
    scorers,
    close: () => {
      for (const closer of closers) closer();
    },
  };
}
