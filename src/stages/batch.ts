/** Batch: gathers items of any number of callers into batches bounded in size and delay, so that networks run full. */
import { Subject } from 'rxjs';
import { microBatch } from '../operators/micro-batch.js';

/** Bounds of a batch. */
export interface BatchOptions {
  readonly maxItems: number;
  /** Longest time that an item waits for others, milliseconds. */
  readonly maxDelayMillis: number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A function that scores items one caller at a time, made of one that scores batches. Batch make-up changes no result: the
 * scorers behind it are canonical per item (their tests say so). What is waiting is bounded by the callers, who wait too.
 */
export function batchItems<T, R>(score: (items: readonly T[]) => Promise<readonly R[]>, options: BatchOptions): { readonly run: (items: readonly T[]) => Promise<R[]>; readonly close: () => void } {
  const queue = new Subject<Waiting<T, R>>();
  const subscription = queue.pipe(microBatch({ maxItems: options.maxItems, maxDelayMillis: options.maxDelayMillis })).subscribe((batch) => {
    score(batch.map((waiting) => waiting.item)).then(
      (results) => {
        batch.forEach((waiting, i) => {
          const result = results[i];
          if (result === undefined) waiting.reject(new Error(`the scorer gave ${results.length} results for ${batch.length} items`));
          else waiting.resolve(result);
        });
      },
      (error: unknown) => {
        for (const waiting of batch) waiting.reject(error);
      },
    );
  });
  return {
    run: (items) =>
      Promise.all(
        items.map(
          (item) =>
            new Promise<R>((resolve, reject) => {
              queue.next({ item, resolve, reject });
            }),
        ),
      ),
    close: () => {
      queue.complete();
      subscription.unsubscribe();
    },
  };
}
