/** The alerts of a stream as spans of media time: what table and report show of them. */
import type { AlertReason } from '../domain/alert.js';
import type { SegmentVerdict } from '../domain/verdict.js';
import type { AlertStage, AlertState } from '../stages/alert.js';
import { formatProbability, formatTimeRange } from './words.js';

/** One alert, from the first segment that it rests on. */
export interface AlertSpan {
  /** Null for the stream as a whole. */
  readonly track: number | null;
  readonly startMicros: number;
  /** Where it closed, or the last record. */
  readonly endMicros: number;
  readonly peakProbability: number;
  /** Null while it is open at the last record, which need not be the end of the stream. */
  readonly closed: AlertReason | null;
}

/** Alerts kept of one stream; no ordinary hour has more. */
const MAX_SPANS = 200;

/** Gathers the alerts of one stream, whose records come in order. */
export class AlertSpans {
  readonly #stage: AlertStage;
  #state: AlertState;
  readonly #closed: AlertSpan[] = [];
  omitted = 0;

  constructor(stage: AlertStage) {
    this.#stage = stage;
    this.#state = stage.initial;
  }

  add(record: SegmentVerdict): void {
    const { state, alerts } = this.#stage.advance(this.#state, record);
    this.#state = state;
    for (const { change, track, grounds, ptsMicros, peakProbability, reason } of alerts) {
      if (change === 'opened') continue;
      if (this.#closed.length < MAX_SPANS) this.#closed.push({ track, startMicros: grounds[0]?.startMicros ?? ptsMicros, endMicros: ptsMicros, peakProbability, closed: reason });
      else this.omitted += 1;
    }
  }

  /** In order of time, the stream's own before those of its tracks. */
  spans(): readonly AlertSpan[] {
    const open = this.#stage.end(this.#state).map(({ track, grounds, ptsMicros, peakProbability }) => ({ track, startMicros: grounds[0]?.startMicros ?? ptsMicros, endMicros: ptsMicros, peakProbability, closed: null }));
    return [...this.#closed, ...open].sort((a, b) => a.startMicros - b.startMicros || (a.track ?? 0) - (b.track ?? 0));
  }
}

const ENDINGS: Readonly<Record<AlertReason, string>> = { forged: '', authentic: 'closed by authentic segments', 'track-ended': 'closed as the track ended', 'stream-ended': 'closed as the stream ended' };

/** `the stream, 0:10.0 to 0:19.9, up to 0.97, open at the last segment`. */
export function alertText({ track, startMicros, endMicros, peakProbability, closed }: AlertSpan): string {
  return `${track === null ? 'the stream' : `track ${track}`}, ${formatTimeRange(startMicros, endMicros)}, up to ${formatProbability(peakProbability)}, ${closed === null ? 'open at the last segment' : ENDINGS[closed]}`;
}
