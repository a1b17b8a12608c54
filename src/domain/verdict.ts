/** The segment verdict: a finding, its provenance, and its place in the stream's hash chain (docs/reference/verdict.md). */
import type { FaceMap, ModelIdentity } from './ports.js';
import type { SkipReason } from './faces.js';
import type { SegmentSource, SegmentWarning, VideoInfo } from './media.js';

/** What is said of a segment or a track. */
export type VerdictLabel = 'forged' | 'authentic' | 'inconclusive';

/** Why a verdict is inconclusive, or what qualifies it. The list is closed. */
export const VERDICT_REASONS = [
  'no-frames', // the segment has no frame that could be analysed
  'undecodable', // the segment or every frame on the grid could not be decoded
  'partly-undecodable', // some frames were lost; the rest was judged
  'no-face', // frames were analysed, none had a face
  'face-too-small', // faces were found, all too small to judge
  'too-few-faces', // a track has fewer analysed faces in the segment than verdict.minFaces, or than its networks need
  'abstention-band', // the probability lies between the two thresholds
  'model-failed', // a network failed: no score stands in for it
  'detector-failed', // the detector failed on some or all sampled frames
] as const;
/** A member of {@link VERDICT_REASONS}. */
export type VerdictReason = (typeof VERDICT_REASONS)[number];

/** `present = sampled + notSampled + undecodable`; `sampled = analysed + Σ skipped`. */
export interface FrameAccounting {
  readonly present: number;
  readonly sampled: number;
  readonly notSampled: number;
  readonly undecodable: number;
  readonly analysed: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

/** `found = analysed + Σ skipped`; the skip reason `untracked` counts faces that no track took. A face of a frame that turned out not to be sampled is not found. */
export interface FaceAccounting {
  readonly found: number;
  readonly analysed: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
}

/** A face's place at one time. Pixels of the upright frame, rounded to integers; confidence to 3 decimals. */
export interface TrackBox {
  readonly ptsMicros: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly confidence: number;
}

/** Score of one face by a frame network: calibrated probability rounded to 4 decimals. */
export interface FrameScoreRecord {
  readonly ptsMicros: number;
  readonly probability: number;
}

/** Score of one clip; `frames` holds the frame head's probabilities where the network has one. */
export interface ClipScoreRecord {
  readonly startMicros: number;
  readonly endMicros: number;
  readonly probability: number;
  readonly frames: readonly number[];
}

/** Scores of one model for one track. */
export interface ModelScores {
  readonly model: string;
  readonly frames: readonly FrameScoreRecord[];
  /** Clips that end in the segment. */
  readonly clips: readonly ClipScoreRecord[];
}

/** What is said of one track in one segment. */
export interface TrackFinding {
  readonly id: number;
  readonly verdict: VerdictLabel;
  /** Fused, calibrated probability that the face is forged, 4 decimals; null when nothing could be scored. */
  readonly probability: number | null;
  readonly reasons: readonly VerdictReason[];
  readonly startMicros: number;
  readonly endMicros: number;
  readonly boxes: readonly TrackBox[];
  readonly scores: readonly ModelScores[];
}

/** What the segment was found to be: a function of the stream's bytes, the topology and the models, and of nothing else. */
export interface Finding {
  readonly stream: string;
  readonly sequence: number;
  /** Media time of the first frame, and of the last frame present. */
  readonly startMicros: number;
  readonly endMicros: number;
  readonly verdict: VerdictLabel;
  /** Highest fused probability of any judged track; null when there is none. */
  readonly probability: number | null;
  readonly reasons: readonly VerdictReason[];
  readonly frames: FrameAccounting;
  readonly faces: FaceAccounting;
  readonly tracks: readonly TrackFinding[];
  readonly video: VideoInfo | null;
  readonly warnings: readonly SegmentWarning[];
}

/** Where the segment was read, by which build, with which models. */
export interface Provenance {
  readonly source: SegmentSource;
  readonly segmentSha256: string;
  readonly segmentBytes: number;
  readonly topology: { readonly name: string; readonly digest: string };
  /** Thresholds that the verdict was drawn with (from the topology, repeated so that a report stands alone). */
  readonly thresholds: { readonly forgedAt: number; readonly authenticAt: number };
  readonly models: readonly ModelIdentity[];
  readonly detector: { readonly name: string; readonly digest: string };
  readonly decoder: string;
  readonly software: { readonly name: string; readonly version: string };
}

/** Where in the face one network saw what it speaks of. Laid over the whole picture. */
export interface EvidenceMap extends FaceMap {
  /** Name of one of `provenance.models`. */
  readonly model: string;
}

/** A thumbnail that people can look at; covered by the record's hash, not part of the finding. */
export interface EvidenceCrop {
  readonly track: number;
  readonly ptsMicros: number;
  /** JPEG, base64. */
  readonly jpeg: string;
  /** Maps of the networks that make one; absent where none does. */
  readonly maps?: readonly EvidenceMap[];
}

/** One line of `verdicts.jsonl`, one record of the verdict topic. */
export interface SegmentVerdict {
  readonly schema: 'framewitness.segment-verdict/1';
  readonly finding: Finding;
  /** `sha256:` of the finding's canonical JSON (RFC 8785). */
  readonly findingDigest: string;
  readonly provenance: Provenance;
  readonly evidence: readonly EvidenceCrop[];
  /** `hash` of the stream's previous verdict; null for its first. */
  readonly previousHash: string | null;
  /** `sha256:` of the canonical JSON of the record without `hash` and `signature`. */
  readonly hash: string;
  /** Ed25519 over `hash`, base64, where signing is on. */
  readonly signature?: { readonly keyId: string; readonly value: string };
}
