/** Alert: hysteresis over the verdicts of a stream, for the stream as a whole and for each of its tracks. Pure. */
import type { AlertGround, AlertReason, AlertRecord, AlertRule } from '../domain/alert.js';
import type { SegmentVerdict, VerdictLabel } from '../domain/verdict.js';
import { digestOf } from '../verdicts/canonical.js';

/** Version of {@link AlertState}. */
export const ALERT_STATE_VERSION = 1;

/** Settings of the alert stage. */
export interface AlertOptions {
  readonly rule: AlertRule;
  /** As the tracker has it: a track that is not seen for longer has ended. */
  readonly maxTrackGapMicros: number;
}

/** What is remembered of a stream or a track. `recent` holds decided segments alone; null stands for an authentic one. */
export interface AlertWatch {
  readonly recent: readonly (AlertGround | null)[];
  /** Authentic segments since the last forged one. */
  readonly authentic: number;
  readonly open: { readonly id: string; readonly grounds: readonly AlertGround[]; readonly peakProbability: number } | null;
}

/** Where the last verdict was. */
export interface AlertPlace {
  readonly stream: string;
  readonly sequence: number;
  readonly ptsMicros: number;
  readonly verdict: string;
  readonly topologyDigest: string;
}

/** State of one stream's alerts: plain JSON, saved with the stream's other state. */
export interface AlertState {
  readonly version: typeof ALERT_STATE_VERSION;
  /** Null before the first verdict. */
  readonly last: AlertPlace | null;
  readonly stream: AlertWatch;
  /** Tracks that may be seen again, by id. */
  readonly tracks: readonly { readonly id: number; readonly lastSeenMicros: number; readonly watch: AlertWatch }[];
}

/** The alert stage of one topology. */
export interface AlertStage {
  readonly initial: AlertState;
  /** Takes the next verdict of a stream. Amended verdicts of segments that went before are not to be given: what was said once stays said. */
  readonly advance: (state: AlertState, verdict: SegmentVerdict) => { readonly state: AlertState; readonly alerts: readonly AlertRecord[] };
  /** Closes what is open when the stream ends; nothing is remembered after that. */
  readonly end: (state: AlertState) => readonly AlertRecord[];
}

/** What is decided about a stream or a track in one segment. */
interface Observation extends Pick<AlertGround, 'sequence' | 'startMicros'> {
  readonly verdict: VerdictLabel;
  readonly probability: number | null;
}

type Change = { readonly change: 'opened' | 'closed'; readonly reason: AlertReason; readonly open: NonNullable<AlertWatch['open']> };

const NOTHING_YET: AlertWatch = { recent: [], authentic: 0, open: null };

/**
 * Opens an alert at a forged segment that makes `openAfter` forged ones among the last `window` decided segments; closes it
 * after `closeAfter` authentic ones in a row, and forgets what went before. An inconclusive segment does neither and takes no
 * place in the window: it says nothing, so it must not wear an alert away (whoever forges could close it by spoiling frames),
 * nor add to one.
 */
export function raiseAlerts({ rule, maxTrackGapMicros }: AlertOptions): AlertStage {
  return {
    initial: { version: ALERT_STATE_VERSION, last: null, stream: NOTHING_YET, tracks: [] },
    advance: (state, { finding, hash, provenance }) => {
      const { stream, sequence, startMicros, endMicros } = finding;
      const last: AlertPlace = { stream, sequence, ptsMicros: endMicros, verdict: hash, topologyDigest: provenance.topology.digest };
      const alerts: AlertRecord[] = [];
      const watchOn = (watch: AlertWatch, track: number | null, { verdict, probability }: Pick<Observation, 'verdict' | 'probability'>): AlertWatch => {
        const step = observe(watch, { sequence, startMicros, verdict, probability }, rule, () => alertId(track, last));
        if (step.change) alerts.push(recordOf(step.change, track, last, rule));
        return step.watch;
      };
      const ofStream = watchOn(state.stream, null, finding);
      const known = new Map(state.tracks.map((track) => [track.id, track]));
      for (const { id, endMicros: lastSeenMicros, ...seen } of finding.tracks) {
        known.set(id, { id, lastSeenMicros, watch: watchOn(known.get(id)?.watch ?? NOTHING_YET, id, seen) });
      }
      const tracks = [...known.values()].sort((a, b) => a.id - b.id).filter(({ id, lastSeenMicros, watch }) => {
        // Time that runs backwards ends a track too, or it would be waited for as long as the stream lasts.
        const ended = lastSeenMicros + maxTrackGapMicros < endMicros || lastSeenMicros > endMicros;
        if (ended && watch.open) alerts.push(recordOf({ change: 'closed', reason: 'track-ended', open: watch.open }, id, last, rule));
        return !ended;
      });
      return { state: { version: ALERT_STATE_VERSION, last, stream: ofStream, tracks }, alerts };
    },
    end: ({ last, stream, tracks }) => {
      if (last === null) return [];
      const watches = [{ id: null, watch: stream }, ...tracks];
      return watches.flatMap(({ id, watch }) => (watch.open ? [recordOf({ change: 'closed', reason: 'stream-ended', open: watch.open }, id, last, rule)] : []));
    },
  };
}

function observe(watch: AlertWatch, { verdict, ...ground }: Observation, rule: AlertRule, newId: () => string): { readonly watch: AlertWatch; readonly change?: Change } {
  if (verdict === 'inconclusive') return { watch };
  const { probability } = ground;
  if (verdict === 'authentic' || probability === null) {
    const authentic = watch.authentic + 1;
    if (watch.open && authentic >= rule.closeAfter) return { watch: NOTHING_YET, change: { change: 'closed', reason: 'authentic', open: watch.open } };
    return { watch: { recent: [...watch.recent, null].slice(-rule.window), authentic, open: watch.open } };
  }
  const recent = [...watch.recent, { ...ground, probability }].slice(-rule.window);
  if (watch.open) return { watch: { recent, authentic: 0, open: { ...watch.open, peakProbability: Math.max(watch.open.peakProbability, probability) } } };
  const grounds = recent.filter((entry) => entry !== null);
  if (grounds.length < rule.openAfter) return { watch: { recent, authentic: 0, open: null } };
  const open = { id: newId(), grounds, peakProbability: Math.max(...grounds.map((entry) => entry.probability)) };
  return { watch: { recent, authentic: 0, open }, change: { change: 'opened', reason: 'forged', open } };
}

function alertId(track: number | null, { stream, verdict }: AlertPlace): string {
  return digestOf({ stream, track, verdict });
}

function recordOf({ change, reason, open }: Change, track: number | null, { stream, sequence, ptsMicros, verdict, topologyDigest }: AlertPlace, rule: AlertRule): AlertRecord {
  return { schema: 'framewitness.alert/1', id: open.id, change, reason, stream, track, sequence, ptsMicros, verdict, grounds: open.grounds, peakProbability: open.peakProbability, topologyDigest, rule };
}
