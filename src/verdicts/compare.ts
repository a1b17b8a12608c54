/** Compares a finding that was derived again with the recorded one, field by field. Pure. */
import type { Finding, Provenance, SegmentVerdict, VerdictLabel } from '../domain/verdict.js';
import { canonicalJson, digestOf } from './canonical.js';

/** What a comparison comes to. */
export type ComparisonOutcome = 'identical' | 'within-tolerance' | 'different';

/** One field that differs; undefined where one side has no such field. */
export interface FieldDifference {
  /** `tracks[2].scores[frames].frames[1500000].probability`: list items by id, model or media time, others by number. */
  readonly path: string;
  readonly recorded: unknown;
  readonly derived: unknown;
}

/** A label that came out otherwise. */
export interface LabelFlip {
  /** Null for the segment. */
  readonly track: number | null;
  readonly recorded: VerdictLabel | null;
  readonly derived: VerdictLabel | null;
}

/** Two findings of one segment, compared. */
export interface FindingComparison {
  readonly outcome: ComparisonOutcome;
  readonly flips: readonly LabelFlip[];
  /** Segment probability, derived less recorded; null where one of them has none. */
  readonly probabilityDelta: number | null;
  /** Largest absolute difference of any score or probability, over what both have. */
  readonly largestScoreDelta: number;
  /** The first {@link MAX_DIFFERENCES}. */
  readonly differences: readonly FieldDifference[];
  readonly differencesOmitted: number;
}

/** Fields named of one segment; more are counted. */
export const MAX_DIFFERENCES = 200;

/** Numbers that a tolerance speaks of: probabilities, scores and detector confidences. Nothing else may differ at all. */
const SCORE_PATH = /(?:^|\.)(?:probability|confidence)$|\.clips\[[^\]]*\]\.frames\[\d+\]$/;

/** What an item of a list is known by, so that one that is missing does not make all that follow it differ. */
function nameOf(item: unknown, index: number): string {
  if (typeof item !== 'object' || item === null) return String(index);
  for (const key of ['id', 'model', 'ptsMicros', 'endMicros']) {
    const value: unknown = Reflect.get(item, key);
    if (typeof value === 'number' || typeof value === 'string') return String(value);
  }
  return String(index);
}

function fieldsOf(value: object): Map<string, unknown> {
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const named = new Map<string, unknown>();
  value.forEach((item: unknown, index) => named.set(named.has(nameOf(item, index)) ? `${nameOf(item, index)}#${index}` : nameOf(item, index), item));
  return named;
}

function* differencesOf(recorded: unknown, derived: unknown, path: string): Generator<FieldDifference> {
  if (Object.is(recorded, derived)) return;
  if (!isBranch(recorded) || !isBranch(derived) || Array.isArray(recorded) !== Array.isArray(derived)) {
    yield { path, recorded, derived };
    return;
  }
  const [before, after] = [fieldsOf(recorded), fieldsOf(derived)];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  // What is said of the whole comes before what is said of its parts: verdict and probability first.
  const depth = (key: string): number => (isBranch(before.get(key) ?? after.get(key)) ? 1 : 0);
  for (const key of keys.sort((a, b) => depth(a) - depth(b))) {
    const inner = Array.isArray(recorded) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    yield* differencesOf(before.get(key), after.get(key), inner);
  }
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function flipsOf(recorded: Finding, derived: Finding): LabelFlip[] {
  const flips: LabelFlip[] = recorded.verdict === derived.verdict ? [] : [{ track: null, recorded: recorded.verdict, derived: derived.verdict }];
  const [before, after] = [recorded, derived].map(({ tracks }) => new Map(tracks.map(({ id, verdict }) => [id, verdict])));
  for (const track of [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].sort((a, b) => a - b)) {
    const [was, is] = [before?.get(track) ?? null, after?.get(track) ?? null];
    if (was !== is) flips.push({ track, recorded: was, derived: is });
  }
  return flips;
}

/**
 * Compares two findings of the same segment.
 *
 * @param tolerance - within it, scores, probabilities and confidences may differ, and nothing else; 0 to 1
 */
export function compareFindings(recorded: Finding, derived: Finding, tolerance: number): FindingComparison {
  const kept: FieldDifference[] = [];
  let [omitted, largestScoreDelta, beyond] = [0, 0, false];
  for (const difference of differencesOf(recorded, derived, '')) {
    const { path, recorded: was, derived: is } = difference;
    const delta = SCORE_PATH.test(path) && typeof was === 'number' && typeof is === 'number' ? Math.abs(is - was) : null;
    if (delta !== null) largestScoreDelta = Math.max(largestScoreDelta, delta);
    // Scores have at most 4 decimals: half of the last one hides what subtracting adds.
    if (delta === null || delta > tolerance + 5e-5) beyond = true;
    if (kept.length < MAX_DIFFERENCES) kept.push(difference);
    else omitted += 1;
  }
  const [was, is] = [recorded.probability, derived.probability];
  const round = (value: number): number => Math.round(value * 1e4) / 1e4;
  return {
    outcome: kept.length === 0 ? 'identical' : beyond ? 'different' : 'within-tolerance',
    flips: flipsOf(recorded, derived),
    probabilityDelta: was === null || is === null ? null : round(is - was),
    largestScoreDelta: round(largestScoreDelta),
    differences: kept,
    differencesOmitted: omitted,
  };
}

/** The finding's digest with tracks numbered from 1: what is left to compare where the numbers before are not known. */
export function digestWithoutTrackNumbers(finding: Finding): string {
  return digestOf({ ...finding, tracks: finding.tracks.map((track, index) => ({ ...track, id: index + 1 })) });
}

/** What of the provenance bears on a finding. */
const PROVENANCE_PARTS = ['segmentSha256', 'topology', 'thresholds', 'models', 'detector', 'decoder', 'software'] as const;

/** Parts of the provenance that differ, beside where the segment was read; the topology's name does not count. */
export function provenanceDifferences(recorded: Provenance, derived: Provenance): readonly FieldDifference[] {
  const part = (provenance: Provenance, name: (typeof PROVENANCE_PARTS)[number]): unknown => (name === 'topology' ? { digest: provenance.topology.digest } : provenance[name]);
  return PROVENANCE_PARTS.flatMap((name) => (canonicalJson(part(recorded, name)) === canonicalJson(part(derived, name)) ? [] : [...differencesOf(part(recorded, name), part(derived, name), name)]));
}

/** A difference in one line: `tracks[1].verdict: authentic, now forged`. */
export function differenceText({ path, recorded, derived }: FieldDifference): string {
  const show = (value: unknown): string => {
    if (value === undefined) return 'nothing';
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text.length > 80 ? `${text.slice(0, 79)}…` : text;
  };
  return `${path}: ${show(recorded)}, now ${show(derived)}`;
}

/** The part of a record that results repeat. */
export function essenceOf({ finding, findingDigest, hash }: SegmentVerdict): { readonly verdict: VerdictLabel; readonly probability: number | null; readonly findingDigest: string; readonly hash: string } {
  return { verdict: finding.verdict, probability: finding.probability, findingDigest, hash };
}
