/** Where libav reads from: a few synchronous calls, so that decoding and cutting stay in one thread and in order. */

/** A readable run of bytes. */
export interface ByteSource {
  /** Up to `maxBytes` bytes from the current position; undefined at the end. May be a view that the next call overwrites. */
  read(maxBytes: number): Uint8Array | undefined;
  /** Moves the current position; absent where the source cannot go back. */
  readonly seek?: (offset: number) => void;
  /** Current position, bytes from the start. */
  readonly position: number;
  /** Size in bytes, where it is known. */
  readonly size: number | undefined;
}

/** A {@link ByteSource} over memory. Hands out views, copies nothing. */
export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#position;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(maxBytes: number): Uint8Array | undefined {
    if (this.#position >= this.#bytes.length) return undefined;
    const chunk = this.#bytes.subarray(this.#position, this.#position + maxBytes);
    this.#position += chunk.length;
    return chunk;
  }

  readonly seek = (offset: number): void => {
    this.#position = offset;
  };
}
