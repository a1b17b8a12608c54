import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { graphStatistics } from '../../src/inference/graph-statistics.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { decide } from '../../src/models/decision.js';
import { MESO4, MESO4_KERAS, mesoKerasClassifier } from '../../src/models/meso4.js';
import { MESO_INCEPTION4, MESO_INCEPTION4_KERAS } from '../../src/models/meso-inception4.js';
import type { NetworkDefinition } from '../../src/models/network.js';
import { networkGraph } from '../../src/models/registry.js';
import { counting, runGraph, tensor } from '../inference/support.js';
import { assertParity, factsOf, stateDictOf } from './published-networks.js';

for (const model of ['meso4', 'meso_inception4']) {
  test(`${model} agrees with PyTorch at every output and probed layer`, () => assertParity(model));
}

test('the networks ask for the tensors of the published state dicts', () => {
  assert.deepEqual(factsOf(stateDictOf(MESO4)), { tensors: 16, elements: 27_946, digest: '86f96aa6d1e49e0c6956d4e4762832717b292859e017de7d91262021a3b65132' });
  assert.deepEqual(factsOf(stateDictOf(MESO_INCEPTION4)), { tensors: 32, elements: 28_603, digest: 'ded1f3a4089897d55c773d990707ba3ac5f6ad3080b5594cd1ac06ff5f493fd7' });
});

test("the authors' networks have the published parameters, and a layer of ours for each of theirs", () => {
  const keys = (network: NetworkDefinition): readonly string[] => [...new Set([...networkGraph(network).parameters.keys()].map((key) => key.slice(0, key.lastIndexOf('.'))))].sort();
  for (const [network, parameters] of [[MESO4_KERAS, 27_977], [MESO_INCEPTION4_KERAS, 28_615]] as const) {
    assert.equal(graphStatistics(networkGraph(network)).parameters, parameters);
    assert.deepEqual(Object.values(network.checkpoint!.keras!).flat().sort(), keys(network));
  }
});

test('each form adds to variances what its library does', () => {
  const epsilons = (network: NetworkDefinition): ReadonlySet<number> =>
    new Set(networkGraph(network).nodes.flatMap(({ operation }) => (operation.op === 'batchNorm' ? [operation.epsilon] : [])));
  for (const network of [MESO4, MESO_INCEPTION4]) assert.deepEqual(epsilons(network), new Set([1e-5]), network.name);
  for (const network of [MESO4_KERAS, MESO_INCEPTION4_KERAS]) assert.deepEqual(epsilons(network), new Set([1e-3]), network.name);
});

test("only the authors' form has a ReLU inside the inception modules", () => {
  const activations = (network: NetworkDefinition): number => networkGraph(network).nodes.filter(({ operation }) => operation.op === 'relu').length;
  assert.deepEqual([activations(MESO_INCEPTION4), activations(MESO_INCEPTION4_KERAS)], [2, 2 + 14]);
});

test("the authors' classifier reads the map row by row, channels last", async () => {
  const graph = buildGraph('classifier', (g) => ({ real: mesoKerasClassifier(g, g.input('x', ['N', 16, 8, 8])) }));
  const [channel, row, column] = [5, 3, 6];
  const read = new Float32Array(16 * 1024);
  read[(row * 8 + column) * 16 + channel] = 0.001;
  const only = Float32Array.from({ length: 16 }, (_, i) => (i === 0 ? 1 : 0));
  const parameters = new Map([
    ['dense_1.weight', tensor([16, 1024], read)],
    ['dense_1.bias', tensor([16], new Float32Array(16))],
    ['dense_2.weight', tensor([1, 16], only)],
    ['dense_2.bias', tensor([1], [0])],
  ]);
  const { real } = await runGraph(servingGraph(graph, parameters), { x: counting([1, 16, 8, 8]) });
  const value = 0.001 * ((channel * 8 + row) * 8 + column);
  assert.ok(Math.abs(real!.data[0]! - 1 / (1 + Math.exp(-value))) < 1e-6);
});

test('two classes number 1 as forged, the one output is 1 for a real face', () => {
  for (const network of [MESO4, MESO_INCEPTION4]) {
    assert.deepEqual([...decide(network.decision, { logits: tensor([2, 2], [-1, 2, 3, 0]) }, 2)], [3, -3]);
  }
  for (const network of [MESO4_KERAS, MESO_INCEPTION4_KERAS]) {
    const [forged, real] = decide(network.decision, { real: tensor([2, 1], [0.125, 0.875]) }, 2);
    assert.ok(Math.abs(forged! - Math.log(7)) < 1e-9 && Math.abs(real! + Math.log(7)) < 1e-9);
  }
});
