import { Observable, asyncScheduler } from 'rxjs';
import type { OperatorFunction, SchedulerLike, Subscription } from 'rxjs';
import { Meter, requireAtLeastOne, sizeOf } from './admission.js';
import type { LevelObserver } from './admission.js';
import { relay } from './relay.js';

/** Options of {@link microBatch}. */
export interface MicroBatchOptions<T> {
  /** Items in a batch, at least 1. */
  readonly maxItems: number;
  /** Bytes in a batch; a single larger item makes a batch of its own. Left out, no bound in bytes: for items of a bounded size. */
  readonly maxBytes?: number;
  /** Size of an item. Needed with `maxBytes`. */
  readonly bytesOf?: (item: T) => number;
  /** Longest time from a batch's first item until the batch is emitted, in milliseconds of `scheduler`; 0 or more. */
  readonly maxDelayMillis: number;
  /** Clock of the delay. Left out, RxJS' `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
  readonly onLevel?: LevelObserver;
}

/**
 * Gathers items into batches, bounded in items, bytes and delay.
 *
 * A batch is emitted as soon as it holds `maxItems` items or `maxBytes` bytes, before an item that would take it over
 * `maxBytes`, `maxDelayMillis` after its first item, and, whatever it holds, when the source completes. Batches are never
 * empty. Every item is in exactly one batch, in order. An error of the source passes on at once; the batch that was being
 * gathered is not emitted.
 *
 * What is waiting is at most one batch, so the source need not be held back for this operator's sake.
 *
 * @example
 * ```ts
 * faces.pipe(microBatch({ maxItems: 32, maxBytes: 8e6, bytesOf: (face) => face.crop.data.byteLength, maxDelayMillis: 20 }));
 * ```
 * @returns an operator that gives non-empty arrays
 */
export function microBatch<T>(options: MicroBatchOptions<T>): OperatorFunction<T, readonly T[]> {
  const name = 'microBatch';
  const { maxItems, maxBytes = Number.POSITIVE_INFINITY, maxDelayMillis, scheduler = asyncScheduler } = options;
  requireAtLeastOne(name, 'maxItems', maxItems);
  if (!(maxDelayMillis >= 0)) throw new RangeError(`${name}: maxDelayMillis must be 0 or more, but is ${maxDelayMillis}.`);
  if (options.maxBytes !== undefined && options.bytesOf === undefined) throw new RangeError(`${name}: maxBytes needs bytesOf.`);
  const { bytesOf = () => 0 } = options;

  return (source) =>
    new Observable((subscriber) => {
      let batch: T[] = [];
      let timer: Subscription | undefined;
      const meter = new Meter(name, { maxItems, maxBytes }, options.onLevel);

      // The batch is taken down before it is emitted: a subscriber may push the next item from within.
      const flush = (): void => {
        timer?.unsubscribe();
        timer = undefined;
        if (batch.length === 0) return;
        const full = batch;
        batch = [];
        meter.clear();
        subscriber.next(full);
      };

      subscriber.add(() => {
        timer?.unsubscribe();
        batch = [];
        meter.clear();
      });
      relay(source, subscriber, {
        next(item) {
          const bytes = sizeOf(name, bytesOf, item);
          if (batch.length > 0 && meter.bytes + bytes > maxBytes) flush();
          batch.push(item);
          meter.count(bytes);
          if (!meter.admits()) flush();
          else timer ??= scheduler.schedule(flush, maxDelayMillis);
        },
        complete() {
          flush();
          subscriber.complete();
        },
      });
    });
}
