import { Observable } from 'rxjs';
import type { ObservableInput, OperatorFunction } from 'rxjs';
import { Meter, requireAtLeastOne, sizeOf } from './admission.js';
import type { Level } from './admission.js';
import { relay } from './relay.js';

/** Options of {@link keyedSequence}. */
export interface KeyedSequenceOptions<T> {
  /** Projections that run at once, over all keys; at least 1. */
  readonly concurrency: number;
  /** Items held at once over all keys, waiting and running. */
  readonly maxBufferedItems: number;
  /** Bytes held at once, by the admission rule. */
  readonly maxBufferedBytes: number;
  readonly bytesOf: (item: T) => number;
  /** Told the level, and the number of keys that have anything waiting or running. */
  readonly onLevel?: (level: Level & { readonly keys: number }) => void;
}

/** What waits for one key, and whether one of its projections runs. */
interface Lane<T> {
  readonly items: { readonly item: T; readonly index: number; readonly bytes: number }[];
  readonly key: unknown;
}

/**
 * Projects the items of one key strictly one after the other, and those of different keys side by side.
 *
 * Like `concatMap` for each key, with one bound over all of them. Keys that have something waiting take turns, one item
 * each, in the order in which they became ready, so a busy key starves no other. Values pass on as the projections give
 * them: in order within a key, in any order across keys. A key with nothing waiting or running is forgotten.
 *
 * A push source cannot be held back: an item that the admission rule refuses ends the stream with a
 * {@link BoundExceededError}. Errors of the source, `keyOf`, `bytesOf` and projections pass on at once and end all keys.
 *
 * @example
 * ```ts
 * analyses.pipe(keyedSequence((analysis) => analysis.stream, (analysis) => judge(analysis), {
 *   concurrency: 4, maxBufferedItems: 16, maxBufferedBytes: 256e6, bytesOf: (analysis) => analysis.bytes,
 * }));
 * ```
 * @param keyOf - keys are compared as those of a `Map`
 * @param project - called in item order within a key, with the item's index over all keys from 0
 */
export function keyedSequence<T, R>(
  keyOf: (item: T) => unknown,
  project: (item: T, index: number) => ObservableInput<R>,
  options: KeyedSequenceOptions<T>,
): OperatorFunction<T, R> {
  const name = 'keyedSequence';
  requireAtLeastOne(name, 'concurrency', options.concurrency);

  return (source) =>
    new Observable((subscriber) => {
      const lanes = new Map<unknown, Lane<T>>();
      const meter = new Meter(name, { maxItems: options.maxBufferedItems, maxBytes: options.maxBufferedBytes }, (level) => options.onLevel?.({ ...level, keys: lanes.size }));
      /** Lanes with something waiting and nothing running, in turn. */
      const ready: Lane<T>[] = [];
      let running = 0;
      let index = 0;
      let noMoreItems = false;
      let pumping = false;

      const start = (lane: Lane<T>): void => {
        const next = lane.items.shift();
        if (next === undefined) return;
        running++;
        relay(project(next.item, next.index), subscriber, {
          next(value) {
            subscriber.next(value);
          },
          complete() {
            running--;
            if (lane.items.length === 0) lanes.delete(lane.key);
            else ready.push(lane);
            meter.release(next.bytes);
            pump();
          },
        });
      };

      const pump = (): void => {
        if (pumping) return;
        pumping = true;
        try {
          while (running < options.concurrency && !subscriber.closed) {
            const lane = ready.shift();
            if (lane === undefined) break;
            start(lane);
          }
        } finally {
          pumping = false;
        }
        if (noMoreItems && lanes.size === 0) subscriber.complete();
      };

      subscriber.add(() => {
        lanes.clear();
        ready.length = 0;
        meter.clear();
      });
      relay(source, subscriber, {
        next(item) {
          const key = keyOf(item);
          const bytes = sizeOf(name, options.bytesOf, item);
          let lane = lanes.get(key);
          if (lane === undefined) {
            lane = { key, items: [] };
            lanes.set(key, lane);
            ready.push(lane);
          }
          lane.items.push({ item, index: index++, bytes });
          meter.admit(bytes);
          pump();
        },
        complete() {
          noMoreItems = true;
          pump();
        },
      });
    });
}
