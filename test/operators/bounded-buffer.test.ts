import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { concat, delay, map, mergeMap, of, take, tap, timer } from 'rxjs';
import type { Observable, OperatorFunction } from 'rxjs';
import { BoundExceededError } from '../../src/operators/admission.js';
import { boundedBuffer } from '../../src/operators/bounded-buffer.js';
import type { BoundedBufferOptions } from '../../src/operators/bounded-buffer.js';
import type { Lease } from '../../src/operators/lease.js';
import { inVirtualTime, levels } from './support.js';

const error = new Error('broken');

function buffer<T = string>(options: Partial<BoundedBufferOptions<T>> = {}): ReturnType<typeof boundedBuffer<T>> {
  return boundedBuffer({ maxItems: 3, maxBytes: 100, bytesOf: () => 1, concurrency: 1, overflow: 'error', ...options });
}

/** A consumer that takes 4 frames for an item and then releases it. */
function consume<T>(): OperatorFunction<Lease<T>, T> {
  return (leases) =>
    leases.pipe(
      mergeMap((lease) =>
        of(lease.value).pipe(
          delay(4),
          tap(() => {
            lease.release();
          }),
        ),
      ),
    );
}
const valuesOf = <T>(leases: Observable<Lease<T>>): Observable<T> => leases.pipe(map((lease) => lease.value));

describe('boundedBuffer', () => {
  test('says nothing for a source that never does', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-').pipe(buffer())).toBe('-');
    });
  });

  test('completes with an empty source', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(buffer())).toBe('--|');
    });
  });

  test('hands one item on at once and completes', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a|').pipe(buffer(), valuesOf)).toBe('-a|');
    });
  });

  test('hands the next item on when the one before is released, and completes after the last', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const source = cold('abc|');
      expectObservable(source.pipe(buffer(), consume())).toBe('----a---b---(c|)');
    });
  });

  test('hands on as many at once as it may', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('abc|').pipe(buffer({ concurrency: 2 }), consume())).toBe('----ab--(c|)');
    });
  });

  test('passes an error of the source on at once', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('ab#', undefined, error).pipe(buffer(), valuesOf)).toBe('a-#', undefined, error);
    });
  });

  test('goes on with an unending source, and lets go when unsubscribed from', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a---b---c---d---');
      expectObservable(source.pipe(buffer(), consume()), '---------!').toBe('----a---b-');
      expectSubscriptions(source.subscriptions).toBe('^--------!');
    });
  });

  test('hands nothing on after it was unsubscribed from, though leases are released then', () => {
    const out: Lease<string>[] = [];
    const waiting = of('a', 'b', 'c').pipe(buffer());
    waiting.pipe(take(1)).subscribe((lease) => out.push(lease));
    out[0]?.release();
    assert.deepEqual(out.map((lease) => lease.value), ['a']);
  });

  test('an item or a byte too many is an error: nothing is dropped in silence', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('abcd');
      expectObservable(source.pipe(buffer(), valuesOf)).toBe('a--#', undefined, new BoundExceededError('boundedBuffer', { items: 3, bytes: 3 }, { maxItems: 3, maxBytes: 100 }));
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectObservable(cold('abc').pipe(buffer({ maxBytes: 10, bytesOf: () => 6 }), valuesOf)).toBe(
        'a-#',
        undefined,
        new BoundExceededError('boundedBuffer', { items: 2, bytes: 12 }, { maxItems: 3, maxBytes: 10 }),
      );
    });
  });

  test('what is handed out counts until it is released, at the size that it has by then', () => {
    const gauge = levels();
    const out: Lease<string>[] = [];
    of('a', 'b').pipe(buffer({ onLevel: gauge.observe, concurrency: 2 })).subscribe((lease) => out.push(lease));
    const [a, b] = out;
    assert.deepEqual(gauge.last(), { items: 2, bytes: 2 });
    const larger = a!.with(12, 50);
    assert.deepEqual(gauge.last(), { items: 2, bytes: 51 });
    assert.deepEqual({ value: larger.value, bytes: larger.bytes }, { value: 12, bytes: 50 });
    larger.release();
    a!.release();
    assert.deepEqual(gauge.last(), { items: 1, bytes: 1 }, 'two leases on one room release it once');
    assert.throws(() => a!.with('again'), /released/);
    assert.throws(() => b!.with('x', Number.NaN), RangeError);
    b!.release();
    assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
  });

  test('a long queue of items that are released at once does not pile up', () => {
    let given = 0;
    of(...Array.from({ length: 20_000 }, (_, i) => i))
      .pipe(buffer<number>({ maxItems: 1 }))
      .subscribe((lease) => {
        given++;
        lease.release();
      });
    assert.equal(given, 20_000);
  });

  test('keeps the order and its bound whatever the consumer takes', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ arrives: fc.nat(4), takes: fc.nat(12) }), { maxLength: 25 }), fc.integer({ min: 1, max: 3 }), (list, concurrency) => {
        inVirtualTime(({ flush }) => {
          const gauge = levels();
          const given: number[] = [];
          let out = 0;
          let failure: unknown;
          concat(...list.map((item, i) => timer(item.arrives).pipe(map(() => ({ ...item, i })))))
            .pipe(
              boundedBuffer({ maxItems: 4, maxBytes: 1e3, bytesOf: (item) => item.takes, concurrency, overflow: 'error', onLevel: gauge.observe }),
              mergeMap((lease) => {
                given.push(lease.value.i);
                assert.ok(++out <= concurrency);
                return timer(lease.value.takes).pipe(
                  tap(() => {
                    out--;
                    lease.release();
                  }),
                );
              }),
            )
            .subscribe({ error: (e: unknown) => (failure = e) });
          flush();
          assert.ok(gauge.peak().items <= 4);
          assert.deepEqual(given, given.map((_, i) => i));
          if (failure === undefined) assert.equal(given.length, list.length);
          else assert.ok(failure instanceof BoundExceededError);
        });
      }),
      { numRuns: 60, seed: 23 },
    );
  });
});
