import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { createSession, type FloatTensor } from '../../../src/inference/onnx-runtime.js';
import { blazeFaceFullRange } from '../../../src/models/blazeface.js';
import { parityInput } from '../../../src/models/parity.js';

const SHARED = process.env['FRAMEWITNESS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');
const ORACLE = `${SHARED}/models/weights/mediapipe/face_detection_full_range.onnx`;
const PIXELS = 192 * 192;

function channelLast({ data }: FloatTensor): FloatTensor {
  const turned = new Float32Array(data.length);
  for (let pixel = 0; pixel < PIXELS; pixel++) for (let c = 0; c < 3; c++) turned[3 * pixel + c] = data[c * PIXELS + pixel]!;
  return { dims: [1, 192, 192, 3], data: turned };
}

test('BlazeFace agrees with an independent conversion within 1e-3 of rms, every anchor and value', async () => {
  const oracle = await createSession(await readFile(ORACLE), { name: 'oracle' });
  const own = await createSession(blazeFaceFullRange().onnx, { name: 'own' });
  for (const seed of ['blazeface', 'another']) {
    const input = parityInput(seed, [1, 3, 192, 192]);
    const expected = await oracle.run({ input: channelLast(input) });
    const actual = await own.run({ input });
    for (const [name, oracleName] of [['regressors', 'reshaped_regressor_face_4'], ['classifiers', 'reshaped_classifier_face_4']] as const) {
      const [mine, theirs] = [actual[name]!, expected[oracleName]!];
      assert.deepEqual(mine.dims, theirs.dims);
      const rms = Math.sqrt(theirs.data.reduce((sum, x) => sum + x * x, 0) / theirs.data.length);
      const worst = theirs.data.reduce((error, x, i) => Math.max(error, Math.abs(x - mine.data[i]!)), 0);
      assert.ok(rms > 0.1 && worst <= 1e-3 * rms, `${name}: worst error ${worst}, rms ${rms}`);
    }
  }
  await Promise.all([oracle.close(), own.close()]);
});
