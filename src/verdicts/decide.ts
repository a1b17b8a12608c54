/** What is said of a track and of a segment. Pure; docs/reference/verdict.md has the same rules in words. */
import { FramewitnessError } from '../domain/errors.js';
import type { FaceAccounting, FrameAccounting, TrackFinding, VerdictLabel, VerdictReason } from '../domain/verdict.js';
import { VERDICT_REASONS } from '../domain/verdict.js';

/** Where probability becomes verdict: `forged` from `forgedAt` up, `authentic` from `authenticAt` down, 0 to 1 each. */
export interface Thresholds {
  readonly forgedAt: number;
  readonly authenticAt: number;
}

/** A verdict with its reasons, in the order of {@link VERDICT_REASONS}. */
export interface Decision {
  readonly verdict: VerdictLabel;
  readonly reasons: readonly VerdictReason[];
}

/** What {@link decideTrack} goes by. */
export interface TrackEvidence {
  /** Fused probability (`fuseTrack`), null when nothing could be scored. */
  readonly probability: number | null;
  /** Analysed faces of the track in the segment. */
  readonly faces: number;
  readonly thresholds: Thresholds;
  readonly minFaces: number;
  /** True when a network failed on any face or clip of the track: then the other networks' scores do not decide alone. */
  readonly modelFailed?: boolean;
}

/**
 * The verdict of one track in one segment. A failed network, too few faces, and a probability between the thresholds each
 * make it inconclusive.
 *
 * @throws FramewitnessError FW_INTERNAL when the thresholds are not ordered
 */
export function decideTrack(track: TrackEvidence): Decision {
  const { forgedAt, authenticAt } = track.thresholds;
  if (!(authenticAt < forgedAt)) throw new FramewitnessError('FW_INTERNAL', `authenticAt (${authenticAt}) is not below forgedAt (${forgedAt}).`);
  if (track.modelFailed === true) return { verdict: 'inconclusive', reasons: ['model-failed'] };
  // No score and no failure: every network needs more faces than there were (a clip of 16, say).
  if (track.probability === null || track.faces < track.minFaces) return { verdict: 'inconclusive', reasons: ['too-few-faces'] };
  if (track.probability >= forgedAt) return { verdict: 'forged', reasons: [] };
  if (track.probability <= authenticAt) return { verdict: 'authentic', reasons: [] };
  return { verdict: 'inconclusive', reasons: ['abstention-band'] };
}

/** The part of a track finding that the segment's verdict depends on. */
export type JudgedTrack = Pick<TrackFinding, 'verdict' | 'probability' | 'reasons'>;

/** What {@link decideSegment} goes by, beside the tracks. */
export interface SegmentAccounting {
  readonly frames: FrameAccounting;
  readonly faces: FaceAccounting;
  /** False when nothing of the segment could be opened. */
  readonly opened?: boolean;
}

/** A segment's verdict and the highest probability of any judged track. */
export interface SegmentDecision extends Decision {
  readonly probability: number | null;
}

/** True when the track had enough faces and every network ran: its probability means what it says. */
export function isJudged(track: JudgedTrack): boolean {
  return track.probability !== null && !track.reasons.includes('too-few-faces') && !track.reasons.includes('model-failed');
}

function accountingReasons({ frames, faces, opened }: SegmentAccounting): VerdictReason[] {
  const reasons: VerdictReason[] = [];
  if (opened === false) return ['undecodable'];
  if (frames.sampled === 0) return [frames.undecodable > 0 ? 'undecodable' : 'no-frames'];
  if (frames.undecodable > 0) reasons.push('partly-undecodable');
  if ((frames.skipped['detector-failed'] ?? 0) > 0) reasons.push('detector-failed');
  if ((frames.skipped['model-failed'] ?? 0) + (faces.skipped['model-failed'] ?? 0) > 0) reasons.push('model-failed');
  return reasons;
}

/** Why no track could be judged, where the tracks themselves do not say. */
function absenceReason({ frames, faces }: SegmentAccounting): VerdictReason {
  if (faces.found === 0) return (frames.skipped['face-too-small'] ?? 0) > 0 ? 'face-too-small' : 'no-face';
  const small = faces.skipped['face-too-small'] ?? 0;
  return small === faces.found ? 'face-too-small' : 'too-few-faces';
}

/**
 * The verdict of one segment:
 * - `forged` when any track is forged, whatever else is wrong;
 * - `authentic` when at least one track is authentic, none lies in the abstention band, and no network failed;
 * - else `inconclusive`.
 *
 * Tracks with too few faces do not veto `authentic` (people cross the picture all the time); they qualify it, as lost
 * frames do: the reasons of all tracks and of the accounting are kept.
 */
export function decideSegment(tracks: readonly JudgedTrack[], accounting: SegmentAccounting): SegmentDecision {
  const found = new Set<VerdictReason>([...accountingReasons(accounting), ...tracks.flatMap((t) => t.reasons)]);
  const judged = tracks.filter(isJudged);
  const probability = judged.reduce<number | null>((highest, t) => (highest === null ? t.probability : Math.max(highest, t.probability ?? highest)), null);

  let verdict: VerdictLabel = 'inconclusive';
  if (tracks.some((t) => t.verdict === 'forged')) verdict = 'forged';
  else if (tracks.some((t) => t.verdict === 'authentic') && !found.has('abstention-band') && !found.has('model-failed')) verdict = 'authentic';

  const explained = tracks.length > 0 || found.has('undecodable') || found.has('no-frames') || found.has('model-failed');
  const detectorFailedThroughout = found.has('detector-failed') && accounting.frames.analysed === 0;
  if (verdict === 'inconclusive' && !explained && !detectorFailedThroughout) found.add(absenceReason(accounting));
  return { verdict, probability, reasons: VERDICT_REASONS.filter((r) => found.has(r)) };
}
