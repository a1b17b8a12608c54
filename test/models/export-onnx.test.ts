import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readOnnxFacts } from '../../src/inference/onnx-schema.js';
import type { NetworkSession } from '../../src/inference/session.js';
import { createTensorflowSession } from '../../src/inference/tensorflow/session.js';
import type { FloatTensor } from '../../src/inference/tensor.js';
import { openNetwork } from '../../src/models/executors.js';
import { exportOnnx, type ExportSource } from '../../src/models/export-onnx.js';
import { loadModel, shapeOf } from '../../src/models/load.js';
import { parityInput, parityParameters } from '../../src/models/parity.js';
import { anyLengthGraph, findNetwork, networkGraph, NETWORKS } from '../../src/models/registry.js';
import { judgingGraph } from '../../src/models/scorers.js';

const SOFTWARE = 'framewitness test';
const card = (name: string): string => join(import.meta.dirname, `../../weights/${name}.card.json`);

async function shipped(name: string, precision: 'float32' | 'int8' = 'float32'): Promise<ExportSource> {
  const { network, card: read, graph, parameters, identity } = await loadModel(card(name), { precision });
  return { network, shape: shapeOf(read), graph, range: read.input.range, parameters, card: read, digest: identity.digest };
}

/** As another program would run the file: ONNX Runtime with its own defaults. */
async function runFile(onnx: Uint8Array, input: FloatTensor): Promise<Readonly<Record<string, FloatTensor>>> {
  const session = await InferenceSession.create(onnx);
  const outputs = await session.run({ input: new Tensor('float32', input.data, input.dims) });
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]));
}

async function runSession(session: NetworkSession, input: FloatTensor): Promise<Readonly<Record<string, FloatTensor>>> {
  const outputs = await session.run({ input });
  await session.close();
  return outputs;
}

/** Fails unless both have the same outputs, and each differs by less than `tolerance` of its rms. */
function assertClose(actual: Readonly<Record<string, FloatTensor>>, expected: Readonly<Record<string, FloatTensor>>, tolerance: number): void {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, { data, dims }] of Object.entries(expected)) {
    assert.deepEqual(actual[name]!.dims, dims, name);
    const rms = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    assert.ok(rms > 0, name);
    const worst = Math.max(...data.map((x, i) => Math.abs(x - actual[name]!.data[i]!)));
    assert.ok(worst <= tolerance * rms, `${name}: ${worst} of ${rms}`);
  }
}

for (const precision of ['float32', 'int8'] as const) {
  test(`a frame model in ${precision}, read by ONNX Runtime from its file, gives what the executor gives, at two batch sizes`, async () => {
    const source = await shipped('srm-residual', precision);
    const { onnx } = exportOnnx(source, { precision, software: SOFTWARE });
    const ranges = precision === 'int8' ? { ranges: new Map(Object.entries(source.card!.quantisation!.ranges)) } : {};
    for (const batch of [1, 3]) {
      const input = parityInput('exported', [batch, 3, 128, 128]);
      const actual = await runFile(onnx, input);
      const { session } = await openNetwork(judgingGraph(source), source.parameters, 'x', ranges);
      assertClose(actual, await runSession(session, input), 1e-6);
      if (precision === 'float32') assertClose(actual, await runSession(await createTensorflowSession(source.graph, source.parameters, { backend: 'wasm' }), input), 1e-4);
    }
  });
}

test('a clip model takes clips of any length, as the same network built for each', async () => {
  const network = findNetwork('dual-level-cnn');
  const shape = { inputSize: 32, clipLength: 16 };
  const parameters = parityParameters(networkGraph(network, shape), 'any', 1);
  const { onnx, graph } = exportOnnx({ network, shape, graph: networkGraph(network, shape), range: network.range, parameters, seed: 'any' }, { precision: 'float32', anyLength: true, software: SOFTWARE });
  assert.deepEqual(graph.inputs[0]!.shape, ['N', 'T', 3, 32, 32]);
  for (const [batch, length] of [[1, 3], [2, 5]] as const) {
    const input = parityInput('clip', [batch, length, 3, 32, 32]);
    const { session } = await openNetwork(networkGraph(network, { inputSize: 32, clipLength: length }), parameters, 'x', {});
    assertClose(await runFile(onnx, input), await runSession(session, input), 1e-5);
  }
});

