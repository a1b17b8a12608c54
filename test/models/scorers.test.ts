import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RgbImage } from '../../src/domain/media.js';
import type { ClipScorer, FrameScorer } from '../../src/domain/ports.js';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { emitOnnx } from '../../src/inference/onnx-emitter.js';
import { createSession } from '../../src/inference/onnx-runtime.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { loadModel } from '../../src/models/load.js';
import { normaliseCrops } from '../../src/models/preprocessing.js';
import { calibrated, createScorer, isClipScorer, scorerOf } from '../../src/models/scorers.js';
import { picture, temporaryFolder, writeModel } from './support.js';

const clipOf = (crops: readonly RgbImage[]): Parameters<ClipScorer['score']>[0][number] => ({
  faces: crops.map((crop, i) => ({ track: 1, ptsMicros: i, box: { x: 0, y: 0, width: 1, height: 1 }, confidence: 1, crop })),
});

async function frameScorer(card: string, name?: string): Promise<FrameScorer> {
  const scorer = await createScorer(name === undefined ? { card } : { card, name });
  assert.ok(!isClipScorer(scorer));
  return scorer;
}

async function clipScorer(card: string): Promise<ClipScorer> {
  const scorer = await createScorer({ card });
  assert.ok(isClipScorer(scorer));
  return scorer;
}

test('a face has bit-identical logits alone and in every position of batches of 2 to 5, 8 and 32', async (t) => {
  const model = await loadModel(await writeModel(await temporaryFolder(t), 'srm-residual'));
  const session = await createSession(emitOnnx(servingGraph(model.graph, model.parameters)));
  const logits = async (crops: readonly RgbImage[]): Promise<Float32Array> => {
    const { frame } = await session.run({ input: { data: normaliseCrops(crops, 128, 'rgb/127.5-1'), dims: [crops.length, 3, 128, 128] } });
    return frame!.data;
  };
  const face = picture('the face');
  const [alone] = await logits([face]);
  const [other] = await logits([picture('other 0')]);
  assert.notEqual(alone, other, 'the network tells the two faces apart');
  for (const size of [2, 3, 4, 5, 8, 32]) {
    for (const position of size <= 5 ? Array.from({ length: size }, (_, i) => i) : [0, size - 1]) {
      const batch = Array.from({ length: size }, (_, i) => (i === position ? face : picture(`other ${i}`)));
      assert.equal((await logits(batch))[position], alone, `position ${position} of ${size}`);
    }
  }
  await session.close();
});

test('a clip has bit-identical clip and frame logits alone and in every position of batches of 2 to 5', async (t) => {
  const model = await loadModel(await writeModel(await temporaryFolder(t), 'srm-residual-gru'));
  const session = await createSession(emitOnnx(servingGraph(model.graph, model.parameters)));
  const clip = (seed: string): readonly RgbImage[] => Array.from({ length: 16 }, (_, i) => picture(`${seed} ${i}`));
  const logits = async (clips: readonly (readonly RgbImage[])[]): Promise<(position: number) => readonly number[]> => {
    const { clip: clips_, frame } = await session.run({ input: { data: normaliseCrops(clips.flat(), 128, 'rgb/127.5-1'), dims: [clips.length, 16, 3, 128, 128] } });
    return (position) => [clips_!.data[position]!, ...frame!.data.subarray(16 * position, 16 * position + 16)];
  };
  const wanted = clip('the clip');
  const others = Array.from({ length: 5 }, (_, i) => clip(`other ${i}`));
  const alone = (await logits([wanted]))(0);
  assert.equal(alone.length, 17);
  for (const size of [2, 3, 4, 5]) {
    for (let position = 0; position < size; position++) {
      const batch = others.slice(0, size).map((other, i) => (i === position ? wanted : other));
      assert.deepEqual((await logits(batch))(position), alone, `position ${position} of ${size}`);
    }
  }
  await session.close();
});

test('a frame scorer gives one calibrated probability a face, in order, for more faces than one run takes', async (t) => {
  const card = await writeModel(await temporaryFolder(t), 'srm-residual');
  const scorer = await frameScorer(card, 'faces');
  assert.equal(scorer.identity.name, 'faces');
  assert.deepEqual({ ...scorer.identity, digest: '' }, { name: 'faces', network: 'srm-residual', kind: 'frame', digest: '', executor: 'onnxruntime-cpu', precision: 'float32' });
  const crops = Array.from({ length: 35 }, (_, i) => ({ crop: picture(`face ${i}`) }));
  const scores = await scorer.score(crops);
  assert.equal(scores.length, 35);
  assert.ok(scores.every((score) => score > 0 && score < 1));
  assert.ok(new Set(scores).size > 30, 'different faces have different scores');
  for (const position of [0, 31, 32, 34]) assert.deepEqual(await scorer.score([crops[position]!]), [scores[position]]);
  assert.deepEqual(await scorer.score([]), []);
  await scorer.close();
  await assert.rejects(scorer.score(crops), { code: 'FW_MODEL_FAILED' });
});

