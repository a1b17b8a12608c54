/** Verdict records of many segments as one row a stream and one row a track: what the command line's table and the report agree on. */
import type { VideoInfo } from '../domain/media.js';
import type { FaceAccounting, FrameAccounting, Provenance, SegmentVerdict, VerdictReason } from '../domain/verdict.js';
import { VERDICT_REASONS } from '../domain/verdict.js';
import { canonicalJson } from './canonical.js';
import type { TrackSummary, VerdictCounts } from './track-summary.js';
import { TrackAccumulator, byAttention } from './track-summary.js';
import { REASON_WORDS, counted, formatCount } from './words.js';

/** What the segments of a stream come to. Never more certain than they are: `partly-judged` is no verdict. */
export type StreamOutcome = 'forged' | 'authentic' | 'partly-judged' | 'inconclusive';

/** A run of neighbouring segments that were all judged forged. */
export interface ForgedRange {
  readonly startMicros: number;
  readonly endMicros: number;
  readonly segments: number;
  /** Highest probability in the run. */
  readonly probability: number;
}

/** One kind of warning and how many segments gave it. */
export interface WarningSummary {
  readonly code: string;
  /** The first message of the kind. */
  readonly message: string;
  readonly segments: number;
}

/** One stream. */
export interface StreamSummary {
  readonly stream: string;
  readonly segments: number;
  readonly counts: VerdictCounts;
  readonly outcome: StreamOutcome;
  /** The outcome in words, one clause without a full stop. */
  readonly headline: string;
  readonly startMicros: number;
  readonly endMicros: number;
  /** Highest probability of any judged track in any segment, and where; null when nothing was judged. */
  readonly worst: { readonly probability: number; readonly sequence: number; readonly startMicros: number } | null;
  /** Segments by reason, in catalogue order. */
  readonly reasons: readonly { readonly reason: VerdictReason; readonly segments: number }[];
  readonly frames: FrameAccounting;
  readonly faces: FaceAccounting;
  readonly forgedRanges: readonly ForgedRange[];
  /** Ranges beyond the first {@link SummaryLimits.maxRanges}. */
  readonly forgedRangesOmitted: number;
  readonly warnings: readonly WarningSummary[];
  /** By id. */
  readonly tracks: readonly TrackSummary[];
  /** Tracks that were let go to bound memory: the ones that call for the least attention. */
  readonly tracksOmitted: number;
  readonly video: VideoInfo | null;
  /** Every distinct provenance, apart from what differs between segments anyway. */
  readonly provenances: readonly Omit<Provenance, 'segmentSha256' | 'segmentBytes'>[];
}

/** Bounds on what is kept for one stream. */
export interface SummaryLimits {
  readonly maxTracks: number;
  readonly maxRanges: number;
}

/** Bounds that no hour of ordinary video meets. */
export const DEFAULT_SUMMARY_LIMITS: SummaryLimits = { maxTracks: 1000, maxRanges: 200 };

/** Tracks that were seen this many segments ago may still go on and are never let go. */
const RECENT_SEGMENTS = 8;
/** Distinct provenances and kinds of warning that are kept; real streams have one or two. */
const MAX_DISTINCT = 32;

type Counts = Partial<Record<string, number>>;

function addCounts(into: Counts, from: Readonly<Counts>): void {
  for (const [key, n] of Object.entries(from)) into[key] = (into[key] ?? 0) + (n ?? 0);
}

