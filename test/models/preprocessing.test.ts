import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RgbImage } from '../../src/domain/media.js';
import { normaliseCrops } from '../../src/models/preprocessing.js';

const crop: RgbImage = { size: 2, data: Uint8Array.of(0, 255, 51, 255, 0, 102, 0, 0, 153, 0, 0, 204) };
const blue = [51, 102, 153, 204];

test('crops become RGB planes in [-1, 1], and a crop whose bytes do not fit its size is refused', () => {
  const expected = [-1, 1, -1, -1, 1, -1, -1, -1, ...blue.map((v) => v / 127.5 - 1)];
  assert.deepEqual(normaliseCrops([crop], 2, 'rgb/127.5-1'), Float32Array.from(expected));
  assert.throws(() => normaliseCrops([{ size: 3, data: crop.data }], 2, 'rgb/255'), { code: 'FW_MODEL_FAILED' });
});

test('crops become planes in [0, 1], one face after another', () => {
  const expected = [0, 1, 0, 0, 1, 0, 0, 0, ...blue.map((v) => v / 255)];
  assert.deepEqual(normaliseCrops([crop, crop], 2, 'rgb/255'), Float32Array.from([...expected, ...expected]));
});

test("crops become planes with ImageNet's mean and deviation, in either order of channels", () => {
  const planes = [
    [0, 1, 0, 0].map((v) => (v - 0.485) / 0.229),
    [1, 0, 0, 0].map((v) => (v - 0.456) / 0.224),
    blue.map((v) => (v / 255 - 0.406) / 0.225),
  ];
  assert.deepEqual(normaliseCrops([crop], 2, 'rgb/imagenet'), Float32Array.from(planes.flat()));
  assert.deepEqual(normaliseCrops([crop], 2, 'bgr/imagenet'), Float32Array.from(planes.toReversed().flat()));
});

test('crops become grey levels less the mean of each colour', () => {
  const planes = [blue.map((v) => v - 103.939), [255, 0, 0, 0].map((v) => v - 116.779), [0, 255, 0, 0].map((v) => v - 123.68)];
  assert.deepEqual(normaliseCrops([crop], 2, 'bgr/caffe'), Float32Array.from(planes.flat()));
});
