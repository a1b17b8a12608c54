import { Observable, from, map } from 'rxjs';
import type { ObservableInput } from 'rxjs';
import { requireAtLeastOne, sizeOf } from './admission.js';
import type { LevelObserver } from './admission.js';
import type { Lease } from './lease.js';
import { orderedSlots } from './ordered-slots.js';
import { pullLeased } from './pull-leased.js';
import { relay } from './relay.js';

/** Options of {@link pullMap}. */
export interface PullMapOptions<T, R> {
  /** Projections that run at once, at least 1. */
  readonly concurrency: number;
  /**
   * Items held at once: pulled, running, and finished but not yet their turn. Left out, `concurrency`: then the next item
   * is not even asked for before a result has left. More lets work go on behind a slow item.
   */
  readonly maxItems?: number;
  /** Bytes held at once, by the admission rule. Left out, items alone are the bound: for items of a bounded size. */
  readonly maxBytes?: number;
  /** Size of an item until its projection has finished. Needed with `maxBytes`. */
  readonly bytesOf?: (item: T) => number;
  /** Size of a result while it waits for its turn; left out, that of its item. */
  readonly resultBytesOf?: (result: R) => number;
  readonly onLevel?: LevelObserver;
  /** As in {@link pullLeased}. */
  readonly onCloseError?: (error: unknown) => void;
}

/**
 * Pulls items from an async iterable, projects them in parallel, and emits the results in the order of the items.
 *
 * `pullLeased` and `orderedParallelMap` behind one gate: an item counts from the moment it is asked for until its result is
 * emitted, finished results that wait for their turn at their own size. The next item is asked for only when the admission
 * rule allows one more, so nothing can overflow. A slow sink holds the source back when its write is part of the
 * projection; for a sink that must write in order, see {@link pullThrough}.
 *
 * A projection must give exactly one value ({@link ProjectionCountError}). On an error, and on unsubscribing, the source is
 * closed with `return()` and running projections are unsubscribed from.
 *
 * @example
 * ```ts
 * pullMap(frames, (frame) => detect(frame), { concurrency: 1 }) // a frame is borrowed: the next is asked for after it
 * pullMap(segments, (segment) => analyse(segment), { concurrency: 2, maxItems: 6, maxBytes: 256e6, bytesOf: (s) => s.media.byteLength })
 * ```
 * @param project - called in item order, with the item's index from 0
 * @returns an Observable of one result an item, in order
 */
export function pullMap<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  project: (item: T, index: number) => ObservableInput<R>,
  options: PullMapOptions<T, R>,
): Observable<R> {
  const name = 'pullMap';
  const { concurrency, resultBytesOf, maxItems = concurrency, maxBytes = Number.POSITIVE_INFINITY } = options;
  requireAtLeastOne(name, 'concurrency', concurrency);
  if (options.maxBytes !== undefined && options.bytesOf === undefined) throw new RangeError(`${name}: maxBytes needs bytesOf.`);
  const { bytesOf = () => 0 } = options;

  return new Observable((subscriber) => {
    let held = 0;
    const slots = orderedSlots<Lease<T>, Lease<R>>(subscriber, {
      concurrency,
      project: (lease, index) =>
        from(project(lease.value, index)).pipe(map((result) => lease.with(result, resultBytesOf === undefined ? lease.bytes : sizeOf(name, resultBytesOf, result)))),
      mayStart: () => held < maxBytes,
      onFinished: () => undefined,
      emit(_, lease) {
        subscriber.next(lease.value);
        lease.release();
      },
    });
    const leases = pullLeased(source, {
      maxItems,
      maxBytes,
      bytesOf,
      onLevel(level) {
        held = level.bytes;
        options.onLevel?.(level);
      },
      ...(options.onCloseError === undefined ? {} : { onCloseError: options.onCloseError }),
    });
    relay(leases, subscriber, { next: slots.add, complete: slots.noMore });
    // After the relay, so that the gate is shut before room is given back.
    subscriber.add(() => {
      for (const lease of slots.clear()) lease.release();
    });
  });
}
