/** The alert record: says that forgery in a stream, or of one track in it, set in or ended (docs/reference/alert.md). */

/** Why an alert opened or closed. The list is closed. */
export const ALERT_REASONS = [
  'forged', // opened: enough forged segments among the last decided ones
  'authentic', // closed: enough authentic segments in a row
  'track-ended', // closed: the track will not be seen again
  'stream-ended', // closed: the stream is over
] as const;
/** A member of {@link ALERT_REASONS}. */
export type AlertReason = (typeof ALERT_REASONS)[number];

/** How many segments open and close an alert; counted in decided segments, inconclusive ones left out. */
export interface AlertRule {
  /** Decided segments that are looked back on. */
  readonly window: number;
  /** Forged ones among them that open an alert. */
  readonly openAfter: number;
  /** Authentic ones in a row that close it. */
  readonly closeAfter: number;
}

/** One forged segment that an alert rests on. */
export interface AlertGround {
  readonly sequence: number;
  /** Media time of the segment's first frame, microseconds. */
  readonly startMicros: number;
  /** The segment's probability, or the track's in the segment; 4 decimals. */
  readonly probability: number;
}

/** One record of the alerts topic. A function of the stream's verdicts, their hashes and the rule. */
export interface AlertRecord {
  readonly schema: 'framewitness.alert/1';
  /** `sha256:` over stream, track and the verdict that opened it: the same in the record that opens and the one that closes. */
  readonly id: string;
  readonly change: 'opened' | 'closed';
  readonly reason: AlertReason;
  readonly stream: string;
  /** Track that the alert is about; null for the stream as a whole. */
  readonly track: number | null;
  /** Segment at whose verdict the change came. */
  readonly sequence: number;
  /** Media time of the change: the last frame of that segment, microseconds. */
  readonly ptsMicros: number;
  /** `hash` of that verdict. */
  readonly verdict: string;
  /** The forged segments that opened the alert, in order; repeated when it closes. */
  readonly grounds: readonly AlertGround[];
  /** Highest probability of a forged segment from the grounds to now. */
  readonly peakProbability: number;
  /** Digest of the topology that the verdict was drawn with. */
  readonly topologyDigest: string;
  readonly rule: AlertRule;
}
