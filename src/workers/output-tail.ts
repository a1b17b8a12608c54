import type { Readable } from 'node:stream';

/** Bytes of a child's output that are kept. */
export const OUTPUT_TAIL_BYTES = 4096;

/** The last {@link OUTPUT_TAIL_BYTES} of what a child wrote: what a native library said before it brought the process down. */
export class OutputTail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Reads `stream` to its end, so that the child never waits for a full pipe. */
  follow(stream: Readable): void {
    stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.byteLength;
      if (this.#bytes > 2 * OUTPUT_TAIL_BYTES) this.#trim();
    });
    // A broken pipe says nothing that the child's end does not say.
    stream.on('error', () => undefined);
  }

  /** The text, without control characters other than line breaks and tabs: it may end up on a terminal. */
  text(): string {
    this.#trim();
    return Buffer.concat(this.#chunks).toString('utf8').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').trim();
  }

  #trim(): void {
    const all = Buffer.concat(this.#chunks);
    // A copy: a slice would keep the large chunk alive.
    const tail = Buffer.from(all.subarray(Math.max(0, all.byteLength - OUTPUT_TAIL_BYTES)));
    this.#chunks = [tail];
    this.#bytes = tail.byteLength;
  }
}
