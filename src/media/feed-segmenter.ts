/** Reads a feed without ever waiting for whoever takes its segments: what they do not take in time is dropped and counted. */
import { createHash } from 'node:crypto';
import { Packet } from 'node-av/lib';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { SegmentWarning } from '../domain/media.js';
import type { MediaLimits } from '../domain/ports.js';
import type { FeedAddress } from './feed-address.js';
import { FeedInput } from './feed-input.js';
import { SegmentCutter, type CutPiece } from './segment-cutter.js';

/** How a feed is cut. */
export interface FeedCutOptions {
  readonly targetMicros: number;
  /** Longest segment where keyframes are rare. */
  readonly maxMicros: number;
  /** A longer step of the feed's clock ahead is a jump. */
  readonly maxJumpMicros: number;
  /** Longest time without a video frame. */
  readonly silenceMicros: number;
  /** Segments that wait to be taken, bytes; one is always let through. */
  readonly maxBufferedBytes: number;
  readonly limits: MediaLimits;
}

/** Frames that came and went into no segment. */
export interface DroppedFrames {
  /** No keyframe had come since the connection began. */
  readonly beforeKeyframe: number;
  /** Whole segments that nobody took in time. */
  readonly bufferFull: number;
  /** Media time of the latter. */
  readonly bufferFullMicros: number;
}

/** One segment of a feed. Times are from the first frame of this connection. */
export interface FeedPiece {
  readonly media: Uint8Array;
  readonly sha256: string;
  readonly startMicros: number;
  readonly endMicros: number;
  readonly frames: number;
  readonly jumped: boolean;
  readonly warnings: readonly SegmentWarning[];
  /** Wall clock when its first frame came, milliseconds since 1970. */
  readonly arrivedMillis: number;
  /** Since the piece before. */
  readonly dropped: DroppedFrames;
}

const NOTHING_DROPPED: DroppedFrames = { beforeKeyframe: 0, bufferFull: 0, bufferFullMicros: 0 };

/** One connection to a feed. */
export class FeedSegmenter {
  readonly isFinite: boolean;
  readonly #input: FeedInput;
  readonly #options: FeedCutOptions;
  readonly #location: ErrorLocation;
  readonly #cutter: SegmentCutter;
  readonly #queue: FeedPiece[] = [];
  #queuedBytes = 0;
  #dropped = NOTHING_DROPPED;
  #arrivedMillis = Date.now();
  #begun = false;
  /** Set when no more pieces will be queued. */
  #ended: { readonly error: FramewitnessError | undefined } | undefined;
  #wake: () => void = () => undefined;

  private constructor(input: FeedInput, options: FeedCutOptions, location: ErrorLocation) {
    this.#input = input;
    this.isFinite = input.isFinite;
    this.#options = options;
    this.#location = location;
    this.#cutter = new SegmentCutter(options, input);
    void this.#pump();
  }

  /** Connects. @throws FramewitnessError as {@link FeedInput.open} does, and FW_FEED_UNREACHABLE after `connectMicros` */
  static async open(feed: FeedAddress, options: FeedCutOptions, location: ErrorLocation): Promise<FeedSegmenter> {
    const opening = FeedInput.open(feed, { location, maxPixels: options.limits.maxPixels });
    if (feed.listen) return new FeedSegmenter(await opening, options, location);
    // Twice: once to connect, once to see the streams.
    const patience = Math.ceil((2 * feed.connectMicros + options.silenceMicros) / 1000);
    const input = await withDeadline(opening, patience, () => new FramewitnessError('FW_FEED_UNREACHABLE', `the feed did not begin within ${patience / 1000} s`, { location }));
    return new FeedSegmenter(input, options, location);
  }

  /** Waits up to `millis` for a piece. @returns null when none came; `end` after the last, with what ended the connection */
  async next(millis: number): Promise<FeedPiece | 'end' | null> {
    if (this.#queue.length === 0 && this.#ended === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, millis);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const piece = this.#queue.shift();
    if (piece !== undefined) {
      this.#queuedBytes -= piece.media.length;
      return piece;
    }
    if (this.#ended === undefined) return null;
    if (this.#ended.error !== undefined) throw this.#ended.error;
    return 'end';
  }

  /** Reads no further: what was begun becomes the last piece. */
  stop(): void {
    this.#end(undefined);
  }

  async #pump(): Promise<void> {
    const { silenceMicros } = this.#options;
    const silent = (): FramewitnessError => new FramewitnessError('FW_FEED_SILENT', `no video frame came for ${silenceMicros / 1e6} s`, { location: this.#location });
    try {
      for (;;) {
        const packet = new Packet();
        packet.alloc();
        const more = await withDeadline(this.#input.read(packet, this.#location), silenceMicros / 1000, silent);
        if (this.#ended !== undefined) return;
        if (!more) {
          this.#end(this.#input.isFinite ? undefined : new FramewitnessError('FW_FEED_LOST', 'the feed ended', { location: this.#location }));
          return;
        }
        this.#take(packet);
        // A finished playlist can wait, a live feed cannot.
        while (this.isFinite && this.#queuedBytes > this.#options.maxBufferedBytes) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } catch (error) {
      this.#end(FramewitnessError.from(error, 'FW_FEED_LOST', this.#location));
    }
  }

  #take(packet: Packet): void {
    if (!this.#begun && !packet.isKeyframe) {
      this.#dropped = { ...this.#dropped, beforeKeyframe: this.#dropped.beforeKeyframe + 1 };
      packet.free();
      return;
    }
    const arrived = Date.now();
    if (!this.#begun) this.#arrivedMillis = arrived;
    this.#begun = true;
    const piece = this.#cutter.add(packet);
    if (piece === undefined) return;
    this.#offer(piece);
    this.#arrivedMillis = arrived;
  }

  #offer({ media, ptsStartMicros, ptsEndMicros, frames, jumped, warnings }: CutPiece): void {
    if (!this.isFinite && this.#queue.length > 0 && this.#queuedBytes + media.length > this.#options.maxBufferedBytes) {
      const { bufferFull, bufferFullMicros } = this.#dropped;
      this.#dropped = { ...this.#dropped, bufferFull: bufferFull + frames, bufferFullMicros: bufferFullMicros + ptsEndMicros - ptsStartMicros };
      return;
    }
    const sha256 = createHash('sha256').update(media).digest('hex');
    this.#queue.push({ media, sha256, startMicros: ptsStartMicros, endMicros: ptsEndMicros, frames, jumped, warnings, arrivedMillis: this.#arrivedMillis, dropped: this.#dropped });
    this.#dropped = NOTHING_DROPPED;
    this.#queuedBytes += media.length;
    this.#wake();
  }

  #end(error: FramewitnessError | undefined): void {
    if (this.#ended !== undefined) return;
    let failure = error;
    try {
      const rest = this.#cutter.finish();
      if (rest !== undefined) this.#offer(rest);
    } catch (thrown) {
      failure ??= FramewitnessError.from(thrown, 'FW_FEED_LOST', this.#location);
    }
    this.#ended = { error: failure };
    this.#wake();
  }
}

async function withDeadline<T>(work: Promise<T>, millis: number, late: () => FramewitnessError): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(late());
        }, millis);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
