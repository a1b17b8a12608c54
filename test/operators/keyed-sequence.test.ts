import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NEVER, concat, map, of, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { BoundExceededError } from '../../src/operators/admission.js';
import { keyedSequence } from '../../src/operators/keyed-sequence.js';
import type { KeyedSequenceOptions } from '../../src/operators/keyed-sequence.js';
import { inVirtualTime, levels } from './support.js';

const error = new Error('broken');

/** Letters of one case share a key; each takes 5 frames. */
const caseOf = (letter: string): string => (letter === letter.toUpperCase() ? 'upper' : 'lower');
const afterFive = (item: string): Observable<string> => timer(5).pipe(map(() => item));

function byCase(project: (item: string) => Observable<string> = afterFive, options: Partial<KeyedSequenceOptions<string>> = {}): ReturnType<typeof keyedSequence<string, string>> {
  return keyedSequence(caseOf, project, { concurrency: 2, maxBufferedItems: 100, maxBufferedBytes: 1e6, bytesOf: () => 1, ...options });
}

describe('keyedSequence', () => {
  test('says nothing for a source that never does', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-').pipe(byCase())).toBe('-');
    });
  });

  test('completes with an empty source', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(byCase())).toBe('--|');
    });
  });

  test('projects one item, then completes', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a|').pipe(byCase())).toBe('------(a|)');
    });
  });

  test('goes one after the other within a key, side by side across keys', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('(ab|)').pipe(byCase())).toBe('-----a----(b|)');
      expectObservable(cold('(aAbB|)').pipe(byCase())).toBe('-----(aA)-(bB|)');
    });
  });

  test('bounds what runs over all keys, and lets keys take turns', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('(abcA|)').pipe(byCase(afterFive, { concurrency: 1 }))).toBe('-----a----A----b----(c|)');
    });
  });

  test('passes on every value of a projection, and needs none', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const project = (item: string): Observable<string> => (item === 'a' ? cold('-xy|') : cold('--|'));
      expectObservable(cold('(aba|)').pipe(byCase(project))).toBe('-xy---xy|');
    });
  });

  test('passes an error of the source on at once and ends the projections', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const inner = cold('-----x|');
      expectObservable(cold('a-#', undefined, error).pipe(byCase(() => inner))).toBe('--#', undefined, error);
      expectSubscriptions(inner.subscriptions).toBe('^-!');
    });
  });

  test('passes an error of a projection on at once and ends the source and the other keys', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('aB---');
      const other = cold('-----x|');
      expectObservable(source.pipe(byCase((item) => (item === 'a' ? other : cold('-#', undefined, error))))).toBe('--#', undefined, error);
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSubscriptions(other.subscriptions).toBe('^-!');
    });
  });

  test('passes on what the key, the size or the projection throws', () => {
    const fails = (): never => {
      throw error;
    };
    inVirtualTime(({ cold, expectObservable }) => {
      const bounds = { concurrency: 1, maxBufferedItems: 9, maxBufferedBytes: 9, bytesOf: () => 1 };
      expectObservable(cold('-a-').pipe(keyedSequence(fails, afterFive, bounds))).toBe('-#', undefined, error);
      expectObservable(cold('-a-').pipe(byCase(afterFive, { bytesOf: fails }))).toBe('-#', undefined, error);
      expectObservable(cold('-a-').pipe(byCase(fails))).toBe('-#', undefined, error);
    });
  });

  test('goes on with an unending source, and lets go when unsubscribed from', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const gauge = levels();
      const source = cold('a-----b-----c-----');
      const inner = cold('---x|');
      expectObservable(source.pipe(byCase(() => inner, { onLevel: gauge.observe })), '-------------!').toBe('---x-----x----');
      expectSubscriptions(source.subscriptions).toBe('^------------!');
      expectSubscriptions(inner.subscriptions).toBe(['^---!', '------^---!', '------------^!']);
      cold('---------------x').subscribe(() => {
        assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
      });
    });
  });

  test('forgets a key that has nothing left', () => {
    inVirtualTime(({ cold, flush }) => {
      const keys: number[] = [];
      cold('aA-----a|').pipe(byCase(afterFive, { onLevel: (level) => keys.push(level.keys) })).subscribe();
      flush();
      assert.deepEqual(keys, [1, 2, 1, 0, 1, 0]);
    });
  });

  test('an item or a byte too many is an error that says what was held', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('abA').pipe(byCase(() => NEVER, { maxBufferedItems: 2 }))).toBe(
        '--#',
        undefined,
        new BoundExceededError('keyedSequence', { items: 2, bytes: 2 }, { maxItems: 2, maxBytes: 1e6 }),
      );
      expectObservable(cold('abA').pipe(byCase(() => NEVER, { maxBufferedBytes: 8, bytesOf: () => 5 }))).toBe(
        '--#',
        undefined,
        new BoundExceededError('keyedSequence', { items: 2, bytes: 10 }, { maxItems: 100, maxBytes: 8 }),
      );
    });
  });

  test('a long run of projections that end at once does not pile up', () => {
    const given: number[] = [];
    concat(of(...Array.from({ length: 20_000 }, (_, i) => i)))
      .pipe(keyedSequence(() => 'one', (i) => of(i), { concurrency: 1, maxBufferedItems: 1, maxBufferedBytes: 1, bytesOf: () => 1 }))
      .subscribe((i) => given.push(i));
    assert.equal(given.length, 20_000);
  });

  test('keeps the order of each key and the bound whatever the projections take', () => {
    const jobs = fc.array(fc.record({ arrives: fc.nat(5), takes: fc.nat(20), key: fc.nat(3) }), { maxLength: 25 });
    fc.assert(
      fc.property(jobs, fc.integer({ min: 1, max: 4 }), (list, concurrency) => {
        inVirtualTime(({ flush }) => {
          const running = new Map<number, number>();
          const given = new Map<number, number[]>();
          const gauge = levels();
          const source = concat(...list.map((job, i) => timer(job.arrives).pipe(map(() => ({ ...job, i })))));
          source
            .pipe(
              keyedSequence(
                (job) => job.key,
                (job) => {
                  running.set(job.key, (running.get(job.key) ?? 0) + 1);
                  assert.equal(running.get(job.key), 1, 'two projections of one key at once');
                  assert.ok([...running.values()].reduce((a, b) => a + b, 0) <= concurrency);
                  return timer(job.takes).pipe(
                    map(() => {
                      running.set(job.key, 0);
                      return job;
                    }),
                  );
                },
                { concurrency, maxBufferedItems: 25, maxBufferedBytes: 1e3, bytesOf: (job) => job.takes, onLevel: gauge.observe },
              ),
            )
            .subscribe((job) => given.set(job.key, [...(given.get(job.key) ?? []), job.i]));
          flush();
          for (const key of [0, 1, 2, 3]) assert.deepEqual(given.get(key) ?? [], list.flatMap((job, i) => (job.key === key ? [i] : [])));
          assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
        });
      }),
      { numRuns: 60, seed: 21 },
    );
  });
});
