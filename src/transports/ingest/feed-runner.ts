/** Keeps one live feed going: connects, publishes what comes, connects again. Its failures stay its own. */
import { setTimeout as wait } from 'node:timers/promises';
import { FramewitnessError } from '../../domain/errors.js';
import type { Logger } from '../../domain/logger.js';
import type { FeedAddress } from '../../media/feed-address.js';
import type { FeedCutOptions, FeedPiece } from '../../media/feed-segmenter.js';
import type { FeedConnection, OpenFeed } from './connection.js';
import type { Publisher } from './publisher.js';
import type { RecordedPosition } from './records.js';
import { Timeline, type PlacedSegment } from './timeline.js';

/** A feed and how it is treated. */
export interface FeedPlan {
  /** Stream id. */
  readonly stream: string;
  /** The address as it may be shown. */
  readonly name: string;
  readonly feed: FeedAddress;
  readonly cut: FeedCutOptions;
  /** Waits between attempts to connect: doubling or so, without dice, begun anew when a segment came through. */
  readonly reconnect: { readonly initialMillis: number; readonly maxMillis: number; readonly multiplier: number };
  /** Close the stream when the feed ends of itself. */
  readonly endOfStream: boolean;
}

/** What a feed has come to. */
export interface FeedOutcome {
  readonly stream: string;
  readonly segments: number;
  readonly connections: number;
  /** Frames that came and were not published. */
  readonly framesLost: number;
  /** Media time that is missing. */
  readonly microsLost: number;
  /** Why it ended, where not as it should. */
  readonly error?: FramewitnessError;
}

/** What {@link runFeed} needs of others. */
export interface FeedParts {
  readonly open: OpenFeed;
  readonly publisher: Publisher;
  readonly logger: Logger;
  /** Ends the feed: what was begun is published. */
  readonly stop: AbortSignal;
  readonly onSegment: (segment: PlacedSegment) => void;
}

/** Never rejects. @param recorded - what the topic says about the stream */
export async function runFeed(plan: FeedPlan, parts: FeedParts, recorded?: RecordedPosition): Promise<FeedOutcome> {
  const run = new FeedRun(plan, parts, recorded);
  const error = await run.toItsEnd();
  return { ...run.tally(), ...(error === undefined ? {} : { error }) };
}

class FeedRun {
  readonly #plan: FeedPlan;
  readonly #parts: FeedParts;
  readonly #timeline: Timeline;
  readonly #recorded: RecordedPosition | undefined;
  #counts = { segments: 0, connections: 0, framesLost: 0, microsLost: 0 };
  #failures = 0;
  /** Segments that a finished playlist has given in this connection. */
  #given = 0;

  constructor(plan: FeedPlan, parts: FeedParts, recorded: RecordedPosition | undefined) {
    this.#plan = plan;
    this.#parts = parts;
    this.#recorded = recorded;
    const position = recorded && { nextSequence: recorded.nextSequence, endMicros: recorded.endMicros, anchor: { micros: recorded.endMicros, wallMillis: recorded.wallMillis } };
    this.#timeline = new Timeline(plan.stream, position);
  }

