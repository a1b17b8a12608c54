/** What the pipeline said of one item, without what no metric needs: every score, the accounts, and why there are none. */
import type { FaceAccounting, FrameAccounting, ModelScores, SegmentVerdict, TrackFinding, VerdictLabel, VerdictReason } from '../domain/verdict.js';
import { isJudged } from '../verdicts/decide.js';

/** Where a track's face was at one time. Pixels of the upright frame. */
export interface FacePlace {
  readonly ptsMicros: number;
  readonly width: number;
  readonly height: number;
}

/** One track in one segment. */
export interface TrackOutcome {
  readonly id: number;
  /** False where the verdict abstains for too few faces or a failed network. */
  readonly judged: boolean;
  /** Fused and calibrated, 4 decimals; null where no network scored. */
  readonly probability: number | null;
  readonly faces: readonly FacePlace[];
  readonly scores: readonly ModelScores[];
}

/** One segment. */
export interface SegmentOutcome {
  readonly verdict: VerdictLabel;
  readonly reasons: readonly VerdictReason[];
  readonly frames: FrameAccounting;
  readonly faces: FaceAccounting;
  readonly tracks: readonly TrackOutcome[];
}

/** One item: a video, or a picture (one segment of one frame). */
export interface ItemOutcome {
  readonly segments: readonly SegmentOutcome[];
  /** What kept the item, or its rest, from being read; null where nothing did. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

function trackOutcome(track: TrackFinding): TrackOutcome {
  return {
    id: track.id,
    judged: isJudged(track),
    // A network failed: what the others say does not stand in for it.
    probability: track.reasons.includes('model-failed') ? null : track.probability,
    faces: track.boxes.map(({ ptsMicros, width, height }) => ({ ptsMicros, width, height })),
    scores: track.reasons.includes('model-failed') ? [] : track.scores,
  };
}

/** What is kept of a verdict. */
export function segmentOutcome({ finding }: SegmentVerdict): SegmentOutcome {
  const { verdict, reasons, frames, faces, tracks } = finding;
  return { verdict, reasons, frames, faces, tracks: tracks.map(trackOutcome) };
}
