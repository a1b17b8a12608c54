/** Verdict: what is said of a segment, with its provenance and the crops that people can look at. */
import type { EvidenceCrop, Finding, ModelScores, Provenance } from '../domain/verdict.js';
import type { UnsealedVerdict } from '../verdicts/chain.js';
import { decideSegment } from '../verdicts/decide.js';
import { chooseEvidence, encodeThumbnail } from '../verdicts/evidence.js';
import type { AdvancedSegment } from './advance.js';
import type { FusedSegment } from './fuse.js';
import type { SegmentScores } from './score.js';

/** Settings of the verdict stage. */
export interface VerdictOptions {
  /** The part of the provenance that is the same for every segment. */
  readonly provenance: Omit<Provenance, 'source' | 'segmentSha256' | 'segmentBytes'>;
  readonly evidence: { readonly cropsPerTrack: number; readonly size: number };
}

/** Draws up the record of one segment, but for its place in the chain. */
export function drawVerdict(options: VerdictOptions): (segment: AdvancedSegment, scores: SegmentScores, fused: FusedSegment) => Promise<UnsealedVerdict> {
  return async (segment, scores, fused) => {
    const { analysis } = segment;
    const { stream, sequence, ptsStartMicros, accounting, video } = analysis;
    const { frameAccounts: frames, faceAccounts: faces, tracks } = fused;
    const finding: Finding = {
      stream,
      sequence,
      startMicros: accounting.firstPtsMicros ?? ptsStartMicros,
      endMicros: accounting.lastPtsMicros ?? ptsStartMicros,
      ...decideSegment(tracks, { frames, faces, opened: video !== undefined }),
      frames,
      faces,
      tracks,
      video: video ?? null,
      warnings: [...analysis.warnings, ...scores.warnings],
    };
    const provenance: Provenance = { ...options.provenance, source: analysis.source, segmentSha256: analysis.sha256, segmentBytes: analysis.bytes };
    return { finding, provenance, evidence: await evidenceOf(segment, scores, options.evidence) };
  };
}

function evidenceOf(segment: AdvancedSegment, scores: SegmentScores, options: VerdictOptions['evidence']): Promise<EvidenceCrop[]> {
  if (options.cropsPerTrack === 0) return Promise.resolve([]);
  const candidates = segment.faces.map((face) => ({ track: face.track, ptsMicros: face.ptsMicros, crop: face.crop, maps: scores.maps.get(face), probability: scoreAt(scores.byTrack.get(face.track) ?? [], face.ptsMicros) }));
  const chosen = chooseEvidence(candidates, options.cropsPerTrack);
  return Promise.all(chosen.map(async ({ track, ptsMicros, crop, maps }) => ({ track, ptsMicros, jpeg: await encodeThumbnail(crop, { sizePixels: options.size, quality: 80 }), ...(maps === undefined ? {} : { maps }) })));
}

/** Mean of the frame networks' scores of the face at one time; null where none scored it. */
function scoreAt(models: readonly ModelScores[], ptsMicros: number): number | null {
  const own = models.flatMap((model) => model.frames.filter((score) => score.ptsMicros === ptsMicros).map((score) => score.probability));
  return own.length === 0 ? null : own.reduce((sum, p) => sum + p, 0) / own.length;
}
