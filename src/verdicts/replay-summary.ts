/** What a replay came to: counts by stream, labels that changed, and the results that call for a look. Memory is bounded by streams. */
import type { ReplayOutcome, ReplayResult } from './replay-result.js';
import { differenceText } from './compare.js';

/** One stream of a replay. */
export interface ReplayStreamSummary {
  readonly stream: string;
  readonly verdicts: number;
  readonly counts: Readonly<Record<ReplayOutcome, number>>;
  /** Verdicts whose segment label changed. */
  readonly flipped: number;
  /** Largest change of a segment's probability, either way; null where none can be told. */
  readonly largestDelta: number | null;
}

/** A whole replay. */
export interface ReplaySummary {
  readonly verdicts: number;
  readonly counts: Readonly<Record<ReplayOutcome, number>>;
  readonly flipped: number;
  readonly streams: readonly ReplayStreamSummary[];
  /** What of the provenance differs, in words, and for how many verdicts. */
  readonly provenance: readonly { readonly difference: string; readonly verdicts: number }[];
  /** The first results that are not identical, in order. */
  readonly notable: readonly ReplayResult[];
  readonly notableOmitted: number;
}

/** Results kept one by one. */
const MAX_NOTABLE = 500;
/** Distinct differences of provenance that are kept; a replay has a handful. */
const MAX_PROVENANCE = 64;

const none = (): Record<ReplayOutcome, number> => ({ identical: 0, 'within-tolerance': 0, different: 0, 'not-comparable': 0 });

/** Gathers results. */
export function createReplaySummary(): { add(result: ReplayResult): void; summary(): ReplaySummary } {
  const streams = new Map<string, { counts: Record<ReplayOutcome, number>; flipped: number; largestDelta: number | null }>();
  const provenance = new Map<string, number>();
  const notable: ReplayResult[] = [];
  let omitted = 0;
  return {
    add: (result) => {
      const own = streams.get(result.stream) ?? { counts: none(), flipped: 0, largestDelta: null };
      streams.set(result.stream, own);
      own.counts[result.outcome] += 1;
      if (result.outcome !== 'not-comparable') {
        if (result.flips.some(({ track }) => track === null)) own.flipped += 1;
        if (result.probabilityDelta !== null && Math.abs(result.probabilityDelta) >= Math.abs(own.largestDelta ?? 0)) own.largestDelta = result.probabilityDelta;
      }
      for (const difference of result.provenance.map(differenceText)) {
        if (provenance.has(difference) || provenance.size < MAX_PROVENANCE) provenance.set(difference, (provenance.get(difference) ?? 0) + 1);
      }
      if (result.outcome === 'identical') return;
      if (notable.length < MAX_NOTABLE) notable.push(result);
      else omitted += 1;
    },
    summary: () => {
      const list = [...streams].map(([stream, { counts, flipped, largestDelta }]) => ({ stream, verdicts: Object.values(counts).reduce((a, b) => a + b, 0), counts: { ...counts }, flipped, largestDelta }));
      const counts = none();
      for (const each of list) for (const outcome of Object.keys(counts) as ReplayOutcome[]) counts[outcome] += each.counts[outcome];
      return {
        verdicts: list.reduce((n, { verdicts }) => n + verdicts, 0),
        counts,
        flipped: list.reduce((n, { flipped }) => n + flipped, 0),
        streams: list,
        provenance: [...provenance].map(([difference, verdicts]) => ({ difference, verdicts })),
        notable,
        notableOmitted: omitted,
      };
    },
  };
}

/** The answer in one sentence. */
export function replayHeadline({ verdicts, counts, flipped }: ReplaySummary): string {
  const compared = verdicts - counts['not-comparable'];
  const rest = counts['not-comparable'] === 0 ? '' : `; ${counts['not-comparable']} of ${verdicts} could not be compared`;
  if (verdicts === 0) return 'Nothing to compare';
  if (compared === 0) return `None of ${verdicts} verdicts could be compared`;
  if (counts.different > 0) return `${counts.different} of ${compared} verdicts came out differently, ${flipped} with another label${rest}`;
  if (counts['within-tolerance'] > 0) return `${counts.identical} of ${compared} verdicts are identical, the others within the tolerance${rest}`;
  return `Replayed: ${compared === 1 ? 'the verdict is' : `all ${compared} verdicts are`} identical${rest}`;
}
