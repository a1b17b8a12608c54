/** One track over all the segments of its stream: running sums, in bounded memory. */
import type { TrackFinding, VerdictLabel, VerdictReason } from '../domain/verdict.js';
import { VERDICT_REASONS } from '../domain/verdict.js';
import { isJudged } from './decide.js';
import { logit, roundProbability, sigmoid } from './fusion.js';

/** What one model said of a track, over all its segments: the probability of the mean log-odds, 4 decimals, and of how many scores. */
export interface ModelMeans {
  readonly model: string;
  readonly frames: { readonly count: number; readonly probability: number | null };
  readonly clips: { readonly count: number; readonly probability: number | null };
}

/** Segments by verdict. */
export type VerdictCounts = Readonly<Record<VerdictLabel, number>>;

/** One track of a stream. */
export interface TrackSummary {
  readonly id: number;
  readonly startMicros: number;
  readonly endMicros: number;
  /** Segments in which the track appears, by verdict. */
  readonly counts: VerdictCounts;
  /** Analysed faces. */
  readonly faces: number;
  /** Highest fused probability of any segment that judged the track; null when none did. */
  readonly probability: number | null;
  /**
   * `forged` when any segment judged it so; `authentic` when one did, and none found it between the thresholds or had a
   * network fail on it; else `inconclusive`.
   */
  readonly verdict: VerdictLabel;
  /** Reasons of all its segments, in catalogue order. */
  readonly reasons: readonly VerdictReason[];
  readonly models: readonly ModelMeans[];
}

interface LogitSum {
  count: number;
  sum: number;
}

const meanOf = ({ count, sum }: LogitSum): { count: number; probability: number | null } => ({ count, probability: count === 0 ? null : roundProbability(sigmoid(sum / count)) });

/** Gathers one track's findings. */
export class TrackAccumulator {
  readonly id: number;
  /** Sequence number of the last segment that had the track. */
  lastSequence = 0;
  #start = Infinity;
  #end = -Infinity;
  #faces = 0;
  #probability: number | null = null;
  readonly #counts = { forged: 0, authentic: 0, inconclusive: 0 };
  readonly #reasons = new Set<VerdictReason>();
  readonly #models = new Map<string, { frames: LogitSum; clips: LogitSum }>();

  constructor(id: number) {
    this.id = id;
  }

  add(finding: TrackFinding, sequence: number): void {
    this.lastSequence = sequence;
    this.#start = Math.min(this.#start, finding.startMicros);
    this.#end = Math.max(this.#end, finding.endMicros);
    this.#faces += finding.boxes.length;
    this.#counts[finding.verdict] += 1;
    for (const reason of finding.reasons) this.#reasons.add(reason);
    if (isJudged(finding)) this.#probability = Math.max(this.#probability ?? 0, finding.probability ?? 0);
    for (const scores of finding.scores) {
      const sums = this.#models.get(scores.model) ?? { frames: { count: 0, sum: 0 }, clips: { count: 0, sum: 0 } };
      this.#models.set(scores.model, sums);
      for (const [level, list] of [[sums.frames, scores.frames], [sums.clips, scores.clips]] as const) {
        for (const { probability } of list) {
          level.count += 1;
          level.sum += logit(probability);
        }
      }
    }
  }

  summary(): TrackSummary {
    const unclear = this.#reasons.has('abstention-band') || this.#reasons.has('model-failed');
    return {
      id: this.id,
      startMicros: this.#start,
      endMicros: this.#end,
      counts: { ...this.#counts },
      faces: this.#faces,
      probability: this.#probability,
      verdict: this.#counts.forged > 0 ? 'forged' : this.#counts.authentic > 0 && !unclear ? 'authentic' : 'inconclusive',
      reasons: VERDICT_REASONS.filter((r) => this.#reasons.has(r)),
      models: [...this.#models].map(([model, { frames, clips }]) => ({ model, frames: meanOf(frames), clips: meanOf(clips) })),
    };
  }
}

const LABEL_RANK: Readonly<Record<VerdictLabel, number>> = { forged: 0, inconclusive: 1, authentic: 2 };

/** Order of attention: forged first, then the higher probability, then the more faces, then the earlier id. */
export function byAttention(a: TrackSummary, b: TrackSummary): number {
  return (
    Number(b.verdict === 'forged') - Number(a.verdict === 'forged') ||
    (b.probability ?? -1) - (a.probability ?? -1) ||
    LABEL_RANK[a.verdict] - LABEL_RANK[b.verdict] ||
    b.faces - a.faces ||
    a.id - b.id
  );
}
