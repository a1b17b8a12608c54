/** A lane: one stream's way through the stateful half. Analyses come as they are ready; what follows goes in order. */
import type { SegmentAnalysis } from '../../domain/faces.js';
import type { SegmentVerdict } from '../../domain/verdict.js';
import type { AdvancedSegment } from '../../stages/advance.js';
import type { StreamState } from '../../stages/state.js';
import type { UnsealedVerdict } from '../../verdicts/chain.js';

/** The stages of the stateful half, with their adapters behind them. */
export interface StatefulStages {
  readonly initial: StreamState;
  /** Track and clips. In order per stream. */
  readonly advance: (state: StreamState, analysis: SegmentAnalysis) => { readonly state: StreamState; readonly segment: AdvancedSegment };
  /** Score, fuse and verdict. Parallel across segments. */
  readonly judge: (segment: AdvancedSegment) => Promise<UnsealedVerdict>;
  /** The record's place in its stream's chain. In order per stream. */
  readonly seal: (verdict: UnsealedVerdict, previousHash: string | null) => SegmentVerdict;
}

/** Where a stream stands. */
export interface LaneStart {
  readonly state: StreamState;
  /** `hash` of the stream's last verdict; null before the first. */
  readonly head: string | null;
}

/** A segment's verdict, and the stream's state after it. */
export interface LaneResult {
  readonly verdict: SegmentVerdict;
  readonly state: StreamState;
}

/** One stream. */
export interface Lane {
  /**
   * The verdict of the stream's next segment. Promises resolve in the order of the calls. After one was rejected all later
   * ones are, with the same error: a chain has no holes.
   *
   * @param alone - judge the segment by itself, as if it were a stream: neither does it go by the stream's state nor change it
   * @param onAdvanced - called when the segment had its turn, and scoring begins
   */
  judge(analysis: Promise<SegmentAnalysis>, alone?: boolean, onAdvanced?: () => void): Promise<LaneResult>;
}

const heard = (): void => undefined;

/** Opens a lane. */
export function openLane({ initial, advance, judge, seal }: StatefulStages, start: LaneStart): Lane {
  let { state, head } = start;
  let advanced: Promise<unknown> = Promise.resolve();
  let sealed: Promise<unknown> = Promise.resolve();
  return {
    judge: (analysis, alone = false, onAdvanced = heard) => {
      // Its rejection is met in turn, which may be long after.
      analysis.catch(heard);
      const turn = advanced.then(async () => {
        const ready = await analysis;
        if (alone) return { segment: advance(initial, ready).segment, after: state };
        const step = advance(state, ready);
        state = step.state;
        return { segment: step.segment, after: state };
      });
      const judged = turn.then(async ({ segment, after }) => {
        onAdvanced();
        return { unsealed: await judge(segment), after };
      });
      judged.catch(heard);
      const result = sealed.then(async (): Promise<LaneResult> => {
        const { unsealed, after } = await judged;
        const verdict = seal(unsealed, head);
        head = verdict.hash;
        return { verdict, state: after };
      });
      advanced = turn;
      sealed = result;
      result.catch(heard);
      return result;
    },
  };
}
