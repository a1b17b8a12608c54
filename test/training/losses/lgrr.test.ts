import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parityTensor } from '../../../src/models/parity.js';
import { assertNear, assertSlopes, lossFor, softplus, tf, valueOf, type Nested } from './support.js';

const shaped = (key: string, dims: number[]): Nested => tf.tensor(parityTensor('lgrr', key, dims, 1).data, dims).arraySync();

/** Two faces, features of 2 channels over 3 × 3 windows of one place each. */
const OUTPUTS = {
  w_f_c4: [[0.8, 0.3], [0.4, 0.6]],
  w_res_c4: [[0.5, 0.1], [0.2, 0.9]],
  x_res_4: shaped('residual', [2, 2, 3, 3]),
  x_f_4: shaped('spatial', [2, 2, 3, 3]),
  x_consis: shaped('consistency', [2, 4]),
};
const LABELS = [1, 0];
/** The first face is forged in its upper left ninth, and by half in the one beside. */
const MASKS = [[[1, 0.5, 0], [0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]];

const cosine = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);

/** Both channels of a window. */
function window(maps: Nested, item: number, index: number): number[] {
  const [y, x] = [Math.floor(index / 3), index % 3];
  return [0, 1].map((channel) => ((maps as number[][][][])[item]![channel]![y]![x])!);
}

function patchByHand(shares: (item: number, index: number) => number): number {
  let [sum, count] = [0, 0];
  for (const maps of [OUTPUTS.x_res_4, OUTPUTS.x_f_4]) {
    for (let item = 0; item < 2; item++) {
      for (let i = 0; i < 9; i++) {
        for (let j = 0; j < 9; j++) {
          const wanted = 1 - (shares(item, i) - shares(item, j)) ** 2;
          sum += (cosine(window(maps, item, i), window(maps, item, j)) - wanted) ** 2;
          count++;
        }
      }
    }
  }
  return sum / count;
}

test('heads, patches, streams and faces are each what they say', () => {
  const { total, parts } = valueOf(lossFor({ kind: 'lgrr' }, 'lgrr'), { outputs: OUTPUTS, labels: LABELS, masks: MASKS });
  // Class 0 is forged.
  const image = (softplus(-0.5) + softplus(-0.2) + softplus(-0.4) + softplus(-0.7)) / 2;
  const patch = patchByHand((item, index) => (item === 1 ? 0 : index === 0 ? 1 : index === 1 ? 0.5 : 0));
  let streams = 0;
  for (let item = 0; item < 2; item++) for (let i = 0; i < 9; i++) streams += (1 - cosine(window(OUTPUTS.x_res_4, item, i), window(OUTPUTS.x_f_4, item, i))) ** 2 / 18;
  const [one, other] = OUTPUTS.x_consis as number[][];
  const faces = cosine(one!, other!) ** 2;
  assertNear(parts['image'], image);
  assertNear(parts['patch'], patch);
  assertNear(parts['streams'], streams);
  assertNear(parts['faces'], faces);
  assertNear(total, image + 0.1 * (patch + streams + faces));
});

test('without masks a forged face is forged all over, so that its patches are to be alike', () => {
  assertNear(valueOf(lossFor({ kind: 'lgrr' }, 'lgrr'), { outputs: OUTPUTS, labels: LABELS }).parts['patch'], patchByHand(() => 0));
});

test('faces with the same label are to be alike', () => {
  const [one, other] = OUTPUTS.x_consis as number[][];
  assertNear(valueOf(lossFor({ kind: 'lgrr' }, 'lgrr'), { outputs: OUTPUTS, labels: [0, 0] }).parts['faces'], (1 - cosine(one!, other!)) ** 2);
});

test('windows can be judged by the share of them that is forged', () => {
  const window_scores = [[[[0.7, 0.4, 0.2], [0.2, 0.2, 0.2], [0.2, 0.2, 0.2]]], [[[0.2, 0.2, 0.2], [0.2, 0.2, 0.2], [0.2, 0.2, 0.2]]]];
  const { parts } = valueOf(lossFor({ kind: 'lgrr', windows: 1 }, 'lgrr'), { outputs: { ...OUTPUTS, window_scores }, labels: LABELS, masks: MASKS });
  assertNear(parts['windows'], (-Math.log(0.7) - 0.5 * Math.log(0.4) - 0.5 * Math.log(0.6) - 16 * Math.log(0.8)) / 18);
});

test('every part teaches: its slopes are those of differences', () => {
  for (const part of ['image', 'patch', 'streams', 'faces']) {
    const spec = { kind: 'lgrr', image: 0, patch: 0, streams: 0, faces: 0, [part]: 1 };
    assertSlopes(lossFor(spec, 'lgrr'), { outputs: OUTPUTS, labels: LABELS, masks: MASKS }, { step: 3e-3, tolerance: 1e-2 });
  }
});

test('another network is refused', () => {
  assert.throws(() => lossFor({ kind: 'lgrr' }, 'xception'), { code: 'FW_LOSS_UNFIT' });
});
