import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { take } from 'rxjs';
import type { Lease } from '../../src/operators/lease.js';
import { pullLeased } from '../../src/operators/pull-leased.js';
import type { PullOptions } from '../../src/operators/pull-leased.js';
import { countedSource, levels, naturals, settled } from './support.js';

const error = new Error('broken');
const OPTIONS: PullOptions<number> = { maxItems: 3, maxBytes: 1e6, bytesOf: () => 1 };

/** Subscribes and keeps what comes. */
function watch<T>(source: AsyncIterable<T> | Iterable<T>, options: PullOptions<T>) {
  const leases: Lease<T>[] = [];
  const end: { completed?: true; error?: unknown } = {};
  const subscription = pullLeased(source, options).subscribe({
    next: (lease) => leases.push(lease),
    error: (e: unknown) => {
      end.error = e;
    },
    complete: () => {
      end.completed = true;
    },
  });
  return { leases, end, subscription, values: () => leases.map((lease) => lease.value) };
}

describe('pullLeased', () => {
  test('says nothing while the source does not answer, and closes it when unsubscribed from', async () => {
    let closed = false;
    const silent: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          closed = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const { leases, end, subscription } = watch(silent, OPTIONS);
    await settled();
    assert.deepEqual({ leases, end }, { leases: [], end: {} });
    subscription.unsubscribe();
    assert.ok(closed);
  });

  test('completes with an empty source', async () => {
    const { leases, end } = watch(countedSource<number>([]).source, OPTIONS);
    await settled();
    assert.deepEqual({ leases, end }, { leases: [], end: { completed: true } });
  });

  test('gives one item and completes without waiting for its release', async () => {
    const { values, end } = watch(countedSource([7]).source, OPTIONS);
    await settled();
    assert.deepEqual({ values: values(), end }, { values: [7], end: { completed: true } });
  });

  test('takes plain iterables too', async () => {
    const { values, end } = watch([1, 2], OPTIONS);
    await settled();
    assert.deepEqual({ values: values(), end }, { values: [1, 2], end: { completed: true } });
  });

  test('learns of the end only when it may ask again', async () => {
    const { leases, end } = watch([1, 2, 3], OPTIONS);
    await settled();
    assert.deepEqual(end, {});
    leases[0]?.release();
    await settled();
    assert.deepEqual(end, { completed: true });
  });

  test('asks an unending source for no more than may be held, and for one more when one is released', async () => {
    const { source, pulled } = countedSource(naturals());
    const { leases, values, subscription } = watch(source, OPTIONS);
    await settled();
    assert.equal(pulled(), 3);
    leases[1]?.release();
    await settled();
    assert.equal(pulled(), 4);
    leases[1]?.release();
    await settled();
    assert.equal(pulled(), 4, 'a second release gives nothing');
    assert.deepEqual(values(), [0, 1, 2, 3]);
    subscription.unsubscribe();
  });

  test('asks for no more while the bytes are used up, but always for one', async () => {
    const gauge = levels();
    const { source, pulled } = countedSource(naturals());
    const { leases, subscription } = watch(source, { maxItems: 100, maxBytes: 25, bytesOf: (i) => (i === 3 ? 1000 : 10), onLevel: gauge.observe });
    await settled();
    assert.equal(pulled(), 3);
    assert.deepEqual(gauge.last(), { items: 3, bytes: 30 });
    leases.slice(0, 3).forEach((lease) => lease.release());
    await settled();
    assert.equal(pulled(), 4, 'the large one is alone');
    assert.deepEqual(gauge.last(), { items: 1, bytes: 1000 });
    subscription.unsubscribe();
  });

  test('a lease whose value shrinks makes room, one whose value grows takes it', async () => {
    const { source, pulled } = countedSource(naturals());
    const { leases, subscription } = watch(source, { maxItems: 100, maxBytes: 20, bytesOf: () => 10 });
    await settled();
    assert.equal(pulled(), 2);
    const small = leases[0]!.with('small', 1);
    await settled();
    assert.equal(pulled(), 3);
    small.with('large', 30);
    leases[1]?.release();
    await settled();
    assert.equal(pulled(), 3);
    subscription.unsubscribe();
  });

  test('passes an error of the source on, from generators and plain iterators', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      await Promise.resolve();
      throw error;
    }
    const asynchronous = watch(failing(), OPTIONS);
    const plain = watch(
      (function* (): Generator<number> {
        yield 1;
        throw error;
      })(),
      OPTIONS,
    );
    await settled();
    for (const { values, end } of [asynchronous, plain]) assert.deepEqual({ values: values(), end }, { values: [1], end: { error } });
  });

  test('a size function that throws ends the stream and closes the source', async () => {
    const counted = countedSource(naturals());
    const { end } = watch(counted.source, {
      ...OPTIONS,
      bytesOf: () => {
        throw error;
      },
    });
    await settled();
    assert.deepEqual(end, { error });
    assert.ok(counted.closed());
  });

  test('closes the source when unsubscribed from, and discards what was under way', async () => {
    const { source, pulled, closed } = countedSource(naturals());
    const gauge = levels();
    const { leases, subscription } = watch(source, { ...OPTIONS, onLevel: gauge.observe });
    assert.equal(pulled(), 1, 'the first item is asked for');
    subscription.unsubscribe();
    await settled();
    assert.ok(closed());
    assert.deepEqual(leases, []);
    assert.equal(pulled(), 1);
    assert.deepEqual(gauge.peak(), { items: 0, bytes: 0 });
  });

  test('closes the source when somebody further down has enough, and releases bring nothing any more', async () => {
    const { source, pulled, closed } = countedSource(naturals());
    const leases: Lease<number>[] = [];
    pullLeased(source, OPTIONS).pipe(take(2)).subscribe((lease) => leases.push(lease));
    await settled();
    assert.ok(closed());
    const before = pulled();
    leases.forEach((lease) => lease.release());
    await settled();
    assert.equal(pulled(), before);
  });

  test('does not close a source that has ended by itself', async () => {
    let returned = 0;
    let left = 2;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve(left-- > 0 ? { done: false, value: left } : { done: true, value: undefined }),
        return: () => {
          returned++;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    watch(source, OPTIONS);
    await settled();
    assert.equal(returned, 0);
  });

  test('tells of a source that fails while it is closed', async () => {
    const told: unknown[] = [];
    async function* stubborn(): AsyncGenerator<number> {
      try {
        for (;;) {
          await Promise.resolve();
          yield 1;
        }
      } finally {
        await Promise.reject(error);
      }
    }
    const { subscription } = watch(stubborn(), { ...OPTIONS, onCloseError: (e) => told.push(e) });
    await settled();
    subscription.unsubscribe();
    await settled();
    assert.deepEqual(told, [error]);
  });

  test('bounds that make no sense are an error by name', async () => {
    const { end } = watch([1], { ...OPTIONS, maxItems: 0 });
    await settled();
    assert.match(String(end.error), /maxItems/);
  });
});