/** Gathers the records of one stream, in order. */
class StreamAccumulator {
  readonly #stream: string;
  readonly #limits: SummaryLimits;
  readonly #counts = { forged: 0, authentic: 0, inconclusive: 0 };
  readonly #reasons = new Map<VerdictReason, number>();
  readonly #frames = { present: 0, sampled: 0, notSampled: 0, undecodable: 0, analysed: 0, skipped: {} as Counts };
  readonly #faces = { found: 0, analysed: 0, skipped: {} as Counts };
  readonly #ranges: ForgedRange[] = [];
  readonly #warnings = new Map<string, { message: string; segments: number }>();
  readonly #provenances = new Map<string, StreamSummary['provenances'][number]>();
  readonly #tracks = new Map<number, TrackAccumulator>();
  #rangesOmitted = 0;
  #tracksOmitted = 0;
  #lastForged = false;
  #start = Infinity;
  #end = -Infinity;
  #worst: StreamSummary['worst'] = null;
  #video: VideoInfo | null = null;

  constructor(stream: string, limits: SummaryLimits) {
    this.#stream = stream;
    this.#limits = limits;
  }

  add({ finding, provenance }: SegmentVerdict): void {
    this.#counts[finding.verdict] += 1;
    this.#start = Math.min(this.#start, finding.startMicros);
    this.#end = Math.max(this.#end, finding.endMicros);
    this.#video ??= finding.video;
    for (const reason of finding.reasons) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (finding.probability !== null && finding.probability > (this.#worst?.probability ?? -1)) {
      this.#worst = { probability: finding.probability, sequence: finding.sequence, startMicros: finding.startMicros };
    }
    for (const key of ['present', 'sampled', 'notSampled', 'undecodable', 'analysed'] as const) this.#frames[key] += finding.frames[key];
    for (const key of ['found', 'analysed'] as const) this.#faces[key] += finding.faces[key];
    addCounts(this.#frames.skipped, finding.frames.skipped);
    addCounts(this.#faces.skipped, finding.faces.skipped);
    this.#addRange(finding);
    for (const code of new Set(finding.warnings.map((w) => w.code))) {
      const known = this.#warnings.get(code);
      const message = finding.warnings.find((w) => w.code === code)?.message ?? '';
      if (known !== undefined) known.segments += 1;
      else if (this.#warnings.size < MAX_DISTINCT) this.#warnings.set(code, { message, segments: 1 });
    }
    this.#addProvenance(provenance);
    for (const track of finding.tracks) {
      const accumulator = this.#tracks.get(track.id) ?? new TrackAccumulator(track.id);
      this.#tracks.set(track.id, accumulator);
      accumulator.add(track, finding.sequence);
    }
    if (this.#tracks.size > this.#limits.maxTracks * 2) this.#letGo(finding.sequence);
  }

  #addRange({ verdict, startMicros, endMicros, probability }: SegmentVerdict['finding']): void {
    const forged = verdict === 'forged';
    const last = this.#ranges.at(-1);
    if (forged && this.#lastForged && last !== undefined && this.#rangesOmitted === 0) {
      this.#ranges[this.#ranges.length - 1] = { startMicros: last.startMicros, endMicros, segments: last.segments + 1, probability: Math.max(last.probability, probability ?? 0) };
    } else if (forged && !this.#lastForged) {
      if (this.#ranges.length < this.#limits.maxRanges) this.#ranges.push({ startMicros, endMicros, segments: 1, probability: probability ?? 0 });
      else this.#rangesOmitted += 1;
    }
    this.#lastForged = forged;
  }

  #addProvenance({ segmentSha256: _sha256, segmentBytes: _bytes, source, ...rest }: Provenance): void {
    const { kind, name, partition } = source; // not the offset, which differs between segments
    const distinct = { ...rest, source: { kind, name, ...(partition === undefined ? {} : { partition }) } };
    const key = canonicalJson(distinct);
    if (this.#provenances.size < MAX_DISTINCT) this.#provenances.set(key, distinct);
  }

  /** Keeps the tracks that may still go on, and of the others those that matter most. */
  #letGo(sequence: number): void {
    const ended = [...this.#tracks.values()].filter((t) => t.lastSequence < sequence - RECENT_SEGMENTS);
    if (ended.length <= this.#limits.maxTracks * 2) return;
    const ranked = ended.map((t) => t.summary()).sort(byAttention);
    for (const track of ranked.slice(this.#limits.maxTracks)) {
      this.#tracks.delete(track.id);
      this.#tracksOmitted += 1;
    }
  }

  summary(): StreamSummary {
    const { forged, authentic, inconclusive } = this.#counts;
    const outcome: StreamOutcome = forged > 0 ? 'forged' : authentic === 0 ? 'inconclusive' : inconclusive > 0 ? 'partly-judged' : 'authentic';
    const all = [...this.#tracks.values()].map((t) => t.summary()).sort(byAttention);
    const reasons = VERDICT_REASONS.flatMap((reason) => ((segments) => (segments === undefined ? [] : [{ reason, segments }]))(this.#reasons.get(reason)));
    return {
      stream: this.#stream,
      segments: forged + authentic + inconclusive,
      counts: { ...this.#counts },
      outcome,
      headline: headlineOf(outcome, this.#counts, reasons),
      startMicros: this.#start,
      endMicros: this.#end,
      worst: this.#worst,
      reasons,
      frames: { ...this.#frames, skipped: { ...this.#frames.skipped } },
      faces: { ...this.#faces, skipped: { ...this.#faces.skipped } },
      forgedRanges: [...this.#ranges],
      forgedRangesOmitted: this.#rangesOmitted,
      warnings: [...this.#warnings].map(([code, w]) => ({ code, ...w })),
      tracks: all.slice(0, this.#limits.maxTracks).sort((a, b) => a.id - b.id),
      tracksOmitted: this.#tracksOmitted + Math.max(0, all.length - this.#limits.maxTracks),
      video: this.#video,
      provenances: [...this.#provenances.values()],
    };
  }
}

function headlineOf(outcome: StreamOutcome, { forged, authentic, inconclusive }: VerdictCounts, reasons: StreamSummary['reasons']): string {
  const segments = forged + authentic + inconclusive;
  const ofAll = (n: number): string => `${formatCount(n)} of ${counted(segments, 'segment')}`;
  if (outcome === 'forged') return forged === segments ? `Faces judged forged in ${segments === 1 ? 'the only segment' : `all ${counted(segments, 'segment')}`}` : `Faces judged forged in ${ofAll(forged)}`;
  if (outcome === 'authentic') return segments === 1 ? 'The only segment was judged authentic' : `All ${counted(segments, 'segment')} judged authentic`;
  if (outcome === 'partly-judged') return `No segment judged forged; ${ofAll(inconclusive)} could not be decided`;
  const main = [...reasons].sort((a, b) => b.segments - a.segments)[0];
  return main === undefined ? 'Nothing could be decided' : `Nothing could be decided: ${REASON_WORDS[main.reason].short}`;
}

/** Gathers records of any number of streams; each stream's records must come in order. */
export interface SummaryBuilder {
  add(record: SegmentVerdict): void;
  /** One summary a stream, in order of first appearance. */
  streams(): readonly StreamSummary[];
}

/** A builder without any record yet. Memory grows with the number of streams and, up to the limits, of tracks. */
export function createSummary(limits: SummaryLimits = DEFAULT_SUMMARY_LIMITS): SummaryBuilder {
  const streams = new Map<string, StreamAccumulator>();
  return {
    add(record): void {
      const { stream } = record.finding;
      const accumulator = streams.get(stream) ?? new StreamAccumulator(stream, limits);
      streams.set(stream, accumulator);
      accumulator.add(record);
    },
    streams: () => [...streams.values()].map((s) => s.summary()),
  };
}

/** The summaries of all streams in `records`, in order of first appearance. */
export async function summarise(records: Iterable<SegmentVerdict> | AsyncIterable<SegmentVerdict>, limits?: SummaryLimits): Promise<readonly StreamSummary[]> {
  const builder = createSummary(limits);
  for await (const record of records) builder.add(record);
  return builder.streams();
}
