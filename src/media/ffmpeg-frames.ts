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

/** Reads exactly `length` bytes; undefined when the stream ends before. */
export async function readExactly(stream: Readable, length: number): Promise<Uint8Array | undefined> {
  for (;;) {
    const chunk = stream.read(length) as Buffer | null;
    if (chunk !== null) return chunk.length === length ? chunk : undefined;
    if (stream.readableEnded) return undefined;
    await new Promise<void>((resolve, reject) => {
      const settle = (action: () => void) => (): void => {
        stream.off('readable', onReadable).off('end', onReadable).off('error', onError);
        action();
      };
      const onReadable = settle(resolve);
      const onError = (error: Error): void => {
        settle(() => {
          reject(error);
        })();
      };
      stream.on('readable', onReadable).on('end', onReadable).on('error', onError);
    });
  }
}
