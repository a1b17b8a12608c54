/** Numbers the segments of a feed and gives them media time, over connections and restarts. Pure: same pieces, same answer. */
import type { SegmentWarning } from '../../domain/media.js';
import type { FeedPiece } from '../../media/feed-segmenter.js';

/** Why media time does not simply go on: a header of the segment that follows. */
export type Discontinuity = 'reconnected' | 'restarted' | 'clock-jumped' | 'dropped';

/** Something that was lost before a segment. */
export interface Loss {
  /** A code of the error catalogue (why the connection broke, why a segment could not be published), `before-keyframe`, `buffer-full`, or `restarted`. */
  readonly reason: string;
  /** Media time that is missing, microseconds. */
  readonly micros: number;
  /** Frames that came and were not published; 0 where it is not known what did not come. */
  readonly frames: number;
}

/** Where a stream has got to. Plain data. */
export interface StreamPosition {
  readonly nextSequence: number;
  /** Media time of the end of the last segment. */
  readonly endMicros: number;
  /** Media time that a moment of the wall clock stands for; absent before the first segment. */
  readonly anchor?: { readonly micros: number; readonly wallMillis: number };
}

/** Before the first segment. */
export const BEGINNING: StreamPosition = { nextSequence: 0, endMicros: 0 };

/** A segment with its place in its stream. */
export interface PlacedSegment {
  readonly stream: string;
  readonly sequence: number;
  readonly ptsStartMicros: number;
  readonly ptsEndMicros: number;
  readonly media: Uint8Array;
  readonly sha256: string;
  readonly warnings: readonly SegmentWarning[];
  readonly discontinuity?: Discontinuity;
  /** Before this segment. */
  readonly lost: readonly Loss[];
  /** Trace context for the headers of its record. */
  readonly trace?: Readonly<Record<string, string>>;
}

/** A break between two connections. */
export interface Break {
  readonly kind: 'reconnected' | 'restarted';
  /** Why; as in {@link Loss}. */
  readonly reason: string;
}

/**
 * The timeline of one live stream.
 *
 * Within a connection media time is the feed's own clock. Where that breaks (a new connection, a restart, a clock that jumps)
 * media time goes on at the end of the last segment, or, if that is later, where the wall clock is: as far from the stream's
 * first segment as real time has passed since it came. So an outage of a minute is a minute in media time, and what was
 * buffered on the way is not counted twice.
 */
export class Timeline {
  readonly #stream: string;
  #position: StreamPosition;
  /** Media time of the connection's time zero. */
  #offsetMicros = 0;
  #break: Break | undefined;
  #losses: Loss[] = [];

  /** @param position - where the stream had got to before this process, if it had begun */
  constructor(stream: string, position: StreamPosition = BEGINNING) {
    this.#stream = stream;
    this.#position = position;
    if (position.nextSequence > 0) this.#break = { kind: 'restarted', reason: 'restarted' };
  }

  get position(): StreamPosition {
    return this.#position;
  }

  /** The connection broke: the next piece is of another one. The first reason of several counts. */
  broken(reason: string): void {
    if (this.#position.nextSequence > 0) this.#break ??= { kind: 'reconnected', reason };
  }

  /** A segment could not be published. */
  lose(segment: PlacedSegment, frames: number, reason: string): void {
    this.#losses.push(...segment.lost, { reason, micros: segment.ptsEndMicros - segment.ptsStartMicros, frames });
    this.#position = { ...this.#position, nextSequence: segment.sequence };
  }

  /** Places the next piece of a finished playlist: its times are the same in every connection, and nothing is lost between two. */
  placeFinite({ startMicros, endMicros, media, sha256, warnings, jumped }: FeedPiece): PlacedSegment {
    const sequence = this.#position.nextSequence;
    this.#position = { nextSequence: sequence + 1, endMicros };
    return { stream: this.#stream, sequence, ptsStartMicros: startMicros, ptsEndMicros: endMicros, media, sha256, warnings, lost: [], ...(jumped ? { discontinuity: 'clock-jumped' } : {}) };
  }

  /** Places the next piece of a live feed. */
  place(piece: FeedPiece): PlacedSegment {
    const { endMicros, nextSequence, anchor = { micros: 0, wallMillis: piece.arrivedMillis } } = this.#position;
    const interruption = this.#break;
    const first = nextSequence === 0 && this.#position.anchor === undefined;
    let gapMicros = 0;
    if (first) this.#offsetMicros = -piece.startMicros;
    else if (interruption !== undefined || piece.jumped) {
      const byWallClock = anchor.micros + (piece.arrivedMillis - anchor.wallMillis) * 1000;
      gapMicros = Math.max(0, Math.round(byWallClock) - endMicros);
      this.#offsetMicros = endMicros + gapMicros - piece.startMicros;
    }
    const lost = [...this.#losses, ...lossesOf(piece)];
    if (interruption !== undefined) lost.push({ reason: interruption.reason, micros: gapMicros, frames: 0 });
    else if (gapMicros > 0) lost.push({ reason: 'clock-jumped', micros: gapMicros, frames: 0 });
    const dropped = this.#losses.length > 0 || piece.dropped.bufferFull > 0;
    const discontinuity: Discontinuity | undefined = interruption?.kind ?? (piece.jumped ? 'clock-jumped' : dropped ? 'dropped' : undefined);
    const ptsStartMicros = piece.startMicros + this.#offsetMicros;
    const ptsEndMicros = piece.endMicros + this.#offsetMicros;
    this.#break = undefined;
    this.#losses = [];
    this.#position = { nextSequence: nextSequence + 1, endMicros: ptsEndMicros, anchor };
    const { media, sha256, warnings } = piece;
    return { stream: this.#stream, sequence: nextSequence, ptsStartMicros, ptsEndMicros, media, sha256, warnings, lost, ...(discontinuity === undefined ? {} : { discontinuity }) };
  }
}

function lossesOf({ dropped }: FeedPiece): Loss[] {
  const losses: Loss[] = [];
  if (dropped.beforeKeyframe > 0) losses.push({ reason: 'before-keyframe', micros: 0, frames: dropped.beforeKeyframe });
  if (dropped.bufferFull > 0) losses.push({ reason: 'buffer-full', micros: dropped.bufferFullMicros, frames: dropped.bufferFull });
  return losses;
}
