/**
 * A native I/O context kept for its next use. node-av frees such a context without its buffer, so that a new one for every
 * segment would lose 64 KiB each time. One that is kept holds the event loop open, though: only programs that are ended
 * from outside, as a pool's children are, may keep them.
 */
let keeping = false;

/** From now on this process keeps I/O contexts; it must be ended from outside. */
export function keepIoContexts(): void {
  keeping = true;
}

/** Room for one. */
export class Spare<T> {
  #kept: T | undefined;

  /** The one that was kept, which is the caller's from here on. */
  take(): T | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  /** @returns false where it is not kept, and the caller has to free it */
  keep(item: T): boolean {
    if (!keeping || this.#kept !== undefined) return false;
    this.#kept = item;
    return true;
  }
}
