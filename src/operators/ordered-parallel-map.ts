import { Observable } from 'rxjs';
import type { ObservableInput, OperatorFunction } from 'rxjs';
import { Meter, requireAtLeastOne, sizeOf } from './admission.js';
import type { LevelObserver } from './admission.js';
import { orderedSlots } from './ordered-slots.js';
import { relay } from './relay.js';

/** Options of {@link orderedParallelMap}. */
export interface OrderedParallelMapOptions<T, R> {
  /** Projections that run at once, at least 1. */
  readonly concurrency: number;
  /** Items held at once: waiting to start, running, and finished but not yet their turn. */
  readonly maxBufferedItems: number;
  /** Bytes held at once, by the admission rule. */
  readonly maxBufferedBytes: number;
  /** Size of an item until its projection has finished. */
  readonly bytesOf: (item: T) => number;
  /** Size of a result while it waits for its turn; left out, that of its item. */
  readonly resultBytesOf?: (result: R) => number;
  readonly onLevel?: LevelObserver;
}

/**
 * Projects items in parallel and emits the results in the order of the items.
 *
 * Like `concatMap`, but the next projections run ahead. Projections start in order, up to `concurrency` at once, and only
 * the oldest starts while the bytes held have reached `maxBufferedBytes`. Everything from an item's arrival to its result's
 * emission counts as held. A push source cannot be held back: an item that the admission rule refuses ends the stream with a
 * {@link BoundExceededError}. Put a gate before it ({@link pullLeased}, {@link pullThrough}), or use {@link pullMap}.
 *
 * A projection must give exactly one value ({@link ProjectionCountError}). Errors of the source, of a projection and of the
 * size functions pass on at once, and the other projections are unsubscribed from.
 *
 * @example
 * ```ts
 * segments.pipe(orderedParallelMap((segment) => analyse(segment), {
 *   concurrency: 2, maxBufferedItems: 8, maxBufferedBytes: 256e6, bytesOf: (segment) => segment.media.byteLength,
 * }));
 * ```
 * @see pullMap
 * @param project - called in item order, with the item's index from 0
 * @returns an operator that gives one result an item, in order
 */
export function orderedParallelMap<T, R>(
  project: (item: T, index: number) => ObservableInput<R>,
  options: OrderedParallelMapOptions<T, R>,
): OperatorFunction<T, R> {
  const name = 'orderedParallelMap';
  const { concurrency, maxBufferedItems, maxBufferedBytes, bytesOf, resultBytesOf } = options;
  requireAtLeastOne(name, 'concurrency', concurrency);

  return (source) =>
    new Observable((subscriber) => {
      const meter = new Meter(name, { maxItems: maxBufferedItems, maxBytes: maxBufferedBytes }, options.onLevel);
      const slots = orderedSlots<{ readonly item: T; bytes: number }, R>(subscriber, {
        concurrency,
        project: ({ item }, index) => project(item, index),
        mayStart: () => meter.bytes < maxBufferedBytes,
        onFinished(held, result) {
          if (resultBytesOf === undefined) return;
          const bytes = sizeOf(name, resultBytesOf, result);
          meter.recharge(bytes, held.bytes);
          held.bytes = bytes;
        },
        emit(held, result) {
          meter.release(held.bytes);
          subscriber.next(result);
        },
      });
      subscriber.add(() => {
        slots.clear();
        meter.clear();
      });
      relay(source, subscriber, {
        next(item) {
          const bytes = sizeOf(name, bytesOf, item);
          meter.admit(bytes);
          slots.add({ item, bytes });
        },
        complete: slots.noMore,
      });
    });
}
