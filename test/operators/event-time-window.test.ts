import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { map } from 'rxjs';
import { EventTimeError, advanceWindow, eventTimeWindow, neverGiven } from '../../src/operators/event-time-window.js';
import type { WindowOptions, WindowState } from '../../src/operators/event-time-window.js';
import { inVirtualTime } from './support.js';

const error = new Error('broken');
/** Items are their own event times. */
const OPTIONS: WindowOptions<number> = { size: 3, stride: 2, maxGapMicros: 10, timeOf: (t) => t };

/** Windows of a list, by the reducer, and how many items no window had. */
function windowsOf<T>(items: readonly T[], options: WindowOptions<T>): { readonly windows: (readonly T[])[]; readonly discarded: number } {
  const windows: (readonly T[])[] = [];
  let state: WindowState<T> | undefined;
  let discarded = 0;
  for (const item of items) {
    const step = advanceWindow(state, item, options);
    // What a restart does.
    state = JSON.parse(JSON.stringify(step.state)) as WindowState<T>;
    windows.push(...step.windows);
    discarded += step.discarded;
  }
  return { windows, discarded: discarded + neverGiven(state) };
}

describe('advanceWindow', () => {
  test('slides by the stride, and carries the overlap', () => {
    assert.deepEqual(windowsOf([0, 1, 2, 3, 4, 5], OPTIONS), { windows: [[0, 1, 2], [2, 3, 4]], discarded: 1 });
  });

  test('windows do not touch when stride and size are equal, and leave items out when the stride is longer', () => {
    assert.deepEqual(windowsOf([0, 1, 2, 3, 4, 5, 6], { ...OPTIONS, stride: 3 }), { windows: [[0, 1, 2], [3, 4, 5]], discarded: 1 });
    assert.deepEqual(windowsOf([0, 1, 2, 3, 4, 5, 6], { ...OPTIONS, size: 2, stride: 4 }), { windows: [[0, 1], [4, 5]], discarded: 3 });
    assert.deepEqual(windowsOf([0, 1, 2], { ...OPTIONS, size: 1, stride: 1 }), { windows: [[0], [1], [2]], discarded: 0 });
  });

  test('a gap starts anew, one of just the limit does not', () => {
    assert.deepEqual(windowsOf([0, 10, 20], OPTIONS).windows, [[0, 10, 20]]);
    assert.deepEqual(windowsOf([0, 1, 12, 13, 14], OPTIONS), { windows: [[12, 13, 14]], discarded: 2 });
    assert.deepEqual(windowsOf([0, 1, 2, 100, 101, 102], OPTIONS), { windows: [[0, 1, 2], [100, 101, 102]], discarded: 0 }, 'the overlap does not cross the gap');
    assert.deepEqual(windowsOf([0, 1, 2, 100, 101], { ...OPTIONS, size: 2, stride: 4 }).windows, [[0, 1], [100, 101]], 'a gap ends the passing over');
  });

  test('starts anew where the caller says so', () => {
    assert.deepEqual(windowsOf([0, 1, 2, 3, 4], { ...OPTIONS, startsAnew: (t, last) => t === 2 && last === 1 }), { windows: [[2, 3, 4]], discarded: 2 });
  });

  test('equal times follow each other; an earlier time is an error', () => {
    assert.deepEqual(windowsOf([5, 5, 5], OPTIONS).windows, [[5, 5, 5]]);
    assert.throws(() => windowsOf([5, 4], OPTIONS), EventTimeError);
  });

  test('the state that it was given stays as it was', () => {
    const first = advanceWindow(undefined, 0, OPTIONS).state;
    const before = structuredClone(first);
    advanceWindow(first, 1, OPTIONS);
    assert.deepEqual(first, before);
    assert.deepEqual(advanceWindow(first, 1, OPTIONS), advanceWindow(before, 1, OPTIONS));
  });

  test('options and times that make no sense are refused by name', () => {
    assert.throws(() => advanceWindow(undefined, 1, { ...OPTIONS, size: 0 }), /size/);
    assert.throws(() => advanceWindow(undefined, 1, { ...OPTIONS, stride: 1.5 }), /stride/);
    assert.throws(() => advanceWindow(undefined, 1, { ...OPTIONS, maxGapMicros: Number.NaN }), /maxGapMicros/);
    assert.throws(() => advanceWindow(undefined, Number.NaN, OPTIONS), /timeOf/);
  });

  test('agrees with windows cut from each run of items, holds less than a window, and accounts for every item', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), (steps, size, stride) => {
        let now = 0;
        const items = steps.map((step, i) => ({ i, at: (now += step) }));
        const options: WindowOptions<{ i: number; at: number }> = { size, stride, maxGapMicros: 10, timeOf: (item) => item.at };
        const runs: { i: number; at: number }[][] = [];
        items.forEach((item, i) => {
          if (i === 0 || item.at - items[i - 1]!.at > 10) runs.push([]);
          runs.at(-1)!.push(item);
        });
        const expected = runs.flatMap((run) => Array.from({ length: Math.max(0, Math.floor((run.length - size) / stride) + 1) }, (_, k) => run.slice(k * stride, k * stride + size)));
        const { windows, discarded } = windowsOf(items, options);
        assert.deepEqual(windows, expected);
        assert.equal(discarded + new Set(windows.flat().map((item) => item.i)).size, items.length);
        let state: WindowState<{ i: number; at: number }> | undefined;
        for (const item of items) {
          state = advanceWindow(state, item, options).state;
          assert.ok(state.items.length < size || size === 1);
        }
      }),
      { numRuns: 200, seed: 24 },
    );
  });
});

