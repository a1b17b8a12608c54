/** What the timeline of one stream draws: columns of segments, joined as the stream grows, so that size and memory are bounded. */
import type { Finding, TrackFinding, VerdictLabel } from '../../domain/verdict.js';
import { isJudged } from '../decide.js';

/** A frame score: media time and probability. */
export interface Dot {
  readonly track: number;
  readonly ptsMicros: number;
  readonly probability: number;
}

/** A clip score over the clip's time. */
export interface Bar {
  readonly track: number;
  readonly startMicros: number;
  readonly endMicros: number;
  readonly probability: number;
}

/** Lowest and highest of some probabilities. */
export interface Range {
  readonly lowest: number;
  readonly highest: number;
}

/** One track in one column: highest probability, whether any segment judged it forged, and its frame scores' range. */
export interface TrackPoint {
  readonly probability: number | null;
  readonly verdict: VerdictLabel;
  /** Null without any frame score. */
  readonly range: Range | null;
}

/** One or more neighbouring segments. */
export interface Column {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly startMicros: number;
  readonly endMicros: number;
  readonly segments: number;
  readonly counts: Readonly<Record<VerdictLabel, number>>;
  /** Highest segment probability; null where nothing was judged. */
  readonly probability: number | null;
  readonly tracks: ReadonlyMap<number, TrackPoint>;
  /** Both empty where {@link Timeline.single} is false. */
  readonly dots: readonly Dot[];
  readonly bars: readonly Bar[];
}

/** All columns of a stream, in order. */
export interface Timeline {
  readonly columns: readonly Column[];
  /** Segments in a full column: 1, 2, 4 … */
  readonly segmentsPerColumn: number;
  /** False once columns are joined or hold too many scores to keep singly: ranges stand for them. */
  readonly single: boolean;
  readonly thresholds: { readonly forgedAt: number; readonly authenticAt: number };
}

/** Columns are joined in pairs once there are twice as many as this. */
const MAX_COLUMNS = 240;
/** Scores kept singly for a whole stream. */
const MAX_MARKS = 12_000;

/** The worse of the verdicts in a column: what its strip shows. Forged wins, then inconclusive. */
export function columnVerdict({ counts }: Pick<Column, 'counts'>): VerdictLabel {
  return counts.forged > 0 ? 'forged' : counts.inconclusive > 0 ? 'inconclusive' : 'authentic';
}

/** The range of both; null when neither has one. */
export function joinRanges(a: Range | null, b: Range | null): Range | null {
  if (a === null || b === null) return a ?? b;
  return { lowest: Math.min(a.lowest, b.lowest), highest: Math.max(a.highest, b.highest) };
}

function columnOf(finding: Finding, single: boolean): Column {
  const dots = single ? finding.tracks.flatMap((t) => t.scores.flatMap((s) => s.frames.map((f) => ({ track: t.id, ...f })))) : [];
  const bars = single ? finding.tracks.flatMap((t) => t.scores.flatMap((s) => s.clips.map(({ startMicros, endMicros, probability }) => ({ track: t.id, startMicros, endMicros, probability })))) : [];
  return {
    firstSequence: finding.sequence,
    lastSequence: finding.sequence,
    startMicros: finding.startMicros,
    endMicros: finding.endMicros,
    segments: 1,
    counts: { forged: 0, authentic: 0, inconclusive: 0, [finding.verdict]: 1 },
    probability: finding.probability,
    tracks: new Map(finding.tracks.map((t) => [t.id, pointOf(t)])),
    dots,
    bars,
  };
}

function pointOf(track: TrackFinding): TrackPoint {
  const range = track.scores.flatMap((s) => s.frames).reduce<Range | null>((r, { probability: p }) => joinRanges(r, { lowest: p, highest: p }), null);
  return { probability: isJudged(track) ? track.probability : null, verdict: track.verdict, range };
}

function highest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

function joinPoints(a: TrackPoint | undefined, b: TrackPoint): TrackPoint {
  if (a === undefined) return b;
  const verdict = a.verdict === 'forged' || b.verdict === 'forged' ? 'forged' : a.verdict === b.verdict ? a.verdict : 'inconclusive';
  return { probability: highest(a.probability, b.probability), verdict, range: joinRanges(a.range, b.range) };
}

/** Two neighbouring columns as one, without single scores. */
function join(a: Column, b: Column): Column {
  const tracks = new Map(a.tracks);
  for (const [id, point] of b.tracks) tracks.set(id, joinPoints(tracks.get(id), point));
  return {
    firstSequence: a.firstSequence,
    lastSequence: b.lastSequence,
    startMicros: Math.min(a.startMicros, b.startMicros),
    endMicros: Math.max(a.endMicros, b.endMicros),
    segments: a.segments + b.segments,
    counts: { forged: a.counts.forged + b.counts.forged, authentic: a.counts.authentic + b.counts.authentic, inconclusive: a.counts.inconclusive + b.counts.inconclusive },
    probability: highest(a.probability, b.probability),
    tracks,
    dots: [],
    bars: [],
  };
}

/** Gathers the segments of one stream, in order; holds at most 480 columns however long the stream is. */
export class TimelineAccumulator {
  #columns: Column[] = [];
  #perColumn = 1;
  #marks = 0;
  #single = true;
  #thresholds = { forgedAt: 1, authenticAt: 0 };

  add(finding: Finding, thresholds: Timeline['thresholds']): void {
    this.#thresholds = { forgedAt: thresholds.forgedAt, authenticAt: thresholds.authenticAt };
    const column = columnOf(finding, this.#single);
    const last = this.#columns.at(-1);
    if (last !== undefined && last.segments < this.#perColumn) this.#columns[this.#columns.length - 1] = join(last, column);
    else this.#columns.push(column);
    this.#marks += column.dots.length + column.bars.length;
    if (this.#columns.length >= MAX_COLUMNS * 2) this.#joinPairs();
    if (this.#single && (this.#perColumn > 1 || this.#marks > MAX_MARKS)) this.#dropMarks();
  }

  #joinPairs(): void {
    const joined: Column[] = [];
    for (let i = 0; i < this.#columns.length; i += 2) {
      const [a, b] = [this.#columns[i], this.#columns[i + 1]];
      if (a !== undefined) joined.push(b === undefined ? a : join(a, b));
    }
    this.#columns = joined;
    this.#perColumn *= 2;
  }

  #dropMarks(): void {
    this.#single = false;
    this.#columns = this.#columns.map((c) => ({ ...c, dots: [], bars: [] }));
  }

  timeline(): Timeline {
    return { columns: this.#columns, segmentsPerColumn: this.#perColumn, single: this.#single, thresholds: this.#thresholds };
  }
}
