/** What stages need from adapters. Adapters implement these; only `cli` and `topology/build` bring the two together. */
import type { DetectedFace, SampledFrame, TrackedFace } from './faces.js';
import type { DecodeAccounting, DecodedFrame, RgbImage, Segment, VideoInfo } from './media.js';

/** The sampling grid: the first frame at or after each k / framesPerSecond of stream time. */
export interface SamplingGrid {
  readonly framesPerSecond: number;
}

/** Bounds on hostile input. */
export interface MediaLimits {
  /** Width × height of a stored frame. */
  readonly maxPixels: number;
  readonly maxSegmentBytes: number;
  readonly maxSegmentFrames: number;
}

/** What a decoder is asked for. */
export interface DecodeRequest {
  readonly grid: SamplingGrid;
  readonly limits: MediaLimits;
  /** Do not decode frames that are off the grid and that no other frame refers to. Same pixels, less work. */
  readonly selective: boolean;
}

/** A frame on the grid. `tentative` as in {@link SampledFrame}. */
export interface GridFrame {
  readonly frame: DecodedFrame;
  readonly tentative: boolean;
}

/** One segment being decoded. */
export interface SegmentDecoding {
  readonly video: VideoInfo;
  /**
   * The frames on the grid, in order of media time. A frame's planes are valid until the next one is asked for. Frames
   * that turn out damaged are left out and counted. Ending early releases everything.
   */
  frames(): AsyncGenerator<GridFrame, void, void>;
  /** Complete once `frames()` has ended. */
  accounting(): DecodeAccounting;
  /** What went wrong on the way, said once per kind. */
  warnings(): readonly { readonly code: string; readonly message: string }[];
}

/** Decodes segments from memory. */
export interface SegmentDecoder {
  /** @throws FramewitnessError when nothing of the segment can be opened, or a limit is passed. */
  open(segment: Pick<Segment, 'stream' | 'sequence' | 'ptsStartMicros' | 'ownTime' | 'media'>, request: DecodeRequest): Promise<SegmentDecoding>;
  close(): Promise<void>;
}

/** Finds faces in a frame. A result is a function of the frame and `gridIndex` alone. */
export interface FaceDetector {
  /**
   * @param gridIndex - k of the sampling grid; policies that do more work on some frames go by it, so that a cut elsewhere changes nothing
   * @returns faces ordered by falling confidence
   */
  detect(frame: DecodedFrame, gridIndex: number): Promise<readonly DetectedFace[]>;
  close(): Promise<void>;
}

/** Cuts an upright square out of a frame. */
export type CropFace = (frame: DecodedFrame, face: Pick<DetectedFace, 'box' | 'keypoints'>, size: number, scale: number) => RgbImage;

/** Provenance of one model, named in every verdict that used it. */
export interface ModelIdentity {
  /** Name in the topology. */
  readonly name: string;
  /** Network architecture, a name of the registry. */
  readonly network: string;
  /** What the network looks at: one face, or a clip of one track. */
  readonly kind: 'frame' | 'clip';
  /** `sha256:` and lower-case hex, over weights and card. */
  readonly digest: string;
  readonly executor: string;
  readonly precision: string;
}

/** Where in the face: one byte a cell, row by row, 0 to 255 for 0 to 1, base64. At most 32 cells a side. */
export interface FaceMap {
  /** What a high value says. */
  readonly meaning: string;
  readonly width: number;
  readonly height: number;
  readonly values: string;
}

/** A face's probability with its map. */
export interface MappedScore {
  readonly probability: number;
  readonly map: FaceMap;
}

/** Scores faces one by one: the probability that each is forged, 0..1, calibrated as its card says. */
export interface FrameScorer {
  readonly identity: ModelIdentity;
  /** One score a face, in order. Independent of what else is in the batch. */
  score(faces: readonly Pick<TrackedFace, 'crop'>[]): Promise<readonly number[]>;
  /** The same scores with a map of each face; there where the network has one. */
  readonly scoreWithMaps?: (faces: readonly Pick<TrackedFace, 'crop'>[]) => Promise<readonly MappedScore[]>;
  close(): Promise<void>;
}

/** Scores of one clip. */
export interface ClipScore {
  /** Probability that the clip is forged, 0..1. */
  readonly clip: number;
  /** Frame head of a dual-level network: one probability a face; empty where the network has none. */
  readonly frames: readonly number[];
}

/** Scores clips of one track. */
export interface ClipScorer {
  readonly identity: ModelIdentity;
  /** Faces in each clip. */
  readonly clipLength: number;
  /** One result a clip, in order. Independent of what else is in the batch. */
  score(clips: readonly { readonly faces: readonly Pick<TrackedFace, 'crop'>[] }[]): Promise<readonly ClipScore[]>;
  close(): Promise<void>;
}


/** Tracker state: plain JSON data, without pixels, so that it can be saved with a transaction and restored. */
export interface TrackerState {
  readonly version: 1;
  readonly nextTrack: number;
  readonly tracks: readonly TrackState[];
  /** Base64 luma signature of the last sampled frame, null before the first. */
  readonly lastSignature: string | null;
}

/** One live track: constant-velocity motion state and bookkeeping. */
export interface TrackState {
  readonly id: number;
  /** Filter mean and covariance as the tracker lays them out. */
  readonly mean: readonly number[];
  readonly covariance: readonly number[];
  readonly lastSeenMicros: number;
  readonly observations: number;
  readonly confirmed: boolean;
}

/** What the tracker made of one sampled frame. */
export interface TrackedFrame {
  readonly state: TrackerState;
  /** Index into the frame's faces, and the track that took it. */
  readonly assigned: readonly { readonly face: number; readonly track: number }[];
  /** Tracks that ended before or at this frame. */
  readonly ended: readonly number[];
  /** True when the frame follows a hard cut. */
  readonly cut: boolean;
}

/** Associates faces over time. Pure: same state and frame, same answer. */
export interface FaceTracker {
  initial(): TrackerState;
  advance(state: TrackerState, frame: Pick<SampledFrame, 'ptsMicros' | 'faces' | 'signature'>): TrackedFrame;
}
