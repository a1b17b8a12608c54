/** What must hold between the fields of a verdict record, beyond their types. Pure; used by the schema. */
import type { Finding, SegmentVerdict, TrackFinding, VerdictReason } from '../domain/verdict.js';
import { VERDICT_REASONS } from '../domain/verdict.js';

/** One broken invariant: where it is, and what should hold. */
export interface InvariantProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Counts = Readonly<Partial<Record<string, number>>>;
const sumOf = (counts: Counts): number => Object.values(counts).reduce<number>((total, n) => total + (n ?? 0), 0);

function rising(times: readonly number[]): boolean {
  return times.every((t, i) => i === 0 || t > (times[i - 1] ?? -Infinity));
}

function reasonsProblem(reasons: readonly VerdictReason[]): string | null {
  const order = reasons.map((r) => VERDICT_REASONS.indexOf(r));
  return rising(order) ? null : 'reasons are not in catalogue order, each once';
}

function trackProblems(track: TrackFinding, index: number): InvariantProblem[] {
  const problems: InvariantProblem[] = [];
  const at = (field: string, message: string): void => void problems.push({ path: ['tracks', index, field], message });
  if (track.endMicros < track.startMicros) at('endMicros', 'before startMicros');
  if (track.verdict !== 'inconclusive' && track.probability === null) at('probability', `missing although the verdict is ${track.verdict}`);
  if (track.verdict === 'inconclusive' && track.reasons.length === 0) at('reasons', 'empty although the verdict is inconclusive');
  const order = reasonsProblem(track.reasons);
  if (order !== null) at('reasons', order);
  if (!rising(track.boxes.map((b) => b.ptsMicros))) at('boxes', 'times do not rise');
  if (track.boxes.some((b) => b.ptsMicros < track.startMicros || b.ptsMicros > track.endMicros)) at('boxes', 'a box lies outside startMicros to endMicros');
  if (new Set(track.scores.map((s) => s.model)).size !== track.scores.length) at('scores', 'a model appears twice');
  for (const scores of track.scores) {
    if (!rising(scores.frames.map((f) => f.ptsMicros))) at('scores', `times of the frame scores of ${scores.model} do not rise`);
    if (scores.clips.some((c) => c.endMicros < c.startMicros)) at('scores', `a clip of ${scores.model} ends before it starts`);
    if (!rising(scores.clips.map((c) => c.endMicros))) at('scores', `clips of ${scores.model} are not ordered by their end`);
  }
  return problems;
}

/**
 * Broken invariants of a finding: the accounting sums (DESIGN promise 3), the ordering of times, and the link between
 * verdict, probability and reasons.
 */
export function findingProblems(finding: Finding): readonly InvariantProblem[] {
  const problems: InvariantProblem[] = [];
  const at = (path: readonly (string | number)[], message: string): void => void problems.push({ path, message });
  const { frames, faces } = finding;
  if (frames.present !== frames.sampled + frames.notSampled + frames.undecodable) at(['frames', 'present'], 'is not sampled + notSampled + undecodable');
  if (frames.sampled !== frames.analysed + sumOf(frames.skipped)) at(['frames', 'sampled'], 'is not analysed + the sum of skipped');
  if (faces.found !== faces.analysed + sumOf(faces.skipped)) at(['faces', 'found'], 'is not analysed + the sum of skipped');
  if (finding.endMicros < finding.startMicros) at(['endMicros'], 'before startMicros');
  if (finding.verdict !== 'inconclusive' && finding.probability === null) at(['probability'], `missing although the verdict is ${finding.verdict}`);
  if (finding.verdict === 'inconclusive' && finding.reasons.length === 0) at(['reasons'], 'empty although the verdict is inconclusive');
  const order = reasonsProblem(finding.reasons);
  if (order !== null) at(['reasons'], order);
  if (!rising(finding.tracks.map((t) => t.id))) at(['tracks'], 'ids do not rise');
  const some = (label: Finding['verdict']): boolean => finding.tracks.some((t) => t.verdict === label);
  if ((finding.verdict === 'forged') !== some('forged')) at(['verdict'], 'a segment is forged exactly when one of its tracks is');
  if (finding.verdict === 'authentic' && !some('authentic')) at(['verdict'], 'authentic although no track is');
  if (finding.probability !== null && !finding.tracks.some((t) => t.probability === finding.probability)) at(['probability'], 'is not the probability of any track');
  return [...problems, ...finding.tracks.flatMap(trackProblems)];
}

/** Broken invariants between a finding and the rest of its record: thresholds, models and evidence. */
export function recordProblems(record: Pick<SegmentVerdict, 'finding' | 'provenance' | 'evidence'>): readonly InvariantProblem[] {
  const problems: InvariantProblem[] = [];
  const at = (path: readonly (string | number)[], message: string): void => void problems.push({ path, message });
  const { finding, provenance, evidence } = record;
  const { forgedAt, authenticAt } = provenance.thresholds;
  if (authenticAt >= forgedAt) at(['provenance', 'thresholds'], 'authenticAt is not below forgedAt');
  const models = new Set(provenance.models.map((m) => m.name));
  if (models.size !== provenance.models.length) at(['provenance', 'models'], 'a name appears twice');
  finding.tracks.forEach((track, index) => {
    const p = track.probability;
    if (p !== null && track.verdict === 'forged' && p < forgedAt) at(['finding', 'tracks', index, 'verdict'], 'forged although the probability is below forgedAt');
    if (p !== null && track.verdict === 'authentic' && p > authenticAt) at(['finding', 'tracks', index, 'verdict'], 'authentic although the probability is above authenticAt');
    for (const scores of track.scores) {
      if (!models.has(scores.model)) at(['finding', 'tracks', index, 'scores'], `names the model ${scores.model}, which provenance.models does not`);
    }
  });
  const tracks = new Set(finding.tracks.map((t) => t.id));
  if (evidence.some((crop) => !tracks.has(crop.track))) at(['evidence'], 'shows a track that the finding does not have');
  return problems;
}
