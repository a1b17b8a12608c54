/** Score: every face by the frame networks, every clip by the clip networks. A failure stays a failure: no number stands in for it. */
import { FramewitnessError } from '../domain/errors.js';
import type { Clip, TrackedFace } from '../domain/faces.js';
import type { SegmentWarning } from '../domain/media.js';
import type { ClipScore, ClipScorer, FaceMap, FrameScorer, ModelIdentity } from '../domain/ports.js';
import type { EvidenceMap, ModelScores } from '../domain/verdict.js';
import { roundProbability } from '../verdicts/fusion.js';

/** Scores of a segment, by track. */
export interface SegmentScores {
  /** Per track, one entry for every model that had something to score, in the topology's order. */
  readonly byTrack: ReadonlyMap<number, readonly ModelScores[]>;
  /** Tracks of which a model failed to score a face or a clip. */
  readonly failedTracks: ReadonlySet<number>;
  readonly warnings: readonly SegmentWarning[];
  /** Maps of each face by the networks that make one, in the topology's order. */
  readonly maps: ReadonlyMap<TrackedFace, readonly EvidenceMap[]>;
}

/** What the score stage scores with. */
export type Scorer = { readonly kind: 'frame'; readonly scorer: FrameScorer } | { readonly kind: 'clip'; readonly scorer: ClipScorer };

/** Scores of one model for a whole segment, or its failure. */
type Outcome<T> = { readonly scores: readonly T[] } | { readonly failure: SegmentWarning };

async function attempt<T>(identity: ModelIdentity, expected: number, run: () => Promise<readonly T[]>, numbersOf: (score: T) => readonly number[]): Promise<Outcome<T>> {
  try {
    const scores = await run();
    if (scores.length !== expected) throw new FramewitnessError('FW_MODEL_FAILED', `model ${identity.name} gave ${scores.length} scores for ${expected} items`);
    const odd = scores.flatMap(numbersOf).find((p) => !(p >= 0 && p <= 1));
    if (odd !== undefined) throw new FramewitnessError('FW_MODEL_FAILED', `model ${identity.name} gave the score ${odd}, which is no probability`);
    return { scores };
  } catch (error) {
    const failure = FramewitnessError.from(error, 'FW_MODEL_FAILED');
    return { failure: { code: failure.code, message: failure.message } };
  }
}

/** A face's probability, and its map where the network makes one. */
interface FrameScore {
  readonly probability: number;
  readonly map?: FaceMap;
}

function frameScores(scorer: FrameScorer, faces: readonly TrackedFace[]): Promise<Outcome<FrameScore>> {
  const run = scorer.scoreWithMaps ?? (async () => (await scorer.score(faces)).map((probability) => ({ probability })));
  return attempt<FrameScore>(scorer.identity, faces.length, () => run(faces), ({ probability }) => [probability]);
}

function clipScores(scorer: ClipScorer, clips: readonly Clip[]): Promise<Outcome<ClipScore>> {
  return attempt(scorer.identity, clips.length, () => scorer.score(clips), (score) => [score.clip, ...score.frames]);
}

/** Scores the faces and clips of one segment by every model at once. */
export function scoreSegment(scorers: readonly Scorer[]): (faces: readonly TrackedFace[], clips: readonly Clip[]) => Promise<SegmentScores> {
  return async (faces, clips) => {
    const byTrack = new Map<number, ModelScores[]>();
    const failedTracks = new Set<number>();
    const warnings: SegmentWarning[] = [];
    const maps = new Map<TrackedFace, readonly EvidenceMap[]>();
    const put = (track: number, scores: ModelScores): void => {
      byTrack.set(track, [...(byTrack.get(track) ?? []), scores]);
    };
    const fail = (items: readonly { readonly track: number }[], failure: SegmentWarning): void => {
      for (const { track } of items) failedTracks.add(track);
      warnings.push(failure);
    };
    const outcomes = await Promise.all(
      scorers.map(async (entry) =>
        entry.kind === 'frame' ? { ...entry, outcome: await frameScores(entry.scorer, faces) } : { ...entry, outcome: await clipScores(entry.scorer, clips) },
      ),
    );
    for (const result of outcomes) {
      const model = result.scorer.identity.name;
      if (result.kind === 'frame') {
        if ('failure' in result.outcome) fail(faces, result.outcome.failure);
        else {
          const { scores } = result.outcome;
          const records = faces.map((face, i) => ({ track: face.track, record: { ptsMicros: face.ptsMicros, probability: roundProbability(scores[i]?.probability ?? Number.NaN) } }));
          faces.forEach((face, i) => {
            const map = scores[i]?.map;
            if (map !== undefined) maps.set(face, [...(maps.get(face) ?? []), { model, ...map }]);
          });
          for (const [track, own] of grouped(records)) put(track, { model, frames: own.map((r) => r.record), clips: [] });
        }
      } else if ('failure' in result.outcome) fail(clips, result.outcome.failure);
      else {
        const { scores } = result.outcome;
        const records = clips.flatMap((clip, i) => {
          const score = scores[i];
          if (!score) return [];
          const { track, startMicros, endMicros } = clip;
          return [{ track, record: { startMicros, endMicros, probability: roundProbability(score.clip), frames: score.frames.map(roundProbability) } }];
        });
        for (const [track, own] of grouped(records)) put(track, { model, frames: [], clips: own.map((r) => r.record) });
      }
    }
    return { byTrack, failedTracks, warnings, maps };
  };
}

function grouped<T extends { readonly track: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.track);
    if (group) group.push(item);
    else groups.set(item.track, [item]);
  }
  return groups;
}
