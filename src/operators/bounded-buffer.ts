import { Observable } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { Meter, requireAtLeastOne, sizeOf } from './admission.js';
import type { Bounds, LevelObserver } from './admission.js';
import { createLease } from './lease.js';
import type { Lease } from './lease.js';
import { relay } from './relay.js';

/** Options of {@link boundedBuffer}. */
export interface BoundedBufferOptions<T> extends Bounds {
  readonly bytesOf: (item: T) => number;
  /** Leases that may be out at once, at least 1. */
  readonly concurrency: number;
  /** What happens to an item that the admission rule refuses: the stream ends with {@link BoundExceededError}. There is no silent choice. */
  readonly overflow: 'error';
  /** Told what is held: waiting, or handed out and not yet released. */
  readonly onLevel?: LevelObserver;
}

/**
 * Stands between a source that pushes and a consumer that takes its time: hands out leased items as earlier ones are released.
 *
 * The push twin of {@link pullLeased}, for sources that cannot be held back (a live feed). At most `concurrency` leases are
 * out; further items wait, in order. Waiting and handed-out items count together; one more than the admission rule allows
 * ends the stream with an error. Completes once everything that waited has been handed out. Errors of the source pass on at
 * once, and what waited is not handed out.
 *
 * @example
 * ```ts
 * feed.pipe(
 *   boundedBuffer({ maxItems: 64, maxBytes: 64e6, bytesOf: (packet) => packet.byteLength, concurrency: 1, overflow: 'error' }),
 *   mergeMap(async (lease) => { await write(lease.value); lease.release(); }),
 * );
 * ```
 * @see pullLeased
 */
export function boundedBuffer<T>(options: BoundedBufferOptions<T>): OperatorFunction<T, Lease<T>> {
  const name = 'boundedBuffer';
  requireAtLeastOne(name, 'concurrency', options.concurrency);

  return (source) =>
    new Observable((subscriber) => {
      const meter = new Meter(name, options, options.onLevel);
      const waiting: { readonly item: T; readonly bytes: number }[] = [];
      let out = 0;
      let noMoreItems = false;
      let handing = false;

      const hand = (): void => {
        if (handing) return;
        handing = true;
        try {
          while (out < options.concurrency && !subscriber.closed) {
            const next = waiting.shift();
            if (next === undefined) break;
            out++;
            subscriber.next(createLease(next.item, next.bytes, meter, { onRelease: released }));
          }
        } finally {
          handing = false;
        }
        if (noMoreItems && waiting.length === 0) subscriber.complete();
      };
      const released = (): void => {
        out--;
        hand();
      };

      subscriber.add(() => {
        waiting.length = 0;
      });
      relay(source, subscriber, {
        next(item) {
          const bytes = sizeOf(name, options.bytesOf, item);
          meter.admit(bytes);
          waiting.push({ item, bytes });
          hand();
        },
        complete() {
          noMoreItems = true;
          hand();
        },
      });
    });
}
