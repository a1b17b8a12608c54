import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NEVER, Subject, concatMap, filter, lastValueFrom, map, mergeMap, of, pipe, startWith, takeUntil, toArray } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { keyedSequence } from '../../src/operators/keyed-sequence.js';
import { orderedParallelMap } from '../../src/operators/ordered-parallel-map.js';
import { PipelineBalanceError, pullThrough } from '../../src/operators/pull-through.js';
import type { PullThroughOptions } from '../../src/operators/pull-through.js';
import { countedSource, levels, naturals, settled } from './support.js';

const error = new Error('broken');
const OPTIONS: PullThroughOptions<number, number> = { maxItems: 3, maxBytes: 1e6, bytesOf: () => 1 };

/** A sink whose writes end when they are told to. */
function slowSink() {
  const pending: (() => void)[] = [];
  const written: number[] = [];
  return {
    written,
    write: (item: number): Promise<number> =>
      new Promise((resolve) => {
        pending.push(() => {
          written.push(item);
          resolve(item);
        });
      }),
    finish: async () => {
      const end = pending.shift();
      assert.ok(end !== undefined, 'nothing is being written');
      end();
      await settled();
    },
  };
}

async function watch(source: AsyncIterable<number> | Iterable<number>, pipeline: OperatorFunction<number, number>, options = OPTIONS) {
  const given: number[] = [];
  const end: { completed?: true; error?: unknown } = {};
  const subscription = pullThrough(source, pipeline, options).subscribe({
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

describe('pullThrough', () => {
  test('says nothing while the pipeline does not', async () => {
    const { given, end, subscription } = await watch([1], mergeMap(() => NEVER));
    assert.deepEqual({ given, end }, { given: [], end: {} });
    subscription.unsubscribe();
  });

  test('completes with an empty source', async () => {
    assert.deepEqual((await watch([], map((i) => i))).end, { completed: true });
  });

  test('gives the result of one item, and of many', async () => {
    assert.deepEqual((await watch([7], map((i) => i * 2))).given, [14]);
    assert.deepEqual(await lastValueFrom(pullThrough(countedSource([1, 2, 3, 4, 5]).source, map((i) => -i), OPTIONS).pipe(toArray())), [-1, -2, -3, -4, -5]);
  });

  test('a slow sink holds an unending source back, through every stage in between', async () => {
    const sink = slowSink();
    const gauge = levels();
    const { source, pulled } = countedSource(naturals());
    const bounds = { maxBufferedItems: 3, maxBufferedBytes: 1e6, bytesOf: () => 1 };
    const pipeline = pipe(
      orderedParallelMap((i: number) => Promise.resolve(i), { ...bounds, concurrency: 2 }),
      keyedSequence(
        (i) => i % 2,
        (i) => Promise.resolve(i),
        { ...bounds, concurrency: 2 },
      ),
      concatMap(sink.write),
    );
    const { given, subscription } = await watch(source, pipeline, { ...OPTIONS, onLevel: gauge.observe });
    assert.equal(pulled(), 3);
    await sink.finish();
    assert.equal(pulled(), 4);
    await sink.finish();
    assert.equal(pulled(), 5);
    assert.deepEqual(given, [0, 1]);
    assert.deepEqual(gauge.peak(), { items: 3, bytes: 3 });
    subscription.unsubscribe();
    assert.deepEqual(gauge.last(), { items: 0, bytes: 0 });
  });

  test('each result gives back the room of the oldest item of its own key', async () => {
    const gauge = levels();
    const release = new Subject<number>();
    // Items 10 and 20 are of key 0 and 21 of key 1; 21 gets through first.
    const pipeline: OperatorFunction<number, number> = mergeMap((i) => release.pipe(filter((r) => r === i)));
    const options = { ...OPTIONS, bytesOf: (i: number) => i, keyOf: (i: number) => i % 10, resultKeyOf: (i: number) => i % 10, onLevel: gauge.observe };
    const { subscription } = await watch([10, 20, 21], pipeline, options);
    assert.deepEqual(gauge.last(), { items: 3, bytes: 51 });
    release.next(21);
    assert.deepEqual(gauge.last(), { items: 2, bytes: 30 });
    release.next(10);
    assert.deepEqual(gauge.last(), { items: 1, bytes: 20 });
    subscription.unsubscribe();
  });

  test('an error of the source, or of a stage, passes on and closes the source', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      await Promise.resolve();
      throw error;
    }
    assert.deepEqual((await watch(failing(), map((i) => i))).end, { error });
    const counted = countedSource(naturals());
    const { end, given } = await watch(
      counted.source,
      concatMap((i) => (i === 2 ? Promise.reject(error) : of(i))),
    );
    assert.deepEqual({ end, given }, { end: { error }, given: [0, 1] });
    assert.ok(counted.closed());
  });

  test('unsubscribing closes the source and abandons what is under way', async () => {
    const sink = slowSink();
    const counted = countedSource(naturals());
    const { given, subscription } = await watch(counted.source, concatMap(sink.write));
    subscription.unsubscribe();
    await sink.finish();
    assert.ok(counted.closed());
    assert.deepEqual({ given, pulled: counted.pulled() }, { given: [], pulled: 3 });
  });

  test('a stop before the first stage closes the source, and what is under way is finished', async () => {
    const sink = slowSink();
    const stop = new Subject<void>();
    const counted = countedSource(naturals());
    const { given, end } = await watch(counted.source, pipe(takeUntil(stop), concatMap(sink.write)));
    stop.next();
    await settled();
    assert.ok(counted.closed());
    assert.deepEqual(end, {});
    for (let i = 0; i < 3; i++) await sink.finish();
    assert.deepEqual({ given, end, pulled: counted.pulled() }, { given: [0, 1, 2], end: { completed: true }, pulled: 3 });
  });

  test('a pipeline that gives a result too many, or too few, is an error', async () => {
    const many = await watch([1], startWith(0));
    assert.ok(many.end.error instanceof PipelineBalanceError);
    const few = await watch([1, 2, 3], filter((i) => i !== 2));
    assert.ok(few.end.error instanceof PipelineBalanceError);
    assert.match(few.end.error.message, /1 items/);
  });
});
