import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DamageMap } from '../../src/media/damage.js';
import { planFrames } from '../../src/media/frame-plan.js';

/** Packets in decode order from times in milliseconds; `!` marks keyframes. */
const packets = (text: string): readonly { readonly ptsMicros: number; readonly keyframe: boolean }[] =>
  text.split(' ').map((item) => ({ ptsMicros: Number.parseInt(item, 10) * 1000, keyframe: item.endsWith('!') }));
const start = { sequence: 0, ptsStartMicros: 0 };
const everyFrame = 1000;

test('frames are put in order of time, and on the clock of the stream', () => {
  const plan = planFrames(packets('100! 220 140 180'), { sequence: 3, ptsStartMicros: 5_000_000 }, 8);
  assert.deepEqual(plan.map(({ ptsMicros }) => ptsMicros), [5_000_000, 5_120_000, 5_040_000, 5_080_000]);
  assert.deepEqual(plan.map(({ rank }) => rank), [0, 3, 1, 2]);
});

test('the first frame of a later segment is wanted and tentative; that of a stream is neither in doubt nor left out', () => {
  const later = planFrames(packets('0! 40'), { sequence: 1, ptsStartMicros: 1_010_000 }, 8);
  assert.deepEqual(later.map(({ wanted, tentative }) => [wanted, tentative]), [[true, true], [false, false]]);
  const first = planFrames(packets('0! 40'), start, 8);
  assert.deepEqual(first.map(({ wanted, tentative }) => [wanted, tentative]), [[true, false], [false, false]]);
});

test('where a stream is cut, the same frames are wanted, the tentative ones aside', () => {
  const times = Array.from({ length: 100 }, (_, index) => Math.round(index * (1000 / 30)));
  const whole = planFrames(times.map((time) => ({ ptsMicros: time * 1000, keyframe: time === 0 })), start, 8);
  for (let at = 1; at < times.length; at += 1) {
    const ptsStartMicros = times[at]! * 1000;
    const part = planFrames(times.slice(at).map((time) => ({ ptsMicros: time * 1000, keyframe: false })), { sequence: 1, ptsStartMicros }, 8);
    for (const { ptsMicros, wanted } of part.filter(({ tentative }) => !tentative)) {
      assert.equal(wanted, whole.find((frame) => frame.ptsMicros === ptsMicros)!.wanted, `${ptsMicros} when cut at ${at}`);
    }
  }
});

test('damage spoils the frame decoded before it, everything up to the next keyframe, and the leading pictures behind that', () => {
  const plan = planFrames(packets('0! 80 40 160! 120 240 200'), start, everyFrame);
  const damage = new DamageMap(plan, true, false);
  damage.damagedAt(2);
  assert.deepEqual(plan.map((_, index) => damage.causeAt(index)), [undefined, 'damage', 'damage', undefined, 'damage', undefined, undefined]);
});

test('damage in a leading picture spoils the leading pictures behind it and nothing else', () => {
  const plan = planFrames(packets('160! 80 120 240 200'), start, everyFrame);
  const damage = new DamageMap(plan, true, false);
  damage.damagedAt(1);
  assert.deepEqual(plan.map((_, index) => damage.causeAt(index)), [undefined, 'damage', 'damage', undefined, undefined]);
});

test('leading pictures of the first keyframe are lost where the codec cannot tell which could be decoded', () => {
  const plan = planFrames(packets('160! 80 120 240 200'), start, everyFrame);
  const damage = new DamageMap(plan, true, true);
  assert.deepEqual(plan.map((_, index) => damage.causeAt(index)), [undefined, 'open-gop', 'open-gop', undefined, undefined]);
  assert.equal(damage.isFirstLeading(1), true);
  assert.equal(damage.isFirstLeading(4), false);
});

test('without a keyframe everything is spoilt up to the first one; a keyframe that is not shown counts', () => {
  const plan = planFrames(packets('0 40 80! 120'), start, everyFrame);
  assert.deepEqual(plan.map((_, index) => new DamageMap(plan, false, false).causeAt(index)), ['no-keyframe', 'no-keyframe', undefined, undefined]);
  assert.deepEqual(plan.map((_, index) => new DamageMap(plan, true, true).causeAt(index)), [undefined, undefined, undefined, undefined]);
});
