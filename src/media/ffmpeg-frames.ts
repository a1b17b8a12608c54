/** Raw frames out of an ffmpeg process, in step with what it says about them. */
import type { Readable } from 'node:stream';
import type { FfmpegEvent } from './ffmpeg-log.js';

/** Events of a running program, to be taken one by one. Holds as many as ffmpeg says before it waits for its reader. */
export class EventQueue {
  readonly #events: FfmpegEvent[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  readonly push = (event: FfmpegEvent): void => {
    this.#events.push(event);
    this.#wake?.();
  };

  /** No more will be pushed. */
  readonly end = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  /** The next event; undefined at the end. One caller at a time. */
  async next(): Promise<FfmpegEvent | undefined> {
    while (this.#events.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    return this.#events.shift();
  }
}

/** Takes runs of bytes of known length out of a stream of chunks. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array, unknown>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: Readable) {
    this.#chunks = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** The next `length` bytes, in memory of their own; undefined when the stream ends before. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const taken = new Uint8Array(length);
    for (let filled = 0; ; ) {
      const part = this.#rest.subarray(0, length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
      if (filled === length) return taken;
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
  }
}
