import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterfact, faceRectangle } from '../../../src/training/augmentation/recipes/counterfactual.js';
import { Random } from '../../../src/training/random.js';

const SIZE = 20;
const face = { left: 5, top: 4, width: 10, height: 12 };
/** Another colour at each pixel, red for the real and blue for the forged. */
const crop = (label: 0 | 1): Parameters<typeof counterfact>[0] => ({ image: { size: SIZE, data: Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => (i % 3 === (label === 0 ? 0 : 2) ? 1 + (Math.floor(i / 3) % 200) : 0)) }, face, label });
const isFace = (pixel: number): boolean => pixel % SIZE >= 5 && pixel % SIZE < 15 && Math.floor(pixel / SIZE) >= 4 && Math.floor(pixel / SIZE) < 16;
const pixels = (data: Uint8Array, inside: boolean): string[] => Array.from({ length: SIZE * SIZE }, (_, i) => i).filter((pixel) => isFace(pixel) === inside).map((pixel) => data.subarray(3 * pixel, 3 * pixel + 3).join(' '));
const labels = (kind: Parameters<typeof counterfact>[2]): (0 | 1)[] => Array.from({ length: 400 }, (_, i) => counterfact(crop(0), crop(1), kind, new Random(i)).label);
const share = (values: readonly (0 | 1)[]): number => values.filter((label) => label === 1).length / values.length;

test('the face box lies in the middle of its crop, as large as the scale says', () => {
  assert.deepEqual(faceRectangle({ box: { x: 3, y: 9, width: 50, height: 100 } }, 1.25, 100), { left: 30, top: 10, width: 40, height: 80 });
});

test('a grey face or background is grey and nothing else changes; only a face that is gone makes the label a guess', () => {
  for (const [kind, inside] of [['faceGrey', true], ['backgroundGrey', false]] as const) {
    const { image } = counterfact(crop(0), crop(1), kind, new Random(1));
    assert.ok(pixels(image.data, inside).every((pixel) => /^(127 127 127|128 128 128|129 129 129)$/.test(pixel)));
    assert.deepEqual(pixels(image.data, !inside), pixels(crop(0).image.data, !inside));
  }
  assert.ok(Math.abs(share(labels('faceGrey')) - 0.5) < 0.1);
  assert.equal(share(labels('backgroundGrey')), 0);
});

test('a shuffled face keeps its colours, and the background its place', () => {
  const { image } = counterfact(crop(0), crop(1), 'faceShuffled', new Random(1));
  assert.notDeepEqual(pixels(image.data, true), pixels(crop(0).image.data, true));
  assert.deepEqual(pixels(image.data, true).sort(), pixels(crop(0).image.data, true).sort());
  assert.deepEqual(pixels(image.data, false), pixels(crop(0).image.data, false));
  assert.ok(Math.abs(share(labels('faceShuffled')) - 0.5) < 0.1);
  const background = counterfact(crop(0), crop(1), 'backgroundShuffled', new Random(1)).image;
  assert.deepEqual(pixels(background.data, true), pixels(crop(0).image.data, true));
  assert.equal(share(labels('backgroundShuffled')), 0);
});

test('the label goes with the face: an exchanged face brings its own, an exchanged background none', () => {
  const exchanged = counterfact(crop(0), crop(1), 'faceExchanged', new Random(1));
  assert.equal(exchanged.label, 1);
  assert.deepEqual(pixels(exchanged.image.data, true), pixels(crop(1).image.data, true));
  assert.deepEqual(pixels(exchanged.image.data, false), pixels(crop(0).image.data, false));
  const background = counterfact(crop(0), crop(1), 'backgroundExchanged', new Random(1));
  assert.equal(background.label, 0);
  assert.deepEqual(pixels(background.image.data, true), pixels(crop(0).image.data, true));
  assert.ok(pixels(background.image.data, false).every((pixel) => pixel.startsWith('0 0 ')));
});
