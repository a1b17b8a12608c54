import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EMPTY, NEVER, Observable, lastValueFrom, of, toArray } from 'rxjs';
import { pullMap } from '../../src/operators/pull-map.js';
import type { PullMapOptions } from '../../src/operators/pull-map.js';
import { ProjectionCountError } from '../../src/operators/ordered-slots.js';
import { countedSource, levels, naturals, settled } from './support.js';

const error = new Error('broken');

const once = (item: number): Observable<number> => of(item);

/** Projections that end when they are told to. */
function byHand() {
  const running = new Map<number, (result: number) => void>();
  const abandoned: number[] = [];
  return {
    running,
    abandoned,
    project: (item: number): Observable<number> =>
      new Observable((subscriber) => {
        running.set(item, (result) => {
          running.delete(item);
          subscriber.next(result);
          subscriber.complete();
        });
        return () => {
          if (running.delete(item)) abandoned.push(item);
        };
      }),
    finish: async (item: number, result = item) => {
      const end = running.get(item);
      assert.ok(end !== undefined, `${item} is not running`);
      end(result);
      await settled();
    },
  };
}

async function watch(source: AsyncIterable<number> | Iterable<number>, project: (item: number) => Observable<number>, options: PullMapOptions<number, number>) {
  const given: number[] = [];
  const end: { completed?: true; error?: unknown } = {};
  const subscription = pullMap(source, project, options).subscribe({
    next: (result) => given.push(result),
    error: (e: unknown) => {
      end.error = e;
    },
    complete: () => {
      end.completed = true;
    },
  });
  await settled();
  return { given, end, subscription };
}

