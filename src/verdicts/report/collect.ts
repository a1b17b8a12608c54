/** Reads verdict records once and keeps, in bounded memory, what the report shows of them. */
import type { EvidenceCrop, SegmentVerdict, VerdictLabel, VerdictReason } from '../../domain/verdict.js';
import type { AlertStage } from '../../stages/alert.js';
import { AlertSpans, type AlertSpan } from '../alert-spans.js';
import type { ChainHead, ChainProblem } from '../chain.js';
import { createChainVerifier } from '../chain.js';
import { chooseEvidence } from '../evidence.js';
import type { StreamSummary } from '../summary.js';
import { createSummary } from '../summary.js';
import type { Timeline } from './timeline-data.js';
import { TimelineAccumulator } from './timeline-data.js';

/** A thumbnail with the mean frame score at its time. */
export interface ScoredCrop extends EvidenceCrop {
  readonly probability: number | null;
}

/** A segment's row in the list of digests. */
export interface SegmentRow {
  readonly sequence: number;
  readonly startMicros: number;
  readonly endMicros: number;
  readonly verdict: VerdictLabel;
  readonly probability: number | null;
  readonly reasons: readonly VerdictReason[];
  readonly sha256: string;
  readonly hash: string;
}

/** One stream, ready to be shown. */
export interface StreamReport {
  readonly summary: StreamSummary;
  readonly timeline: Timeline;
  /** Thumbnails by track, in order of time. */
  readonly crops: ReadonlyMap<number, readonly ScoredCrop[]>;
  /** All segments, or the first and the last of them. */
  readonly rows: readonly SegmentRow[];
  readonly rowsOmitted: number;
  readonly head: ChainHead | null;
  readonly problems: readonly ChainProblem[];
  readonly problemsOmitted: number;
  readonly alerts: readonly AlertSpan[];
  readonly alertsOmitted: number;
}

const MAX_CROPS_PER_TRACK = 8;
const MAX_TRACKS_WITH_CROPS = 24;
/** Thumbnails in the whole report, about 5 kB each. */
const MAX_CROPS = 1500;
const MAX_ROWS_AT_EACH_END = 200;
const MAX_PROBLEMS = 20;

interface TrackCrops {
  forged: boolean;
  probability: number;
  crops: readonly ScoredCrop[];
}

class StreamCollector {
  readonly timeline = new TimelineAccumulator();
  readonly firstRows: SegmentRow[] = [];
  lastRows: SegmentRow[] = [];
  rowsOmitted = 0;
  readonly problems: ChainProblem[] = [];
  problemsOmitted = 0;
  readonly #crops = new Map<number, TrackCrops>();

  add({ finding, provenance, evidence, hash }: SegmentVerdict, room: () => number): void {
    this.timeline.add(finding, provenance.thresholds);
    this.#addRow({
      sequence: finding.sequence,
      startMicros: finding.startMicros,
      endMicros: finding.endMicros,
      verdict: finding.verdict,
      probability: finding.probability,
      reasons: finding.reasons,
      sha256: provenance.segmentSha256,
      hash,
    });
    for (const track of finding.tracks) {
      const shown = evidence.filter((crop) => crop.track === track.id);
      if (shown.length === 0) continue;
      const known = this.#crops.get(track.id) ?? { forged: false, probability: -1, crops: [] };
      const scored = shown.map((crop) => ({ ...crop, probability: scoreAt(track.scores, crop.ptsMicros) }));
      // A full report still replaces what a track shows by what shows it better.
      const limit = Math.min(MAX_CROPS_PER_TRACK, known.crops.length + Math.max(0, room()));
      known.crops = chooseEvidence([...known.crops, ...scored], limit);
      known.forged ||= track.verdict === 'forged';
      known.probability = Math.max(known.probability, track.probability ?? -1);
      if (known.crops.length > 0) this.#crops.set(track.id, known);
    }
    if (this.#crops.size > MAX_TRACKS_WITH_CROPS * 2) this.#letGo();
  }

  #addRow(row: SegmentRow): void {
    if (this.firstRows.length < MAX_ROWS_AT_EACH_END) {
      this.firstRows.push(row);
      return;
    }
    this.lastRows.push(row);
    if (this.lastRows.length >= MAX_ROWS_AT_EACH_END * 2) this.#dropRows();
  }

  #dropRows(): void {
    const surplus = Math.max(0, this.lastRows.length - MAX_ROWS_AT_EACH_END);
    this.rowsOmitted += surplus;
    this.lastRows = this.lastRows.slice(surplus);
  }

  #letGo(): void {
    const ranked = [...this.#crops].sort(([idA, a], [idB, b]) => Number(b.forged) - Number(a.forged) || b.probability - a.probability || idA - idB);
    for (const [id] of ranked.slice(MAX_TRACKS_WITH_CROPS)) this.#crops.delete(id);
  }

  cropCount(): number {
    let n = 0;
    for (const { crops } of this.#crops.values()) n += crops.length;
    return n;
  }

  addProblems(problems: readonly ChainProblem[]): void {
    for (const problem of problems) {
      if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
      else this.problemsOmitted += 1;
    }
  }

  report(summary: StreamSummary, head: ChainHead | undefined, alerts: AlertSpans | undefined): StreamReport {
    this.#dropRows();
    return {
      summary,
      timeline: this.timeline.timeline(),
      crops: new Map([...this.#crops].map(([id, { crops }]) => [id, crops])),
      rows: [...this.firstRows, ...this.lastRows],
      rowsOmitted: this.rowsOmitted,
      head: head ?? null,
      problems: this.problems,
      problemsOmitted: this.problemsOmitted,
      alerts: alerts?.spans() ?? [],
      alertsOmitted: alerts?.omitted ?? 0,
    };
  }
}

function scoreAt(scores: SegmentVerdict['finding']['tracks'][number]['scores'], ptsMicros: number): number | null {
  const found = scores.flatMap((s) => s.frames.filter((f) => f.ptsMicros === ptsMicros).map((f) => f.probability));
  return found.length === 0 ? null : Math.round((found.reduce((a, b) => a + b, 0) / found.length) * 1e4) / 1e4;
}

/**
 * All streams in `verdicts`, in order of first appearance. A record that is too broken to name its stream throws.
 *
 * @throws whatever the source throws; nothing for a broken chain, which is part of what the report says
 */
export async function collectStreams(verdicts: Iterable<SegmentVerdict> | AsyncIterable<SegmentVerdict>, alertStage?: AlertStage): Promise<readonly StreamReport[]> {
  const summary = createSummary();
  const chain = createChainVerifier();
  const streams = new Map<string, StreamCollector>();
  const alerts = new Map<string, AlertSpans>();
  let crops = 0;
  let line = 0;
  for await (const record of verdicts) {
    line += 1;
    const { stream } = record.finding;
    const collector = streams.get(stream) ?? new StreamCollector();
    streams.set(stream, collector);
    const before = collector.cropCount();
    collector.addProblems(chain.check(record, line).filter(({ harmless }) => !harmless));
    collector.add(record, () => MAX_CROPS - crops - (collector.cropCount() - before));
    crops += collector.cropCount() - before;
    summary.add(record);
    if (alertStage === undefined) continue;
    const own = alerts.get(stream) ?? new AlertSpans(alertStage);
    alerts.set(stream, own);
    own.add(record);
  }
  return summary.streams().map((s) => {
    const collector = streams.get(s.stream) ?? new StreamCollector();
    return collector.report(s, chain.heads().get(s.stream), alerts.get(s.stream));
  });
}