describe('eventTimeWindow', () => {
  const items = { a: 0, b: 1, c: 2, d: 3, e: 4, z: 99 };
  const windows = { x: [0, 1, 2], y: [2, 3, 4] };

  test('says nothing for a source that never does', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold<number>('-').pipe(eventTimeWindow(OPTIONS))).toBe('-');
    });
  });

  test('completes with an empty source', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold<number>('--|').pipe(eventTimeWindow(OPTIONS))).toBe('--|');
    });
  });

  test('gives no window for one item', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('-a-|', items).pipe(eventTimeWindow(OPTIONS))).toBe('---|');
    });
  });

  test('gives a window with its last item, and none for a gap', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('abcde-|', items).pipe(eventTimeWindow(OPTIONS))).toBe('--x-y-|', windows);
      expectObservable(cold('abcdz-|', items).pipe(eventTimeWindow(OPTIONS))).toBe('--x---|', windows);
    });
  });

  test('arrival times do not matter', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('a 20s b 5m (c|)', items).pipe(eventTimeWindow(OPTIONS))).toBe('- 20s - 5m (x|)', windows);
    });
  });

  test('passes an error of the source on at once', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('ab#', items, error).pipe(eventTimeWindow(OPTIONS))).toBe('--#', undefined, error);
    });
  });

  test('time that runs backwards, and what timeOf throws, are errors that end the source', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('ba--', items);
      expectObservable(source.pipe(eventTimeWindow(OPTIONS))).toBe('-#', undefined, new EventTimeError(0, 1));
      expectSubscriptions(source.subscriptions).toBe('^!');
      const timeOf = (): never => {
        throw error;
      };
      expectObservable(cold('a', items).pipe(eventTimeWindow({ ...OPTIONS, timeOf }))).toBe('#', undefined, error);
    });
  });

  test('goes on with an unending source, and lets go when unsubscribed from', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('abcde---', items);
      expectObservable(source.pipe(eventTimeWindow(OPTIONS)), '---!').toBe('--x-', windows);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  test('each subscription has a window of its own', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const lengths = cold('abc|', items).pipe(eventTimeWindow(OPTIONS), map((window) => window.length));
      expectObservable(lengths).toBe('--n|', { n: 3 });
      expectObservable(lengths, '-^').toBe('---n|', { n: 3 });
    });
  });
});