describe('pullMap', () => {
  test('says nothing while the source or the projection does not', async () => {
    const never: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) };
    assert.deepEqual((await watch(never, once, { concurrency: 1 })).end, {});
    assert.deepEqual((await watch([1], () => NEVER, { concurrency: 1 })).end, {});
  });

  test('completes with an empty source', async () => {
    assert.deepEqual((await watch([], once, { concurrency: 2 })).end, { completed: true });
  });

  test('projects one item, and many, in order, promises too', async () => {
    assert.deepEqual(await lastValueFrom(pullMap([7], (i) => Promise.resolve(i * 2), { concurrency: 1 }).pipe(toArray())), [14]);
    assert.deepEqual(await lastValueFrom(pullMap(countedSource([1, 2, 3, 4, 5]).source, (i, index) => Promise.resolve([i, index]), { concurrency: 2 }).pipe(toArray())), [[1, 0], [2, 1], [3, 2], [4, 3], [5, 4]]);
  });

  test('with a concurrency of one, asks for the next item only after the result has left: items may be borrowed', async () => {
    const log: string[] = [];
    async function* lender(): AsyncGenerator<number> {
      for (let i = 0; i < 3; i++) {
        log.push(`lend ${i}`);
        await Promise.resolve();
        yield i;
        log.push(`take back ${i}`);
      }
    }
    const use = async (i: number): Promise<number> => {
      await settled();
      log.push(`used ${i}`);
      return i;
    };
    await lastValueFrom(pullMap(lender(), use, { concurrency: 1 }));
    assert.deepEqual(log, [0, 1, 2].flatMap((i) => [`lend ${i}`, `used ${i}`, `take back ${i}`]));
  });

  test('runs no more than it may, pulls no more than it may hold, and keeps the order', async () => {
    const { source, pulled } = countedSource(naturals());
    const hand = byHand();
    const { given, subscription } = await watch(source, hand.project, { concurrency: 2, maxItems: 4 });
    assert.equal(pulled(), 4);
    assert.deepEqual([...hand.running.keys()], [0, 1]);
    await hand.finish(1);
    await hand.finish(2);
    await hand.finish(3);
    assert.deepEqual(given, []);
    assert.equal(pulled(), 4, 'finished results that wait for their turn count');
    assert.deepEqual([...hand.running.keys()], [0]);
    await hand.finish(0);
    assert.deepEqual(given, [0, 1, 2, 3]);
    assert.equal(pulled(), 8);
    subscription.unsubscribe();
  });

  test('counts bytes of items, and of finished results at their own size', async () => {
    const gauge = levels();
    const { source, pulled } = countedSource(naturals());
    const hand = byHand();
    const { subscription } = await watch(source, hand.project, {
      concurrency: 2,
      maxItems: 100,
      maxBytes: 35,
      bytesOf: () => 10,
      resultBytesOf: (result) => result,
      onLevel: gauge.observe,
    });
    assert.equal(pulled(), 4);
    assert.deepEqual(gauge.last(), { items: 4, bytes: 40 });
    await hand.finish(1, 100);
    assert.deepEqual(gauge.last(), { items: 4, bytes: 130 });
    assert.deepEqual([...hand.running.keys()], [0], 'nothing but the oldest runs while the bound is passed');
    await hand.finish(0, 5);
    assert.deepEqual([...hand.running.keys()], [2, 3]);
    assert.deepEqual(gauge.last(), { items: 4, bytes: 40 });
    assert.equal(pulled(), 6);
    subscription.unsubscribe();
    assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
  });

  test('an error of the source or of a projection ends everything at once and closes the source', async () => {
    const hand = byHand();
    async function* failing(): AsyncGenerator<number> {
      yield 0;
      await settled();
      throw error;
    }
    const first = await watch(failing(), hand.project, { concurrency: 2 });
    await settled();
    assert.deepEqual(first.end, { error });
    assert.deepEqual(hand.abandoned, [0]);

    const counted = countedSource(naturals());
    const second = await watch(counted.source, (i) => (i === 2 ? new Observable((s) => s.error(error)) : hand.project(i)), { concurrency: 3 });
    assert.deepEqual(second.end, { error });
    assert.ok(counted.closed());
    assert.deepEqual(hand.abandoned, [0, 0, 1]);
    assert.equal(counted.pulled(), 3);
  });

  test('a rejected promise is an error, and the rejections of the others are nobody\'s to handle', async () => {
    const rejecting = pullMap([1, 2, 3], (i) => Promise.reject(new Error(`broken ${i}`)), { concurrency: 3 });
    await assert.rejects(lastValueFrom(rejecting), /broken 1/);
    await settled();
  });

  test('lets go of an unending source, and of its projections, when unsubscribed from', async () => {
    const { source, pulled, closed } = countedSource(naturals());
    const hand = byHand();
    const { subscription, given } = await watch(source, hand.project, { concurrency: 2, maxItems: 5 });
    await hand.finish(1);
    subscription.unsubscribe();
    await settled();
    assert.ok(closed());
    assert.deepEqual(hand.abandoned, [0, 2]);
    assert.deepEqual({ given, pulled: pulled() }, { given: [], pulled: 5 });
  });

  test('a projection that gives no result, or two, is an error', async () => {
    for (const results of [EMPTY, of(1, 2)]) {
      const { end } = await watch([1], () => results, { concurrency: 1 });
      assert.ok(end.error instanceof ProjectionCountError);
    }
  });

  test('options that make no sense are refused by name', () => {
    assert.throws(() => pullMap([1], once, { concurrency: 0 }), /concurrency/);
    assert.throws(() => pullMap([1], once, { concurrency: 1, maxBytes: 5 }), /bytesOf/);
  });

  test('keeps the order and the bounds whatever order the projections end in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.nat(30), { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), async (s, sizes, concurrency, maxItems) => {
        let running = 0;
        const gauge = levels();
        const items = sizes.map((bytes, i) => ({ i, bytes }));
        const project = (item: { i: number; bytes: number }): Promise<number> => {
          assert.ok(++running <= concurrency);
          return s.schedule(Promise.resolve(item.i)).finally(() => running--);
        };
        const all = lastValueFrom(pullMap(items, project, { concurrency, maxItems, maxBytes: 50, bytesOf: (item) => item.bytes, onLevel: gauge.observe }).pipe(toArray()), { defaultValue: [] });
        assert.deepEqual(await s.waitFor(all), items.map((item) => item.i));
        assert.ok(gauge.peak().items <= maxItems);
        assert.ok(gauge.peak().bytes < 50 + 31);
        assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
      }),
      { numRuns: 50, seed: 25 },
    );
  });
});
