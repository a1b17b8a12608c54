import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/training/random.js';

const draw = (random: Random): number[] => Array.from({ length: 8 }, () => random.bits());

test('the same seed gives the same numbers, another seed others', () => {
  assert.deepEqual(draw(new Random(7)), draw(new Random(7)));
  assert.notDeepEqual(draw(new Random(7)), draw(new Random(8)));
});

test('a fork is the same whatever was drawn before, and differs by its name', () => {
  const fresh = new Random(7);
  const used = new Random(7);
  draw(used);
  assert.deepEqual(draw(used.fork('noise')), draw(fresh.fork('noise')));
  assert.notDeepEqual(draw(fresh.fork('noise')), draw(fresh.fork('codec')));
  assert.notDeepEqual(draw(fresh.fork(1)), draw(fresh.fork(2)));
  const streams = new Set(Array.from({ length: 500 }, (_, i) => fresh.fork(i).bits()));
  assert.equal(streams.size, 500);
});

test('uniform and normal numbers have the moments that they should', () => {
  const random = new Random(3);
  const [uniform, normal, picked] = [Array.from({ length: 20_000 }, () => random.uniform(2, 4)), Array.from({ length: 20_000 }, () => random.normal(1, 3)), Array.from({ length: 20_000 }, random.normals())];
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = (values: readonly number[]): number => Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)));
  assert.ok(Math.abs(mean(uniform) - 3) < 0.02 && Math.min(...uniform) >= 2 && Math.max(...uniform) < 4);
  assert.ok(Math.abs(mean(normal) - 1) < 0.1 && Math.abs(deviation(normal) - 3) < 0.1);
  assert.ok(Math.abs(mean(picked)) < 0.03 && Math.abs(deviation(picked) - 1) < 0.03);
});

test('names are drawn as often as their weights say, and never with a weight of 0', () => {
  const random = new Random(5);
  const drawn = Array.from({ length: 9000 }, () => random.weighted({ a: 2, b: 1, never: 0 }));
  assert.ok(Math.abs(drawn.filter((name) => name === 'a').length / 9000 - 2 / 3) < 0.03);
  assert.equal(drawn.includes('never'), false);
  assert.throws(() => random.weighted({ a: 0 }), RangeError);
});

test('a shuffle keeps every value once', () => {
  const values = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = new Random(1).shuffled(values);
  assert.notDeepEqual(shuffled, values);
  assert.deepEqual([...shuffled].sort((a, b) => a - b), values);
});
