import assert from 'node:assert/strict';
import { TestScheduler } from 'rxjs/testing';
import type { RunHelpers } from 'rxjs/testing';
import type { Level } from '../../src/operators/admission.js';

/** Runs a test in virtual time, comparing marbles by node's own deep equality. */
export function inVirtualTime(run: (helpers: RunHelpers, scheduler: TestScheduler) => void): void {
  const scheduler = new TestScheduler((actual, expected) => {
    assert.deepStrictEqual(actual, expected);
  });
  scheduler.run((helpers) => {
    run(helpers, scheduler);
  });
}

/** Keeps the highest level, and the last. */
export function levels(): { readonly observe: (level: Level) => void; readonly peak: () => Level; readonly last: () => Level } {
  let items = 0;
  let bytes = 0;
  let last: Level = { items: 0, bytes: 0 };
  return {
    observe(level) {
      assert.ok(level.items >= 0 && level.bytes >= 0, `a level fell below zero: ${JSON.stringify(level)}`);
      items = Math.max(items, level.items);
      bytes = Math.max(bytes, level.bytes);
      last = { items: level.items, bytes: level.bytes };
    },
    peak: () => ({ items, bytes }),
    last: () => last,
  };
}

/** An async generator that tells how far it was pulled and whether it was closed. */
export function countedSource<T>(items: Iterable<T>): { readonly source: AsyncGenerator<T, void, void>; readonly pulled: () => number; readonly closed: () => boolean } {
  let pulled = 0;
  let closed = false;
  async function* generate(): AsyncGenerator<T, void, void> {
    try {
      for (const item of items) {
        pulled++;
        await Promise.resolve();
        yield item;
      }
    } finally {
      closed = true;
    }
  }
  return { source: generate(), pulled: () => pulled, closed: () => closed };
}

/** Lets every promise that can settle by itself do so. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}

/** 0, 1, 2 and so on without end. */
export function* naturals(): Generator<number, void, void> {
  for (let i = 0; ; i++) yield i;
}
