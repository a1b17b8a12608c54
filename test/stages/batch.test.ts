import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { batchItems } from '../../src/stages/batch.js';

describe('batchItems', () => {
  test('gathers callers into batches within the bound and gives each its own results in order', async () => {
    const sizes: number[] = [];
    const { run, close } = batchItems<number, number>((items) => {
      sizes.push(items.length);
      return Promise.resolve(items.map((item) => item * 10));
    }, { maxItems: 4, maxDelayMillis: 1 });
    const results = await Promise.all([run([1, 2, 3]), run([4, 5, 6]), run([])]);
    close();
    assert.deepEqual(results, [[10, 20, 30], [40, 50, 60], []]);
    assert.deepEqual(sizes, [4, 2]);
  });

  test('a failed batch fails every caller that had items in it, and no other', async () => {
    const { run, close } = batchItems<number, number>((items) => (items.includes(13) ? Promise.reject(new Error('unlucky')) : Promise.resolve([...items])), { maxItems: 2, maxDelayMillis: 1 });
    const outcomes = await Promise.allSettled([run([1, 2]), run([13]), run([4])]);
    close();
    assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected']);
  });

  test('a scorer that gives too few results fails the callers that would go without', async () => {
    const { run, close } = batchItems<number, number>((items) => Promise.resolve(items.slice(1)), { maxItems: 2, maxDelayMillis: 1 });
    await assert.rejects(run([1, 2]), /1 results for 2 items/);
    close();
  });
});
