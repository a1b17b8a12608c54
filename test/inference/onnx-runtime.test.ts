import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { buildGraph, type GraphBuilder } from '../../src/inference/graph-builder.js';
import type { Value } from '../../src/inference/graph.js';
import { emitOnnx } from '../../src/inference/onnx-emitter.js';
import { createSession, type OnnxSession } from '../../src/inference/onnx-runtime.js';
import { tensor } from './support.js';

async function sessionOf(t: TestContext, define: (g: GraphBuilder, x: Value) => Value): Promise<OnnxSession> {
  const session = await createSession(emitOnnx(buildGraph('net', (g) => ({ y: define(g, g.input('x', ['N', 2])) }))), { name: 'the model' });
  t.after(() => session.close());
  return session;
}

const failure = (message: RegExp): object => ({ name: 'FramewitnessError', code: 'FW_MODEL_FAILED', message });

test('a session names its inputs and outputs and takes any batch', async (t) => {
  const session = await sessionOf(t, (g, x) => g.mul(x, g.scalar(3)));
  assert.deepEqual([session.inputNames, session.outputNames], [['x'], ['y']]);
  for (const batch of [1, 4]) {
    const { y } = await session.run({ x: tensor([batch, 2], new Array<number>(2 * batch).fill(2)) });
    assert.deepEqual(y!.dims, [batch, 2]);
    assert.ok(y!.data.every((value) => value === 6));
  }
});

test('runs asked for at once are answered in order', async (t) => {
  const session = await sessionOf(t, (g, x) => g.relu(x));
  const answers = await Promise.all([1, 2, 3, 4].map((v) => session.run({ x: tensor([1, 2], [v, v]) })));
  assert.deepEqual(answers.map(({ y }) => y!.data[0]), [1, 2, 3, 4]);
});

test('an output that is not a finite number is a failure, and the session goes on', async (t) => {
  const session = await sessionOf(t, (g, x) => g.mul(x, g.scalar(1e30)));
  await assert.rejects(session.run({ x: tensor([1, 2], [1, 1e30]) }), failure(/the model: output y is not a finite number at 1: Infinity/));
  await assert.rejects(session.run({ x: tensor([1, 2], [NaN, 1]) }), failure(/not a finite number at 0: NaN/));
  assert.equal((await session.run({ x: tensor([1, 2], [0, 0]) })).y!.data[0], 0);
});

test('inputs that are missing, unknown or misshapen are refused', async (t) => {
  const session = await sessionOf(t, (g, x) => g.relu(x));
  await assert.rejects(session.run({}), failure(/input x is missing/));
  await assert.rejects(session.run({ x: tensor([1, 2], [1]) }), failure(/1 values, shape \[1, 2\] needs 2/));
  await assert.rejects(session.run({ x: tensor([1, 2], [1, 2]), z: tensor([1], [1]) }), failure(/no input z; inputs: x/));
  await assert.rejects(session.run({ x: tensor([1, 3], [1, 2, 3]) }), failure(/the run failed/));
});

test('bytes that are no model are refused', async () => {
  await assert.rejects(createSession(new Uint8Array(100).fill(7), { name: 'junk' }), failure(/^junk: ONNX Runtime does not take it/));
  await assert.rejects(createSession(new Uint8Array(0), { name: 'nothing' }), failure(/^nothing: /));
});

test('closing waits for what runs, may be done twice, and ends the session', async (t) => {
  const session = await sessionOf(t, (g, x) => g.relu(x));
  const running = session.run({ x: tensor([1, 2], [1, 2]) });
  const closing = session.close();
  assert.deepEqual([...(await running).y!.data], [1, 2]);
  await closing;
  await session.close();
  await assert.rejects(session.run({ x: tensor([1, 2], [1, 2]) }), failure(/the session is closed/));
});
