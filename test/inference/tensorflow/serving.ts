/** What serving needs of a back end; the test files of the back ends call this. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorflowBackendName } from '../../../src/inference/tensorflow/backends.js';
import { createTensorflowSession } from '../../../src/inference/tensorflow/session.js';
import { createScorer, isClipScorer } from '../../../src/models/scorers.js';
import { picture, temporaryFolder, writeModel } from '../../models/support.js';
import { spreadOut } from './cases.js';
import { smallNetwork } from './training.js';
import { parityParameters } from '../../../src/models/parity.js';

/** Scores against ONNX Runtime's, the same whatever they are computed beside; and what a session refuses. */
export function checkServing(backend: TensorflowBackendName): void {
  test(`${backend}: frame and clip scores are within 1e-3 of ONNX Runtime's, and bit-identical alone and beside others`, async (t) => {
    const folder = await temporaryFolder(t);
    const crops = Array.from({ length: 16 }, (_, i) => ({ crop: picture(`face ${i}`) }));
    for (const network of ['srm-residual', 'srm-residual-gru']) {
      const card = await writeModel(folder, network);
      const [ours, reference] = [await createScorer({ card, executor: 'tensorflow', backend }), await createScorer({ card })];
      assert.equal(ours.identity.executor, `tensorflow-${backend}`);
      assert.deepEqual({ ...ours.identity, executor: '' }, { ...reference.identity, executor: '' });
      if (isClipScorer(ours) && isClipScorer(reference)) {
        const clips = [crops, crops.toReversed()].map((faces) => ({ faces: faces.map((face, i) => ({ ...face, track: 1, ptsMicros: i, box: { x: 0, y: 0, width: 1, height: 1 }, confidence: 1 })) }));
        const [scores, expected] = [await ours.score(clips), await reference.score(clips)];
        scores.forEach(({ clip, frames }, i) => [clip, ...frames].forEach((score, j) => assert.ok(Math.abs(score - [expected[i]!.clip, ...expected[i]!.frames][j]!) < 1e-3)));
        assert.deepEqual(await ours.score([clips[1]!]), [scores[1]]);
      } else if (!isClipScorer(ours) && !isClipScorer(reference)) {
        const [scores, expected] = [await ours.score(crops), await reference.score(crops)];
        scores.forEach((score, i) => assert.ok(Math.abs(score - expected[i]!) < 1e-3, `${score}, ONNX Runtime says ${expected[i]}`));
        assert.ok(new Set(scores).size > 8, 'different faces have different scores');
        for (const position of [0, 7, 15]) assert.deepEqual(await ours.score([crops[position]!]), [scores[position]]);
      }
      await Promise.all([ours.close(), reference.close()]);
    }
  });

  test(`${backend}: a session refuses what does not fit, and closes once`, async () => {
    const graph = smallNetwork();
    const session = await createTensorflowSession(graph, parityParameters(graph, 'session', 1), { name: 'mine', backend });
    const x = spreadOut([3, 1, 8, 8], 1);
    assert.deepEqual((await session.run({ x }))['logits']!.dims, [3, 2]);
    await assert.rejects(session.run({}), { code: 'FW_MODEL_FAILED', message: /^mine: / });
    await assert.rejects(session.run({ x: { ...x, data: x.data.slice(1) } }), { code: 'FW_MODEL_FAILED', message: /input x has 191 values and shape \[3, 1, 8, 8\]/ });
    await assert.rejects(session.run({ x: { ...x, data: x.data.map(() => NaN) } }), { code: 'FW_MODEL_FAILED', message: /output logits is not a finite number/ });
    await session.close();
    await session.close();
    await assert.rejects(session.run({ x }), { code: 'FW_MODEL_FAILED', message: /closed/ });
  });
}
