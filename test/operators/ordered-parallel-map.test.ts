import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EMPTY, NEVER, concat, from, map, of, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { BoundExceededError } from '../../src/operators/admission.js';
import { orderedParallelMap } from '../../src/operators/ordered-parallel-map.js';
import type { OrderedParallelMapOptions } from '../../src/operators/ordered-parallel-map.js';
import { ProjectionCountError } from '../../src/operators/ordered-slots.js';
import { inVirtualTime, levels } from './support.js';

const ROOMY = { concurrency: 2, maxBufferedItems: 100, maxBufferedBytes: 1e6, bytesOf: () => 1 };
const error = new Error('broken');

/** Gives the item in capitals after 3 frames. */
const afterThree = (item: string): Observable<string> => timer(3).pipe(map(() => item.toUpperCase()));

const afterFive = (item: string): Observable<string> => timer(5).pipe(map(() => item.toUpperCase()));

function parallel<T, R>(project: (item: T) => Observable<R>, options: Partial<OrderedParallelMapOptions<T, R>> = {}): ReturnType<typeof orderedParallelMap<T, R>> {
  return orderedParallelMap<T, R>(project, { ...ROOMY, ...options });
}

describe('orderedParallelMap', () => {
  test('says nothing for a source that never does', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-').pipe(parallel(afterThree))).toBe('-');
    });
  });

  test('completes with an empty source', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(parallel(afterThree))).toBe('--|');
    });
  });

  test('gives one result for one item, then completes', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a|');
      expectObservable(source.pipe(parallel(afterThree))).toBe('----(A|)');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  test('runs as many projections as it may, and no more', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('(abcd|)').pipe(parallel(afterFive))).toBe('-----(AB)-(CD|)');
    });
  });

  test('keeps the order when a later projection ends first', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const delays: Record<string, number> = { a: 5, b: 1, c: 2 };
      const project = (item: string): Observable<string> => timer(delays[item] ?? 0).pipe(map(() => item));
      expectObservable(cold('(abc|)').pipe(parallel(project, { concurrency: 3 }))).toBe('-----(abc|)');
    });
  });

  test('passes an error of the source on at once and ends the projections', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const inner = cold('-----x|');
      expectObservable(cold('a-#', undefined, error).pipe(parallel(() => inner))).toBe('--#', undefined, error);
      expectSubscriptions(inner.subscriptions).toBe('^-!');
    });
  });

  test('passes an error of a projection on at once and ends the source and the others', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('ab---');
      const inner = { a: cold('-----x|'), b: cold('-#', undefined, error) };
      expectObservable(source.pipe(parallel((item) => inner[item as 'a' | 'b']))).toBe('--#', undefined, error);
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSubscriptions(inner.a.subscriptions).toBe('^-!');
    });
  });

  test('passes on what the projection or the size function throws', () => {
    const fails = (): never => {
      throw error;
    };
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a-').pipe(parallel(fails))).toBe('-#', undefined, error);
      expectObservable(cold('-a-').pipe(parallel(afterThree, { bytesOf: fails }))).toBe('-#', undefined, error);
    });
  });

  test('goes on for as long as an unending source does, and lets go when unsubscribed from', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const gauge = levels();
      const source = cold('a--b--c--d--');
      expectObservable(source.pipe(parallel(afterThree, { onLevel: gauge.observe })), '-------!').toBe('---A--B-');
      expectSubscriptions(source.subscriptions).toBe('^------!');
      cold('--------x').subscribe(() => {
        assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
      });
    });
  });

  test('ends running projections when unsubscribed from', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const inner = cold('------x|');
      expectObservable(cold('-a----').pipe(parallel(() => inner)), '---!').toBe('----');
      expectSubscriptions(inner.subscriptions).toBe('-^-!');
    });
  });

  test('stops a source that emits synchronously without end', () => {
    let taken = 0;
    const endless = from(
      (function* () {
        for (;;) yield taken++;
      })(),
    );
    let failure: unknown;
    endless.pipe(parallel(() => NEVER, { maxBufferedItems: 5 })).subscribe({ error: (e: unknown) => (failure = e) });
    assert.ok(failure instanceof BoundExceededError);
    assert.ok(taken <= 7, `${taken} items were taken`);
  });

  test('an item too many is an error that says what was held', () => {
    inVirtualTime(({ cold, expectObservable, flush }) => {
      const seen: unknown[] = [];
      const guarded = cold('abcd').pipe(parallel(() => NEVER, { maxBufferedItems: 3 }));
      guarded.subscribe({ error: (e: unknown) => seen.push(e) });
      expectObservable(guarded).toBe('---#', undefined, new BoundExceededError('orderedParallelMap', { items: 3, bytes: 3 }, { maxItems: 3, maxBytes: 1e6 }));
      flush();
      assert.ok(seen[0] instanceof BoundExceededError);
      assert.deepEqual(seen[0].level, { items: 3, bytes: 3 });
    });
  });

  test('bytes too many are an error, but one item always passes, however large', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const options = { maxBufferedBytes: 10, bytesOf: (item: string) => Number(item) };
      const project = (item: string): Observable<string> => timer(1).pipe(map(() => item));
      expectObservable(cold('a--a|', { a: '99' }).pipe(parallel(project, options))).toBe('-a--(a|)', { a: '99' });
      expectObservable(cold('aab', { a: '5', b: '1' }).pipe(parallel((): Observable<string> => NEVER, options))).toBe(
        '--#',
        undefined,
        new BoundExceededError('orderedParallelMap', { items: 2, bytes: 10 }, { maxItems: 100, maxBytes: 10 }),
      );
    });
  });

  test('finished results that wait for their turn count at their own size, and hold back further starts', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const started: string[] = [];
      const takes: Record<string, number> = { a: 10, b: 1, c: 5, d: 5 };
      const gauge = levels();
      const project = (item: string): Observable<string> => {
        started.push(item);
        return timer(takes[item] ?? 0).pipe(map(() => item));
      };
      const results = cold('(abcd|)').pipe(parallel(project, { maxBufferedBytes: 50, resultBytesOf: () => 60, onLevel: gauge.observe }));
      expectObservable(results).toBe('----------(ab)-(cd|)');
      cold('-----x').subscribe(() => {
        assert.deepEqual(started, ['a', 'b'], 'c must wait: b holds more than the bound');
        assert.deepEqual(gauge.last(), { items: 4, bytes: 63 });
      });
    });
  });

  test('a projection that gives no result, or two, is an error', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a-').pipe(parallel((): Observable<string> => EMPTY))).toBe('-#', undefined, new ProjectionCountError(0, 'none'));
      expectObservable(cold('-a-').pipe(parallel(() => of(1, 2)))).toBe('-#', undefined, new ProjectionCountError(0, 'several'));
    });
  });

  test('each subscription has a state of its own', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const results = cold('(ab|)').pipe(parallel(afterFive, { maxBufferedItems: 2 }));
      expectObservable(concat(results, results)).toBe('-----(AB)-(AB|)');
    });
  });

  test('keeps the order and the bounds whatever the projections take', () => {
    const jobs = fc.array(fc.record({ arrives: fc.nat(5), takes: fc.nat(20), bytes: fc.nat(40), result: fc.nat(40) }), { maxLength: 25 });
    fc.assert(
      fc.property(jobs, fc.integer({ min: 1, max: 5 }), (list, concurrency) => {
        inVirtualTime(({ flush }) => {
          let running = 0;
          let mostRunning = 0;
          const gauge = levels();
          const given: number[] = [];
          const source = concat(...list.map((job, i) => timer(job.arrives).pipe(map(() => ({ ...job, i })))));
          source
            .pipe(
              orderedParallelMap(
                (job) => {
                  mostRunning = Math.max(mostRunning, ++running);
                  return timer(job.takes).pipe(
                    map(() => {
                      running--;
                      return job;
                    }),
                  );
                },
                { concurrency, maxBufferedItems: 25, maxBufferedBytes: 2000, bytesOf: (job) => job.bytes, resultBytesOf: (job) => job.result, onLevel: gauge.observe },
              ),
            )
            .subscribe((job) => given.push(job.i));
          flush();
          assert.deepEqual(given, list.map((_, i) => i));
          assert.ok(mostRunning <= concurrency);
          assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
        });
      }),
      { numRuns: 60, seed: 20 },
    );
  });
});
