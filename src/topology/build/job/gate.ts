/** The gate before the workers: bounds what is under way over all partitions, and lets streams take turns. */

/** How much may be under way. */
export interface GateBounds {
  readonly maxItems: number;
  readonly maxBytes: number;
}

/** Room for one segment; give it back once. */
export type Release = () => void;

interface Waiting {
  readonly bytes: number;
  readonly enter: (release: Release) => void;
}

/**
 * Segments enter in order within a stream; streams take turns, so that one with a backlog does not keep others waiting. A
 * stream whose segment ended or hung a worker process is let in one segment at a time until one goes well, so that it cannot
 * occupy all workers at once.
 */
export class Gate {
  readonly #bounds: GateBounds;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #inside = new Map<string, number>();
  readonly #suspects = new Set<string>();
  #items = 0;
  #bytes = 0;
  #closed = false;
  #onEmpty: (() => void) | undefined;

  constructor(bounds: GateBounds) {
    this.#bounds = bounds;
  }

  /** What is inside, and what waits for room. */
  get levels(): { readonly items: number; readonly bytes: number; readonly waitingItems: number; readonly waitingBytes: number } {
    const waiting = [...this.#waiting.values()].flat();
    return { items: this.#items, bytes: this.#bytes, waitingItems: waiting.length, waitingBytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Resolves when there is room; never, once the gate was closed. */
  enter(stream: string, bytes: number): Promise<Release> {
    return new Promise((resolve) => {
      const queue = this.#waiting.get(stream);
      if (queue === undefined) this.#waiting.set(stream, [{ bytes, enter: resolve }]);
      else queue.push({ bytes, enter: resolve });
      this.#pump();
    });
  }

  /** Whether a stream's segments do harm. */
  mark(stream: string, suspect: boolean): void {
    if (suspect) this.#suspects.add(stream);
    else this.#suspects.delete(stream);
  }

  /** Lets nothing in any more; resolves when nothing is inside. */
  drain(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#items === 0) resolve();
    });
  }

  #admits(stream: string): boolean {
    if (this.#suspects.has(stream) && (this.#inside.get(stream) ?? 0) > 0) return false;
    return this.#items === 0 || (this.#items < this.#bounds.maxItems && this.#bytes < this.#bounds.maxBytes);
  }

  #pump(): void {
    for (let tried = this.#waiting.size; tried > 0 && !this.#closed; tried--) {
      const [turn] = this.#waiting;
      if (turn === undefined) return;
      const [stream, queue] = turn;
      // To the end of the line, whether it gets in or not.
      this.#waiting.delete(stream);
      const next = this.#admits(stream) ? queue.shift() : undefined;
      if (queue.length > 0) this.#waiting.set(stream, queue);
      if (next === undefined) continue;
      tried = this.#waiting.size + 1;
      this.#items++;
      this.#bytes += next.bytes;
      this.#inside.set(stream, (this.#inside.get(stream) ?? 0) + 1);
      next.enter(this.#release(stream, next.bytes));
    }
  }

  #release(stream: string, bytes: number): Release {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#items--;
      this.#bytes -= bytes;
      const inside = (this.#inside.get(stream) ?? 1) - 1;
      if (inside === 0) this.#inside.delete(stream);
      else this.#inside.set(stream, inside);
      if (this.#items === 0) this.#onEmpty?.();
      this.#pump();
    };
  }
}
