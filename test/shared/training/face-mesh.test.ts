import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { createSession, type FloatTensor } from '../../../src/inference/onnx-runtime.js';
import { parityInput } from '../../../src/models/parity.js';
import { faceMeshNetwork } from '../../../src/training/landmarks/face-mesh-network.js';

const SHARED = process.env['FRAMEWITNESS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');
const ORACLE = `${SHARED}/models/weights/mediapipe/face_landmark.onnx`;
const PIXELS = 192 * 192;

function channelLast({ data }: FloatTensor): FloatTensor {
  const turned = new Float32Array(data.length);
  for (let pixel = 0; pixel < PIXELS; pixel++) for (let c = 0; c < 3; c++) turned[3 * pixel + c] = data[c * PIXELS + pixel]!;
  return { dims: [1, 192, 192, 3], data: turned };
}

test('the face mesh agrees with an independent conversion within 1e-3 of rms, every point and the presence', async () => {
  const oracle = await createSession(await readFile(ORACLE), { name: 'oracle' });
  const own = await createSession(faceMeshNetwork().onnx, { name: 'own' });
  for (const seed of ['mesh', 'another']) {
    const input = parityInput(seed, [1, 3, 192, 192]);
    const expected = Object.values(await oracle.run({ [oracle.inputNames[0]!]: channelLast(input) }));
    const actual = await own.run({ input });
    for (const [name, length] of [['points', 1404], ['presence', 1]] as const) {
      const [mine, theirs] = [actual[name]!.data, expected.find(({ data }) => data.length === length)!.data];
      const rms = Math.sqrt(theirs.reduce((sum, x) => sum + x * x, 0) / theirs.length);
      const worst = theirs.reduce((error, x, i) => Math.max(error, Math.abs(x - mine[i]!)), 0);
      assert.ok(rms > 0.1 && worst <= 1e-3 * rms, `${name}: worst error ${worst}, rms ${rms}`);
    }
  }
  await Promise.all([oracle.close(), own.close()]);
});