test('a score is the sigmoid of scale × logit + offset of the card', async (t) => {
  assert.equal(calibrated(0, { scale: 3, offset: 0 }), 0.5);
  assert.ok(Math.abs(calibrated(1, { scale: 2, offset: -0.25 }) - 1 / (1 + Math.exp(-1.75))) < 1e-15);
  assert.equal(calibrated(-1e6, { scale: 1, offset: 0 }), 0);
  const folder = await temporaryFolder(t);
  const platt = (scale: number, offset: number): Record<string, unknown> => ({ calibration: { method: 'platt', scale, offset, fittedOn: 'nothing' } });
  const score = async (changes: Record<string, unknown>): Promise<number> => {
    const scorer = await frameScorer(await writeModel(folder, 'srm-residual', changes));
    const [value] = await scorer.score([{ crop: picture('x') }]);
    await scorer.close();
    return value!;
  };
  const logit = (p: number): number => Math.log(p / (1 - p));
  const plain = logit(await score(platt(1, 0)));
  assert.ok(Math.abs(logit(await score(platt(-2, 0.5))) - (-2 * plain + 0.5)) < 1e-9);
});

test('a clip scorer gives clip and frame probabilities, the same alone and beside others', async (t) => {
  const scorer = await clipScorer(await writeModel(await temporaryFolder(t), 'srm-residual-gru'));
  assert.equal(scorer.clipLength, 16);
  const clips = ['a', 'b', 'c'].map((seed) => clipOf(Array.from({ length: 16 }, (_, i) => picture(`${seed} ${i}`))));
  const scores = await scorer.score(clips);
  assert.equal(scores.length, 3);
  assert.ok(scores.every(({ clip, frames }) => clip > 0 && clip < 1 && frames.length === 16 && frames.every((p) => p > 0 && p < 1)));
  for (const [i, clip] of clips.entries()) assert.deepEqual(await scorer.score([clip]), [scores[i]]);
  const [first] = clips;
  const reversed = { faces: first!.faces.toReversed() };
  assert.notEqual((await scorer.score([reversed]))[0]!.clip, scores[0]!.clip, 'the order of the faces matters');
  await scorer.close();
});

test('a clip of another length is refused, and a card without frame calibration gives no frame probabilities', async (t) => {
  const scorer = await clipScorer(await writeModel(await temporaryFolder(t), 'srm-residual-gru', { frameCalibration: undefined }));
  const crops = Array.from({ length: 16 }, (_, i) => picture(`${i}`));
  await assert.rejects(scorer.score([clipOf(crops.slice(1))]), { code: 'FW_MODEL_FAILED', message: /15 faces, the network takes 16/ });
  assert.deepEqual((await scorer.score([clipOf(crops)]))[0]!.frames, []);
  await scorer.close();
});

test('a network with a map gives a map beside the same score, the same alone and beside others; one without gives none', async (t) => {
  const model = await loadModel(await writeModel(await temporaryFolder(t), 'srm-residual'));
  const plain = await scorerOf(model);
  assert.ok(!isClipScorer(plain) && plain.scoreWithMaps === undefined);
  const { network } = model;
  const mapped = { ...network, map: { output: 'where', meaning: 'how red it is' } };
  const graph = buildGraph('mapped', (g) => {
    const outputs = network.define(g, network);
    const red = g.clip(g.slice(g.input('unused', ['N', 3, 2, 2]), 1, 0, 1), 0, 1);
    return { ...outputs, where: red };
  });
  // The map reads the network's own input.
  const input = graph.inputs[0]!;
  const where = graph.nodes.find((node) => node.operation.op === 'slice')!;
  const wide = { ...graph, inputs: [input], nodes: graph.nodes.map((node) => (node === where ? { ...node, inputs: [input], output: { ...node.output, shape: ['N', 1, 128, 128] } } : node)) };
  const scorer = await scorerOf({ ...model, network: mapped, graph: wide });
  assert.ok(!isClipScorer(scorer) && scorer.scoreWithMaps !== undefined);
  const faces = ['a', 'b', 'c'].map((seed) => ({ crop: picture(seed) }));
  const scores = await scorer.scoreWithMaps(faces);
  assert.deepEqual(scores.map(({ probability }) => probability), await plain.score(faces));
  assert.deepEqual(scores.map(({ map }) => [map.meaning, map.width, map.height]), faces.map(() => ['how red it is', 32, 32]));
  assert.deepEqual(await scorer.scoreWithMaps([faces[1]!]), [scores[1]]);
  assert.notEqual(scores[0]!.map.values, scores[1]!.map.values);
  await Promise.all([scorer.close(), plain.close()]);
});
