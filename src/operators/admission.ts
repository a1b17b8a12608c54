/**
 * The admission rule that every bounded operator here shares (see README.md): one more item is admitted when fewer than
 * `maxItems` items and fewer than `maxBytes` bytes are held. So the bytes held stay below `maxBytes` plus the largest single
 * item, and where nothing is held any item is admitted, one larger than `maxBytes` too.
 */

/** How much may be held at once. */
export interface Bounds {
  /** Items, at least 1. */
  readonly maxItems: number;
  /** Bytes, at least 1; see the admission rule for what a single large item does. */
  readonly maxBytes: number;
}

/** How much is held now. */
export interface Level {
  readonly items: number;
  readonly bytes: number;
}

/** Told of every change of a level; for gauges. Must not throw. */
export type LevelObserver = (level: Level) => void;

/** A push operator was given more than its bounds allow. Nothing was dropped: the stream ends with this error. */
export class BoundExceededError extends Error {
  constructor(
    /** The operator that refused the item. */
    readonly operator: string,
    /** What it held when the item came. */
    readonly level: Level,
    readonly bounds: Bounds,
  ) {
    super(
      `${operator} already holds ${level.items} items and ${level.bytes} bytes; its bounds are ${bounds.maxItems} items and ${bounds.maxBytes} bytes. ` +
        'Raise them, or admit less at the source.',
    );
    this.name = 'BoundExceededError';
  }
}

/** Counts what one subscription holds, by the admission rule. @internal */
export class Meter {
  #items = 0;
  #bytes = 0;

  readonly #bounds: Bounds;

  constructor(
    private readonly operator: string,
    { maxItems, maxBytes }: Bounds,
    private readonly onLevel?: LevelObserver,
  ) {
    requireAtLeastOne(operator, 'maxItems', maxItems);
    requireAtLeastOne(operator, 'maxBytes', maxBytes);
    this.#bounds = { maxItems, maxBytes };
  }

  get items(): number {
    return this.#items;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more item may be taken in. */
  admits(): boolean {
    return this.#items < this.#bounds.maxItems && this.#bytes < this.#bounds.maxBytes;
  }

  /** Takes one item in. @throws BoundExceededError when the admission rule says no. */
  admit(bytes: number): void {
    if (!this.admits()) throw new BoundExceededError(this.operator, { items: this.#items, bytes: this.#bytes }, this.#bounds);
    this.#change(1, bytes);
  }

  /** Counts an item that is held already, whatever the rule says: it cannot be handed back. */
  count(bytes: number): void {
    this.#change(1, bytes);
  }

  /** An item that is held changed its size. */
  recharge(bytes: number, before: number): void {
    if (bytes !== before) this.#change(0, bytes - before);
  }

  /** One item is no longer held. */
  release(bytes: number): void {
    this.#change(-1, -bytes);
  }

  /** Nothing is held any more. */
  clear(): void {
    if (this.#items !== 0 || this.#bytes !== 0) this.#change(-this.#items, -this.#bytes);
  }

  #change(items: number, bytes: number): void {
    this.#items += items;
    this.#bytes += bytes;
    this.onLevel?.({ items: this.#items, bytes: this.#bytes });
  }
}

/** The size that `bytesOf` gives, checked: a NaN or negative size would defeat every bound after it. @internal */
export function sizeOf<T>(operator: string, bytesOf: (item: T) => number, item: T): number {
  const bytes = bytesOf(item);
  if (!(bytes >= 0 && Number.isFinite(bytes))) throw new RangeError(`${operator}: bytesOf must give a finite number of bytes, 0 or more, but gave ${bytes}.`);
  return bytes;
}

/** @internal */
export function requireAtLeastOne(operator: string, name: string, value: number): void {
  if (!(value >= 1)) throw new RangeError(`${operator}: ${name} must be at least 1, but is ${value}.`);
}