test('the shipped clip model of any length gives at its own length what the executor gives, at another what TensorFlow.js gives', async () => {
  const source = await shipped('srm-residual-gru');
  const { onnx } = exportOnnx(source, { precision: 'float32', anyLength: true, software: SOFTWARE });
  const own = parityInput('own', [2, 16, 3, 128, 128]);
  const { session } = await openNetwork(judgingGraph(source), source.parameters, 'x', {});
  assertClose(await runFile(onnx, own), await runSession(session, own), 1e-6);
  const other = parityInput('other', [2, 5, 3, 128, 128]);
  assertClose(await runFile(onnx, other), await runSession(await createTensorflowSession(anyLengthGraph(source.network)!, source.parameters, { backend: 'wasm' }), other), 1e-4);
});

test('the file says what goes in, what comes out, what it means, and whose it is', async () => {
  const source = await shipped('srm-residual-gru', 'int8');
  const { onnx } = exportOnnx(source, { precision: 'int8', software: SOFTWARE });
  const { metadata, opset, irVersion, inputs, outputs } = readOnnxFacts(onnx, 'x.onnx');
  assert.deepEqual({ opset, irVersion, inputs, outputs }, {
    opset: 17,
    irVersion: 8,
    inputs: [{ name: 'input', shape: ['N', 16, 3, 128, 128] }],
    outputs: [{ name: 'clip', shape: ['N', 1] }, { name: 'frame', shape: ['N', 16] }],
  });
  const parsed = (key: string): Record<string, unknown> => JSON.parse(metadata[`framewitness.${key}`]!) as Record<string, unknown>;
  assert.equal(metadata['model_license'], source.card!.licence.weights);
  assert.equal(metadata['framewitness.digest'], source.digest);
  assert.equal(metadata['framewitness.weights_sha256'], source.card!.weights.sha256);
  assert.equal(metadata['framewitness.precision'], 'int8');
  assert.equal(metadata['framewitness.software'], SOFTWARE);
  const { layout, size, clipLength, order, divisor, mean, deviation, cropScale } = parsed('input');
  assert.deepEqual({ layout, size, clipLength, order, divisor, mean, deviation, cropScale }, { layout: 'NTCHW', size: 128, clipLength: 16, order: 'rgb', divisor: 127.5, mean: [1, 1, 1], deviation: [1, 1, 1], cropScale: 1.3 });
  assert.deepEqual((parsed('outputs') as unknown as { name: string }[]).map(({ name }) => name), ['clip', 'frame']);
  assert.deepEqual({ ...parsed('decision'), rule: '' }, { kind: 'sigmoid', output: 'clip', fake: 1, rule: '' });
  assert.equal(parsed('frame_decision')['output'], 'frame');
  assert.equal(parsed('calibration')['scale'], source.card!.calibration.scale);
  assert.deepEqual(parsed('limits'), source.card!.limits);
  assert.throws(() => readOnnxFacts(onnx.subarray(0, 1000), 'cut.onnx'), { code: 'FW_MODEL_FORMAT', message: /cut\.onnx/ });
});

test('random weights are named as such, and all outputs are there where they are asked for', () => {
  const network = findNetwork('meso4');
  const shape = { inputSize: 64, clipLength: 1 };
  const graph = networkGraph(network, shape);
  const source: ExportSource = { network, shape, graph, range: network.range, parameters: parityParameters(graph, '7', 1), seed: '7' };
  const of = (allOutputs: boolean): ReturnType<typeof readOnnxFacts> => readOnnxFacts(exportOnnx(source, { precision: 'float32', allOutputs, software: SOFTWARE }).onnx, 'x');
  assert.deepEqual(of(false).outputs.map(({ name }) => name), ['logits']);
  assert.deepEqual(of(true).outputs.map(({ name }) => name), ['logits', 'features']);
  const { metadata } = of(false);
  assert.equal(metadata['framewitness.random_weights'], '7');
  assert.ok(!('framewitness.weights_sha256' in metadata) && !('model_license' in metadata) && !('framewitness.calibration' in metadata));
});

test('no weight is in the file that nothing reads: a recurrent layer\'s are there once, in the order of ONNX', async () => {
  const source = await shipped('srm-residual-gru');
  const { onnx } = exportOnnx(source, { precision: 'float32', software: SOFTWARE });
  const numbers = [...source.parameters.values()].reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(onnx.length < 4 * numbers + 30_000, `${onnx.length} bytes for ${numbers} numbers`);
});

test('networks whose layers depend on the length of the clip have no graph for any length', () => {
  assert.deepEqual(NETWORKS.filter((network) => anyLengthGraph(network) !== undefined).map(({ name }) => name), ['srm-residual-gru', 'dual-level-cnn']);
});
