import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imbalanced, parseImbalance, type Labelled } from '../../src/training/imbalance.js';

/** Two faces of every video, real and forged in turns. */
function faces(real: number, fake: number, split?: string): Labelled[] {
  const videos = [
    ...Array.from({ length: real }, (_, i): Labelled => ({ path: `real/${i}.mp4`, label: 'real', ...(split === undefined ? {} : { split }) })),
    ...Array.from({ length: fake }, (_, i): Labelled => ({ path: `fake/${i}.mp4`, label: 'fake', ...(split === undefined ? {} : { split }) })),
  ];
  return [...videos, ...videos];
}

const itself = (item: Labelled): Labelled => item;
const videosOf = (items: readonly Labelled[], label: string): string[] => [...new Set(items.filter((item) => item.label === label).map(({ path }) => path))].sort();
const at = (ratio: string, items: readonly Labelled[], seed = 3): Labelled[] => imbalanced(items, itself, { ...parseImbalance(ratio), seed });

test('of R real videos and 1:60, R / 60 forged ones stay, as published, and all real ones', () => {
  const kept = at('1:60', faces(590, 300));
  assert.equal(videosOf(kept, 'fake').length, 9);
  assert.equal(videosOf(kept, 'real').length, 590);
});

test('the ratios of the paper are met within one video', () => {
  const items = faces(590, 300);
  for (const real of [10, 20, 30, 100, 200]) assert.equal(videosOf(at(`1:${real}`, items), 'fake').length, Math.floor(590 / real));
});

test('where forged videos are short, real ones go', () => {
  const kept = at('1:10', faces(590, 5));
  assert.deepEqual([videosOf(kept, 'fake').length, videosOf(kept, 'real').length], [5, 50]);
});

test('real videos can be the rare ones', () => {
  const kept = at('10:1', faces(590, 300));
  assert.deepEqual([videosOf(kept, 'fake').length, videosOf(kept, 'real').length], [300, 30]);
});

test('a video stays whole or goes whole, and the order is kept', () => {
  const items = faces(40, 20);
  const kept = at('1:10', items);
  for (const path of [...videosOf(kept, 'fake'), ...videosOf(kept, 'real')]) assert.equal(kept.filter((item) => item.path === path).length, 2);
  assert.deepEqual(kept, items.filter((item) => kept.includes(item)));
});

test('which videos stay depends on paths and seed alone, not on what else there is or in which order', () => {
  const items = faces(100, 60);
  const kept = videosOf(at('1:10', items), 'fake');
  assert.deepEqual(videosOf(at('1:10', [...items].reverse()), 'fake'), kept);
  assert.notDeepEqual(videosOf(at('1:10', items, 4), 'fake'), kept);
  assert.ok(videosOf(at('1:20', items), 'fake').every((path) => kept.includes(path)));
  // 60 more forged videos may take places, but change no order among those that were there.
  const more = videosOf(at('1:5', [...items, ...faces(0, 120)]), 'fake');
  assert.ok(more.length === 20 && videosOf(at('1:5', items), 'fake').filter((path) => more.includes(path)).length > 0);
});

test('each split has the ratio by itself', () => {
  const kept = at('1:10', [...faces(100, 50, 'train'), ...faces(30, 50, 'test')]);
  const count = (split: string): number => videosOf(kept.filter((item) => item.split === split), 'fake').length;
  assert.deepEqual([count('train'), count('test')], [10, 3]);
});

test('a face is kept by the video that it was cut from', () => {
  const cut = faces(20, 20).map((item, index) => ({ item, index }));
  assert.equal(imbalanced(cut, ({ item }) => item, { forged: 1, real: 10, seed: 1 }).length, 2 * (20 + 2));
});

test('too few videos and unreadable ratios are refused', () => {
  assert.throws(() => at('1:200', faces(150, 20, 'val')), { code: 'FW_TRAINING_DATA', message: /split val: 20 forged and 150 real/ });
  assert.throws(() => at('1:2', faces(10, 0)), { code: 'FW_TRAINING_DATA' });
  for (const text of ['60', '0:1', '1:0', '1:60:2', '1.5:2', '-1:2', '1:1000001']) assert.throws(() => parseImbalance(text), { code: 'FW_USAGE' });
});
