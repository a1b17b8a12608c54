/** Fuse: all scores of a track to one probability and one verdict, with the places where the face was. */
import type { TrackedFace } from '../domain/faces.js';
import type { FaceAccounting, FrameAccounting, ModelScores, TrackBox, TrackFinding } from '../domain/verdict.js';
import { decideTrack, type Thresholds } from '../verdicts/decide.js';
import { fuseTrack } from '../verdicts/fusion.js';
import type { AdvancedSegment } from './advance.js';
import type { SegmentScores } from './score.js';

/** Settings of the fuse stage. */
export interface FuseOptions {
  /** Weight of each model, by its name in the topology. */
  readonly weights: Readonly<Record<string, number>>;
  /** Platt scaling of the fused log-odds. */
  readonly calibration: { readonly scale: number; readonly offset: number };
  readonly thresholds: Thresholds;
  /** Fewest analysed faces of a track in a segment that are judged. */
  readonly minFaces: number;
}

/** Tracks with their verdicts, and the accounts in which faces that no network could score are not analysed. */
export interface FusedSegment {
  readonly tracks: readonly TrackFinding[];
  readonly frameAccounts: FrameAccounting;
  readonly faceAccounts: FaceAccounting;
}

function boxOf({ ptsMicros, box, confidence }: TrackedFace): TrackBox {
  return { ptsMicros, x: Math.round(box.x), y: Math.round(box.y), width: Math.round(box.width), height: Math.round(box.height), confidence: Math.round(confidence * 1e3) / 1e3 };
}

function byModel(scores: readonly ModelScores[], pick: (model: ModelScores) => readonly number[]): Record<string, readonly number[]> {
  return Object.fromEntries(scores.map((model) => [model.model, pick(model)]));
}

/**
 * Fuses the tracks of one segment. The frame head of a dual-level network is recorded as evidence; what is fused is each
 * frame network's scores and each clip network's clip scores, because that is what the calibration was fitted on.
 */
export function fuseSegment(options: FuseOptions): (segment: AdvancedSegment, scores: SegmentScores) => FusedSegment {
  return (segment, scores) => {
    const ids = [...new Set(segment.faces.map((face) => face.track))].sort((a, b) => a - b);
    const tracks = ids.map((id): TrackFinding => {
      const faces = segment.faces.filter((face) => face.track === id);
      const own = scores.byTrack.get(id) ?? [];
      const { probability } = fuseTrack({
        frameScores: byModel(own, (model) => model.frames.map((score) => score.probability)),
        clipScores: byModel(own, (model) => model.clips.map((score) => score.probability)),
        weights: options.weights,
        calibration: options.calibration,
      });
      const decision = decideTrack({ probability, faces: faces.length, thresholds: options.thresholds, minFaces: options.minFaces, modelFailed: scores.failedTracks.has(id) });
      return { id, ...decision, probability, startMicros: faces[0]?.ptsMicros ?? 0, endMicros: faces.at(-1)?.ptsMicros ?? 0, boxes: faces.map(boxOf), scores: own };
    });
    return { tracks, ...withoutFailed(segment, scores.failedTracks) };
  };
}

function withoutFailed({ faces, frameAccounts, faceAccounts }: AdvancedSegment, failed: ReadonlySet<number>): Pick<FusedSegment, 'frameAccounts' | 'faceAccounts'> {
  const lost = faces.filter((face) => failed.has(face.track)).length;
  if (lost === 0) return { frameAccounts, faceAccounts };
  const scored = new Set(faces.filter((face) => !failed.has(face.track)).map((face) => face.ptsMicros));
  const lostFrames = new Set(faces.map((face) => face.ptsMicros)).size - scored.size;
  return {
    frameAccounts: { ...frameAccounts, analysed: frameAccounts.analysed - lostFrames, skipped: lostFrames > 0 ? { ...frameAccounts.skipped, 'model-failed': lostFrames } : frameAccounts.skipped },
    faceAccounts: { ...faceAccounts, analysed: faceAccounts.analysed - lost, skipped: { ...faceAccounts.skipped, 'model-failed': lost } },
  };
}
