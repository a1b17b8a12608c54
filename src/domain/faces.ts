/** Faces, tracks and clips. Boxes and points are in pixels of the upright frame. */
import type { Box, Point, RgbImage, VideoInfo, DecodeAccounting, SegmentSource, SegmentWarning } from './media.js';

/** One face that a detector found in one frame. */
export interface DetectedFace {
  readonly box: Box;
  /** Detector confidence, 0..1. */
  readonly confidence: number;
  /** Right eye, left eye, nose tip, mouth centre, right ear, left ear (the person's own right and left). */
  readonly keypoints: readonly Point[];
}

/** A detected face with its aligned crop. */
export interface FaceObservation extends DetectedFace {
  readonly crop: RgbImage;
}

/** Why a sampled frame was not analysed. The list is closed; every reason is counted in the verdict. */
export const SKIP_REASONS = ['no-face', 'face-too-small', 'too-many-faces', 'untracked', 'detector-failed', 'model-failed'] as const;
/** A member of {@link SKIP_REASONS}. */
export type SkipReason = (typeof SKIP_REASONS)[number];

/** A frame on the sampling grid, as the stateless half hands it on. */
export interface SampledFrame {
  readonly ptsMicros: number;
  /**
   * True for a segment's first frame: whether it is the first at or after its grid point depends on the segment before,
   * so the stateful half decides, and counts it as not sampled if it is not.
   */
  readonly tentative: boolean;
  readonly faces: readonly FaceObservation[];
  /** Faces that were found and left out, by reason. */
  readonly facesSkipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Set when the frame itself could not be analysed. */
  readonly skipped?: SkipReason;
  /** Small luma picture, 16 × 9 bytes, for hard-cut detection. */
  readonly signature: Uint8Array;
}

/** All that the stateless half says about one segment. Plain data: crosses process boundaries. */
export interface SegmentAnalysis {
  readonly stream: string;
  readonly sequence: number;
  readonly ptsStartMicros: number;
  readonly sha256: string;
  readonly bytes: number;
  readonly source: SegmentSource;
  /** Absent when nothing could be opened. */
  readonly video?: VideoInfo;
  readonly accounting: DecodeAccounting;
  readonly frames: readonly SampledFrame[];
  readonly warnings: readonly SegmentWarning[];
}

/** A face observation that belongs to a track. */
export interface TrackedFace {
  /** Track id, unique in the stream, from 1 in order of appearance. */
  readonly track: number;
  readonly ptsMicros: number;
  readonly box: Box;
  readonly confidence: number;
  readonly crop: RgbImage;
}

/** T consecutive analysed faces of one track. */
export interface Clip {
  readonly track: number;
  /** Media time of the first and last face, microseconds. */
  readonly startMicros: number;
  readonly endMicros: number;
  readonly faces: readonly TrackedFace[];
}
