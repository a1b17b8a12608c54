import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GRID_TOLERANCE_MICROS, gridIndexOf, isFirstOnGrid } from '../../src/domain/sampling.js';

/** Which of these frames are sampled. */
const sampled = (times: readonly number[], rate: number): readonly number[] =>
  times.filter((time, index) => isFirstOnGrid(index === 0 ? undefined : times[index - 1], time, rate));

test('the first frame of a stream is always sampled', () => {
  assert.equal(isFirstOnGrid(undefined, 0, 8), true);
  assert.equal(isFirstOnGrid(undefined, 77_777, 8), true);
});

test('at 25 frames a second and a grid of 8, the first frame at or after each eighth of a second is sampled', () => {
  const times = Array.from({ length: 26 }, (_, index) => index * 40_000);
  assert.deepEqual(sampled(times, 8), [0, 160_000, 280_000, 400_000, 520_000, 640_000, 760_000, 880_000, 1_000_000]);
});

test('a frame that a container rounded down to the millisecond still reaches its grid point', () => {
  // 15 frames a second, in Matroska: 66.667 ms becomes 67, 133.333 becomes 133; the grid point of 30/s lies at 133.333.
  assert.equal(isFirstOnGrid(67_000, 133_000, 7.5), true);
  assert.equal(gridIndexOf(124_000, 8), 1);
  assert.equal(gridIndexOf(123_997, 8), 0);
});

test('a microsecond of rounding does not decide about a frame that lies a millisecond early', () => {
  assert.deepEqual([123_999, 124_000, 124_001].map((time) => gridIndexOf(time, 8)), [1, 1, 1]);
});

test('rates are exact: 30000/1001 does not drift over a day', () => {
  const rate = 29.97003;
  const day = 86_400_000_000;
  assert.equal(gridIndexOf(day - GRID_TOLERANCE_MICROS, rate), 2_589_410);
  assert.equal(gridIndexOf(86_399_999_000, 8), 691_200);
});

test('a grid faster than the stream samples every frame once', () => {
  const times = [0, 40_000, 80_000, 120_000];
  assert.deepEqual(sampled(times, 1000), times);
});

test('two frames at one time are sampled at most once', () => {
  assert.equal(isFirstOnGrid(125_000, 125_000, 8), false);
});

test('each grid point that any frame reaches is reached by exactly one sampled frame', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500_000 }), { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (gaps, rate) => {
      let time = 0;
      const times = [0, ...gaps.map((gap) => (time += gap))];
      const chosen = sampled(times, rate);
      const reached = new Set(times.map((t) => gridIndexOf(t, rate)));
      assert.equal(chosen.length, reached.size);
      assert.deepEqual(new Set(chosen.map((t) => gridIndexOf(t, rate))), reached);
    }),
    { seed: 11, numRuns: 200 },
  );
});

test('what was cut off before a frame changes nothing but who its predecessor is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), fc.integer({ min: 1, max: 10 ** 6 }), (previous, gap) => {
      assert.equal(isFirstOnGrid(previous, previous + gap, 8), gridIndexOf(previous + gap, 8) > gridIndexOf(previous, 8));
    }),
    { seed: 12, numRuns: 200 },
  );
});

test('a rate that is not positive and a time that is no integer are refused', () => {
  assert.throws(() => gridIndexOf(0, 0), RangeError);
  assert.throws(() => gridIndexOf(0, -1), RangeError);
  assert.throws(() => gridIndexOf(0.5, 8), RangeError);
});
