import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Subject, VirtualTimeScheduler, concat, map, timer } from 'rxjs';
import { microBatch } from '../../src/operators/micro-batch.js';
import type { MicroBatchOptions } from '../../src/operators/micro-batch.js';
import { inVirtualTime, levels } from './support.js';

const error = new Error('broken');

function batches(options: Partial<MicroBatchOptions<string>> = {}): ReturnType<typeof microBatch<string>> {
  return microBatch({ maxItems: 3, maxDelayMillis: 10, ...options });
}
const values = { a: ['a'], b: ['b'], x: ['a', 'b'], y: ['a', 'b', 'c'], z: ['d', 'e'], d: ['d'], p: ['1', '2'], q: ['9'], r: ['3'] };

describe('microBatch', () => {
  test('says nothing for a source that never does', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-').pipe(batches())).toBe('-');
    });
  });

  test('completes with an empty source and makes no empty batch', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(batches())).toBe('--|');
    });
  });

  test('gives one item when the source completes', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a-|').pipe(batches())).toBe('---(a|)', values);
    });
  });

  test('gives a batch as soon as it is full, and the rest at the end', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-abc-de-|').pipe(batches())).toBe('---y----(z|)', values);
    });
  });

  test('gives a batch when its first item has waited long enough, however many came since', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a----b---------').pipe(batches())).toBe('-----------x', values);
      expectObservable(cold('-a-----------b---------').pipe(batches())).toBe('-----------a-----------b', values);
    });
  });

  test('a full batch takes its delay with it', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('abc-d-----------').pipe(batches())).toBe('--y-----------d', values);
    });
  });

  test('runs its delay on the scheduler that it is given', () => {
    inVirtualTime(({ cold, expectObservable }, scheduler) => {
      expectObservable(cold('-a--').pipe(batches({ scheduler }))).toBe('-----------a', values);
    });
  });

  test('gives a batch when it is full in bytes, or before it would be too full; a large item goes alone', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const options = { maxItems: 10, maxBytes: 5, bytesOf: Number };
      expectObservable(cold('-12-9-3-|').pipe(batches(options))).toBe('----(pq)(r|)', values);
    });
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-12-2-|', undefined).pipe(batches({ maxItems: 10, maxBytes: 3, bytesOf: Number }))).toBe('--p---(s|)', { ...values, s: ['2'] });
    });
  });

  test('passes an error of the source on at once, without the batch being gathered', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a-#', undefined, error).pipe(batches())).toBe('---#', undefined, error);
    });
  });

  test('passes on what the size function throws, and refuses a size that is none', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const bytesOf = (): never => {
        throw error;
      };
      expectObservable(cold('-a-').pipe(batches({ maxBytes: 3, bytesOf }))).toBe('-#', undefined, error);
    });
    let refused: unknown;
    const source = new Subject<string>();
    source.pipe(batches({ maxBytes: 3, bytesOf: () => Number.NaN })).subscribe({ error: (e: unknown) => (refused = e) });
    source.next('a');
    assert.ok(refused instanceof RangeError);
    assert.match(refused.message, /bytesOf/);
  });

  test('goes on with an unending source, and lets go, timer included, when unsubscribed from', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const gauge = levels();
      const source = cold('abcabcab---------------');
      expectObservable(source.pipe(batches({ onLevel: gauge.observe })), '---------!').toBe('--y--y', values);
      expectSubscriptions(source.subscriptions).toBe('^--------!');
      cold('--------------------x').subscribe(() => {
        assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
      });
    });
  });

  test('leaves no timer behind when unsubscribed from', () => {
    const scheduler = new VirtualTimeScheduler();
    const source = new Subject<string>();
    const subscription = source.pipe(batches({ scheduler, maxDelayMillis: 60_000 })).subscribe();
    source.next('a');
    const timers = [...scheduler.actions];
    assert.equal(timers.length, 1);
    subscription.unsubscribe();
    assert.deepEqual(timers.map((action) => action.closed), [true]);
  });

  test('an item that a subscriber sends from within its batch begins the next one', () => {
    const source = new Subject<string>();
    const given: (readonly string[])[] = [];
    source.pipe(batches({ maxItems: 2 })).subscribe((batch) => {
      given.push(batch);
      if (given.length === 1) source.next('c');
    });
    for (const item of ['a', 'b', 'd']) source.next(item);
    assert.deepEqual(given, [['a', 'b'], ['c', 'd']]);
  });

  test('options that make no sense are refused by name', () => {
    assert.throws(() => batches({ maxItems: 0 }), /maxItems/);
    assert.throws(() => batches({ maxDelayMillis: -1 }), /maxDelayMillis/);
    assert.throws(() => batches({ maxBytes: 5 }), /bytesOf/);
  });

  test('every item is in one batch, in order, and no batch passes its bounds', () => {
    const items = fc.array(fc.record({ arrives: fc.nat(8), bytes: fc.nat(12) }), { maxLength: 30 });
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 5 }), (list, maxItems) => {
        inVirtualTime(({ flush }, scheduler) => {
          const given: { readonly i: number; readonly bytes: number }[] = [];
          concat(...list.map((item, i) => timer(item.arrives).pipe(map(() => ({ i, bytes: item.bytes, at: scheduler.now() })))))
            .pipe(microBatch({ maxItems, maxBytes: 20, bytesOf: (item) => item.bytes, maxDelayMillis: 6, scheduler }))
            .subscribe((batch) => {
              given.push(...batch);
              assert.ok(batch.length >= 1 && batch.length <= maxItems);
              assert.ok(batch.reduce((sum, item) => sum + item.bytes, 0) <= 20);
              assert.ok(scheduler.now() - (batch[0]?.at ?? 0) <= 6);
            });
          flush();
          assert.deepEqual(given.map((item) => item.i), list.map((_, i) => i));
        });
      }),
      { numRuns: 60, seed: 22 },
    );
  });
});