  tally(): FeedOutcome {
    return { stream: this.#plan.stream, ...this.#counts };
  }

  /** @returns what ended it; undefined when it was stopped or the feed ended of itself */
  async toItsEnd(): Promise<FramewitnessError | undefined> {
    const { reconnect, name, stream } = this.#plan;
    const { logger, stop } = this.#parts;
    while (!isStopped(stop)) {
      try {
        if (await this.#connectOnce()) return undefined;
      } catch (error) {
        const failure = FramewitnessError.from(error, 'FW_INTERNAL', { stream });
        if (isStopped(stop) && failure.code === 'FW_INTERRUPTED') return undefined;
        if (isFinal(failure)) return failure;
        this.#timeline.broken(failure.code);
        const waitMillis = Math.min(reconnect.maxMillis, reconnect.initialMillis * reconnect.multiplier ** this.#failures);
        this.#failures += 1;
        logger.warn(`${failure.message}; connecting again`, { code: failure.code, stream, feed: name, waitMillis });
        await wait(waitMillis, undefined, { signal: stop }).catch(() => undefined);
      }
    }
    return undefined;
  }

  /** @returns true when there is nothing more to come */
  async #connectOnce(): Promise<boolean> {
    const { feed, cut, stream, name, endOfStream } = this.#plan;
    const { open, stop, logger, publisher } = this.#parts;
    const connection = await open(feed, cut, { stream, input: name }, stop);
    this.#counts = { ...this.#counts, connections: this.#counts.connections + 1 };
    this.#given = 0;
    logger.info('connected', { stream, feed: name });
    try {
      if (connection.isFinite && this.#recorded?.ended === true) return true;
      const ended = await this.#drain(connection);
      if (endOfStream && ended && connection.isFinite) await publisher.end(stream, this.#timeline.position.nextSequence);
      return true;
    } finally {
      await connection.close();
    }
  }

  async #drain(connection: FeedConnection): Promise<boolean> {
    let stopping = false;
    for (;;) {
      if (this.#parts.stop.aborted && !stopping) {
        stopping = true;
        await connection.stop();
      }
      const next = await connection.next();
      if (next === 'end') return !stopping;
      if (next !== null) await this.#publish(next, connection.isFinite);
    }
  }

  async #publish(piece: FeedPiece, isFinite: boolean): Promise<void> {
    const { publisher, logger, onSegment } = this.#parts;
    if (isFinite) {
      // The same playlist is cut in the same places: what the topic has is passed over.
      this.#given += 1;
      if (this.#given <= this.#timeline.position.nextSequence) return;
    }
    const segment = isFinite ? this.#timeline.placeFinite(piece) : this.#timeline.place(piece);
    if (segment.lost.length > 0 || segment.discontinuity !== undefined) {
      logger.warn('the stream has a gap', { stream: segment.stream, sequence: segment.sequence, discontinuity: segment.discontinuity, lost: segment.lost });
    }
    try {
      await publisher.publish(segment);
    } catch (error) {
      const failure = FramewitnessError.from(error, 'FW_INTERNAL', { stream: segment.stream, sequence: segment.sequence });
      // One segment that does not fit is lost; the feed goes on.
      if (failure.code !== 'FW_KAFKA_RECORD_TOO_LARGE') throw failure;
      logger.error(failure.message, { code: failure.code, stream: segment.stream, sequence: segment.sequence });
      this.#timeline.lose(segment, piece.frames, failure.code);
      return;
    }
    this.#failures = 0;
    this.#count(segment);
    onSegment(segment);
  }

  /** What a published segment says was lost before it. */
  #count({ lost }: PlacedSegment): void {
    const { segments, connections, framesLost, microsLost } = this.#counts;
    this.#counts = {
      connections,
      segments: segments + 1,
      framesLost: framesLost + lost.reduce((sum, { frames }) => sum + frames, 0),
      microsLost: microsLost + lost.reduce((sum, { micros }) => sum + micros, 0),
    };
  }
}

function isStopped({ aborted }: AbortSignal): boolean {
  return aborted;
}

/** What no further attempt can mend: the address, who we are, or the topic. */
const FINAL = new Set(['FW_FEED_REFUSED', 'FW_KAFKA_TLS', 'FW_KAFKA_AUTHENTICATION', 'FW_KAFKA_AUTHORIZATION', 'FW_KAFKA_TOPIC_MISSING', 'FW_KAFKA_SECRET', 'FW_OUTPUT_UNWRITABLE', 'FW_CLAIM_DENIED', 'FW_INTERNAL']);

function isFinal({ code }: FramewitnessError): boolean {
  return FINAL.has(code);
}
