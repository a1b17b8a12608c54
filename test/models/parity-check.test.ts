import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emitOnnx } from '../../src/inference/onnx-emitter.js';
import { createSession } from '../../src/inference/onnx-runtime.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import type { FloatTensor } from '../../src/inference/tensor.js';
import type { NetworkDefinition } from '../../src/models/network.js';
import { checkParity, compareTensor, type OpenNetwork } from '../../src/models/parity-check.js';
import { parseFixture, readFixtures } from '../../src/models/parity-fixture.js';
import { findFixtureNetwork } from '../../src/models/registry.js';
import { temporaryFolder } from './support.js';

const open: OpenNetwork = (graph, parameters) => createSession(emitOnnx(servingGraph(graph, parameters)), { name: graph.name });
const fixtures = await readFixtures(new URL('../fixtures/models', import.meta.url).pathname);
const tensor = (dims: readonly number[], ...data: number[]): FloatTensor => ({ dims, data: Float32Array.from(data) });

for (const { path, fixture } of fixtures) {
  test(`${fixture.model} agrees with the published numbers, every output and every layer that the fixture probes`, async () => {
    const network = findFixtureNetwork(fixture.model);
    assert.ok(network, path);
    const result = await checkParity(fixture, network, open);
    assert.deepEqual([...result.outputs, ...result.probes].filter(({ agrees }) => !agrees), []);
    assert.ok(result.agrees);
    assert.equal(result.partsAt, null);
    assert.deepEqual(result.unmatchedProbes, []);
    assert.ok(fixture.outputs.every(({ values }) => values !== undefined) && result.probes.length >= 5);
  });
}

const frameFixture = fixtures.find(({ fixture }) => fixture.model === 'srm-residual')!.fixture;
const frameNetwork = findFixtureNetwork('srm-residual')!;

test('a network that computes something else at one layer is told by that layer, the first in order', async () => {
  const wrong: NetworkDefinition = {
    ...frameNetwork,
    define: (g, shape) => {
      const scope = g.scope.bind(g);
      // The second block sees a shifted bias.
      g.scope = (name) => {
        const block = scope(name);
        if (name === 'layer2') {
          const add = block.add.bind(block);
          block.add = (a, b, layer) => add(add(a, b, layer), block.scalar(0.01));
        }
        return block;
      };
      return frameNetwork.define(g, shape);
    },
  };
  const result = await checkParity(frameFixture, wrong, open);
  assert.equal(result.agrees, false);
  assert.equal(result.partsAt, 'layer2');
  assert.ok(result.outputs.some(({ agrees, error }) => !agrees && error! > 1e-3));
});

test('outputs and layers are found under the names that a definition gives them, and the others are listed', async () => {
  const { fixture, ...plain } = frameNetwork;
  assert.equal(fixture, undefined);
  const [output] = frameFixture.outputs;
  const renamed = { ...frameFixture, outputs: [{ ...output!, name: 'logit' }, { ...output!, name: 'reconstruction' }], probes: { stem: frameFixture.probes['rgb']!, layer1: frameFixture.probes['layer1']!, nowhere: frameFixture.probes['layer2']! } };
  const names = { model: 'published', outputs: { logit: 'frame' }, layers: { stem: 'rgb' }, omitted: ['reconstruction'] };
  const result = await checkParity(renamed, { ...plain, fixture: names }, open);
  assert.ok(result.agrees);
  assert.deepEqual(result.omittedOutputs, ['reconstruction']);
  assert.deepEqual(result.probes.map(({ name }) => name), ['stem', 'layer1']);
  assert.deepEqual(result.unmatchedProbes, ['nowhere']);
  const unnamed = await checkParity(renamed, plain, open);
  assert.ok(!unnamed.agrees);
  assert.match(unnamed.outputs[0]!.problem!, /no such output/);
});

test('each statistic and each value can part two tensors', () => {
  const expected = { shape: [4], mean: 1, rms: 2, first: [2, -1, 3, 0], last: 0, values: [2, -1, 3, 0] };
  const actual = tensor([4], 2, -1, 3, 0);
  const exact = { ...expected, rms: Math.sqrt(14 / 4) };
  assert.equal(compareTensor('x', actual, exact).error, 0);
  assert.ok(compareTensor('x', actual, exact).agrees);
  for (const change of [{ mean: 1.01 }, { rms: 1.9 }, { last: 0.01 }, { values: [2, -1, 3.01, 0] }]) assert.ok(!compareTensor('x', actual, { ...exact, ...change }).agrees, JSON.stringify(change));
  assert.ok(!compareTensor('x', tensor([4], NaN, -1, 3, 0), exact).agrees);
  assert.match(compareTensor('x', actual, { ...exact, values: [2] }).problem!, /4 values, the fixture 1/);
  assert.match(compareTensor('x', tensor([5], 1, 1, 1, 1, 1), exact).problem!, /shape is 5/);
});

test('axes of one element do not matter, and of many faces taken at once the first is compared', () => {
  const expected = { shape: [1, 2, 1, 1], mean: 0.5, rms: Math.sqrt(2.5), first: [2, -1], last: -1 };
  assert.ok(compareTensor('x', tensor([1, 2], 2, -1), expected).agrees);
  assert.ok(compareTensor('x', tensor([3, 2, 1, 1], 2, -1, 9, 9, 9, 9), expected).agrees);
  assert.ok(!compareTensor('x', tensor([2, 3], 2, -1, 9, 9, 9, 9), expected).agrees);
});

test('a folder without fixtures and a file that is none are refused by name', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(readFixtures(folder), { code: 'FW_INPUT_NOT_FOUND', message: /no fixture/ });
  await assert.rejects(readFixtures(`${folder}/none`), { code: 'FW_INPUT_NOT_FOUND', message: /cannot be read/ });
  assert.throws(() => parseFixture('{}', 'f.json'), { code: 'FW_MODEL_FORMAT', message: /f\.json: it is not a parity fixture: model: .*outputs: / });
  assert.throws(() => parseFixture('[', 'f.json'), { code: 'FW_MODEL_FORMAT', message: /not JSON/ });
});
