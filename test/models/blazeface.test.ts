import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSession } from '../../src/inference/onnx-runtime.js';
import { BLAZE_FACE_ANCHORS, blazeFaceFullRange, blazeFaceGraph } from '../../src/models/blazeface.js';
import { parityInput } from '../../src/models/parity.js';

const network = blazeFaceFullRange();
const rms = (data: Float32Array): number => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);

test('the published network gives 16 regressors and a logit for each of 2304 anchors, for any batch', async () => {
  assert.equal(network.inputSize, 192);
  assert.equal(network.digest, 'sha256:99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3');
  const session = await createSession(network.onnx, { name: 'blazeface' });
  assert.deepEqual([session.inputNames, session.outputNames], [['input'], ['regressors', 'classifiers']]);
  const one = parityInput('blazeface', [1, 3, 192, 192]);
  const alone = await session.run({ input: one });
  const data = new Float32Array(2 * one.data.length);
  data.set(one.data, one.data.length);
  const both = await session.run({ input: { data, dims: [2, 3, 192, 192] } });
  assert.deepEqual(alone['regressors']!.dims, [1, BLAZE_FACE_ANCHORS, 16]);
  assert.deepEqual(both['regressors']!.dims, [2, BLAZE_FACE_ANCHORS, 16]);
  assert.deepEqual(both['classifiers']!.dims, [2, BLAZE_FACE_ANCHORS, 1]);
  for (const name of ['regressors', 'classifiers']) {
    const half = alone[name]!.data.length;
    assert.deepEqual(both[name]!.data.subarray(half), alone[name]!.data, 'bit-identical in a batch');
  }
  await session.close();
});

test('its outputs on a fixed input are those of an independent conversion of the same file, within 1e-3 of rms', async () => {
  // Measured with the tf2onnx conversion of this file (N×H×W×C) on the same picture; the whole outputs are compared in
  // test/shared/inference/blazeface.test.ts.
  const session = await createSession(network.onnx, { name: 'blazeface' });
  const { regressors, classifiers } = await session.run({ input: parityInput('blazeface', [1, 3, 192, 192]) });
  const near = (actual: number, expected: number, scale: number): void => assert.ok(Math.abs(actual - expected) <= 1e-3 * scale, `${actual}, expected ${expected}`);
  near(rms(regressors!.data), 24.178393890199832, 24.18);
  near(rms(classifiers!.data), 6.581680498170827, 6.582);
  const boxes: readonly (readonly [number, number])[] = [[0, -3.6951351165771484], [3, 13.609665870666504], [15, -6.222110748291016], [18834, 81.8198013305664], [36848, -1.6566001176834106], [36863, -1.9243724346160889]];
  for (const [i, value] of boxes) near(regressors!.data[i]!, value, 24.18);
  const logits: readonly (readonly [number, number])[] = [[0, -10.542553901672363], [47, -7.794126033782959], [48, -8.233983039855957], [1177, -4.046051502227783], [2303, -8.649615287780762]];
  for (const [i, value] of logits) near(classifiers!.data[i]!, value, 6.582);
  await session.close();
});

test('bytes that are no tflite file are refused', () => {
  assert.throws(() => blazeFaceGraph(new Uint8Array(64)), { code: 'FW_MODEL_FORMAT' });
});
