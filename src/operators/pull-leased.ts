import { Observable } from 'rxjs';
import { Meter, sizeOf } from './admission.js';
import type { Bounds, LevelObserver } from './admission.js';
import { createLease } from './lease.js';
import type { Lease } from './lease.js';

/** Options of {@link pullLeased}. */
export interface PullOptions<T> extends Bounds {
  /** Memory that an item holds while it is under way, in bytes. */
  readonly bytesOf: (item: T) => number;
  /** Told what is under way, from pull to release. */
  readonly onLevel?: LevelObserver;
  /**
   * Told when closing the source failed after the subscription had ended, when there is nobody else left to tell. Left
   * out, such a failure stays an unhandled rejection, which ends the process.
   */
  readonly onCloseError?: (error: unknown) => void;
}

/**
 * Pulls items from an async iterable, only as fast as the items before them are released.
 *
 * The gate of the back-pressure protocol (README.md). The next item is asked for when the admission rule allows one more;
 * it counts from then until its lease is released, however many operators it passes in between. One request to the source
 * is under way at a time.
 *
 * Completes when the source says that it is exhausted, which may be before the last lease is released, but not while there
 * is no room to ask. Errors of the source pass on.
 * Unsubscribing, also by an error further down or by `takeUntil`, stops pulling and closes the source with `return()`;
 * an item that was asked for and arrives after that is discarded.
 *
 * @example
 * ```ts
 * pullLeased(segments, { maxItems: 8, maxBytes: 256e6, bytesOf: (segment) => segment.media.byteLength }).pipe(
 *   orderedParallelMap(async (lease) => lease.with(await analyse(lease.value)), { ... }),
 *   concatMap(async (lease) => { await write(lease.value); lease.release(); }),
 * );
 * ```
 * @see pullThrough for pipelines of plain values, one out for each one in
 * @param source - iterated anew by each subscription
 * @returns an Observable of leased items in source order
 */
export function pullLeased<T>(source: AsyncIterable<T> | Iterable<T>, options: PullOptions<T>): Observable<Lease<T>> {
  return new Observable((subscriber) => {
    const meter = new Meter('pullLeased', options, options.onLevel);
    const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    let pulling = false;
    let exhausted = false;

    // An async function, so that a synchronous throw of a plain iterator is a rejection as well.
    const next = async (): Promise<IteratorResult<T, unknown>> => iterator.next();

    const pull = (): void => {
      if (pulling || exhausted || subscriber.closed || !meter.admits()) return;
      pulling = true;
      next().then(
        (step) => {
          pulling = false;
          if (step.done === true) {
            exhausted = true;
            subscriber.complete();
            return;
          }
          if (subscriber.closed) return;
          let bytes: number;
          try {
            bytes = sizeOf('pullLeased', options.bytesOf, step.value);
          } catch (error) {
            subscriber.error(error);
            return;
          }
          meter.count(bytes);
          subscriber.next(createLease(step.value, bytes, meter, { onRelease: pull, onRecharge: pull }));
          pull();
        },
        (error: unknown) => {
          exhausted = true;
          if (subscriber.closed) failedAfterEnd(error);
          else subscriber.error(error);
        },
      );
    };

    const failedAfterEnd = (error: unknown): void => {
      if (options.onCloseError === undefined) throw error;
      options.onCloseError(error);
    };

    const close = async (): Promise<void> => {
      try {
        await iterator.return?.();
      } catch (error) {
        failedAfterEnd(error);
      }
    };

    pull();
    return () => {
      if (exhausted) return;
      exhausted = true;
      void close();
    };
  });
}
