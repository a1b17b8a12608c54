import { Observable, map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { Lease } from './lease.js';
import { pullLeased } from './pull-leased.js';
import type { PullOptions } from './pull-leased.js';

/** Options of {@link pullThrough}. */
export interface PullThroughOptions<T, R> extends PullOptions<T> {
  /** Key within which the pipeline keeps the order. Left out together with `resultKeyOf`, it keeps the order of all. */
  readonly keyOf?: (item: T) => unknown;
  /** The same key, from a result. */
  readonly resultKeyOf?: (result: R) => unknown;
}

/** A pipeline under {@link pullThrough} gave a result too many, or too few. */
export class PipelineBalanceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PipelineBalanceError';
  }
}

/**
 * Pulls items through a pipeline of plain operators, holding the source back while too much is under way.
 *
 * As {@link pullLeased}, but the leases are kept here, so that stages see plain values. The pipeline must give exactly one
 * result for each item, in the order of the items of one key; its last step is the sink, so that a result means «written».
 * Each result gives back the room of the oldest item of its key.
 *
 * A result without an item under way, or completion of the pipeline with items still under way, is a
 * {@link PipelineBalanceError}. (A pipeline that swallows items of an endless source ends up waiting: it must not.)
 *
 * Stopping: unsubscribe to abandon what is under way. To let it finish, end the source (a `takeUntil` as the pipeline's
 * first operator stops the pulling, closes the source, and the rest completes).
 *
 * @example
 * ```ts
 * pullThrough(segments, pipe(analyse, track, score, write), {
 *   maxItems: 8, maxBytes: 256e6, bytesOf: (segment) => segment.media.byteLength,
 *   keyOf: (segment) => segment.stream, resultKeyOf: (verdict) => verdict.stream,
 * });
 * ```
 * @see pullLeased
 * @param source - iterated anew by each subscription
 * @param pipeline - one result for each item, ordered within a key
 * @returns an Observable of the results as the pipeline gives them
 */
export function pullThrough<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  pipeline: OperatorFunction<T, R>,
  options: PullThroughOptions<T, R>,
): Observable<R> {
  const keyOf = options.keyOf ?? (() => undefined);
  const resultKeyOf = options.resultKeyOf ?? (() => undefined);

  return new Observable((subscriber) => {
    const underWay = new Map<unknown, Lease<T>[]>();

    const take = (lease: Lease<T>): T => {
      const key = keyOf(lease.value);
      const leases = underWay.get(key);
      if (leases === undefined) underWay.set(key, [lease]);
      else leases.push(lease);
      return lease.value;
    };

    const give = (result: R): Lease<T> => {
      const key = resultKeyOf(result);
      const leases = underWay.get(key);
      const lease = leases?.shift();
      if (leases === undefined || lease === undefined) throw new PipelineBalanceError('The pipeline gave a result for which no item is under way.');
      if (leases.length === 0) underWay.delete(key);
      return lease;
    };

    const subscription = pullLeased(source, options)
      .pipe(
        map(take),
        pipeline,
        map((result) => ({ result, lease: give(result) })),
      )
      .subscribe({
        next: ({ result, lease }) => {
          subscriber.next(result);
          lease.release();
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          if (underWay.size === 0) subscriber.complete();
          else subscriber.error(new PipelineBalanceError(`The pipeline completed without a result for ${count(underWay)} items.`));
        },
      });
    // Added last, so that the gate is shut before room is given back.
    subscription.add(() => {
      for (const lease of [...underWay.values()].flat()) lease.release();
      underWay.clear();
    });
    return subscription;
  });
}

function count(underWay: ReadonlyMap<unknown, readonly unknown[]>): number {
  return [...underWay.values()].reduce((sum, leases) => sum + leases.length, 0);
}
