import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph } from '../../src/inference/graph.js';
import { graphStatistics } from '../../src/inference/graph-statistics.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import type { FloatTensor } from '../../src/inference/tensor.js';
import { decide } from '../../src/models/decision.js';
import { LUO2021, LUO2021_DEEPFAKEBENCH } from '../../src/models/luo2021.js';
import { parityInput, parityParameters } from '../../src/models/parity.js';
import { networkGraph } from '../../src/models/registry.js';
import { runGraph, tensor } from '../inference/support.js';
import { factsOf, stateDictOf } from './published-networks.js';

test('both versions ask for the tensors of their published state dicts that the result depends on', () => {
  assert.deepEqual(factsOf(stateDictOf(LUO2021)), { tensors: 534, elements: 53_352_044, digest: 'f68280bb1cc9b7a649f69a940cb99fd6cbc5bf88e2761ed0ee499fa19ed6f1b9' });
  assert.deepEqual(factsOf(stateDictOf(LUO2021_DEEPFAKEBENCH)), { tensors: 534, elements: 53_352_044, digest: 'bcd730efdbc914145e75a479ce6a37eabbc56f009cd5699762a2845d332c22ce' });
  // Published: 53 250 128, of which 7 650 are fixed filters and 4 098 a classifier that nothing reads.
  assert.equal(graphStatistics(networkGraph(LUO2021)).parameters, 53_250_128 - 7_650 - 4_098);
});

test('any multiple of 16 is built for, the attention with a linear layer over its places; other sizes are refused', () => {
  for (const inputSize of [32, 64, 224, 256, 320]) {
    const graph = networkGraph(LUO2021, { inputSize, clipLength: 1 });
    const places = (inputSize / 16) ** 2;
    for (const key of ['dual_cma0.linear1.weight', 'dual_cma1.linear2.weight']) assert.deepEqual(graph.parameters.get(key)!.shape, [places, places]);
    const attention = graph.outputs.find(({ name }) => name === LUO2021.map!.output)!.value;
    assert.deepEqual(attention.shape, ['N', 1, inputSize / 2 - 3, inputSize / 2 - 3]);
  }
  for (const inputSize of [16, 250, 299]) assert.throws(() => networkGraph(LUO2021, { inputSize, clipLength: 1 }), { code: 'FW_MODEL_GRAPH' }, String(inputSize));
});

/** A graph with one more output, a layer's. */
function probed(graph: Graph, layer: string): Graph {
  const node = graph.nodes.find(({ name }) => name === layer);
  assert.ok(node, layer);
  return { ...graph, outputs: [...graph.outputs, { name: 'probe', value: node.output }] };
}

test('with the same weights the two versions differ by the fusion\'s residual path alone', async () => {
  const shape = { inputSize: 32, clipLength: 1 };
  const input = parityInput('another seed', [2, 3, 32, 32]);
  const authors = networkGraph(LUO2021, shape);
  const parameters = parityParameters(authors, 'another seed', 0.7);
  const renamed = (key: string): string => key.replace('xception_rgb.model.last_linear.1.', 'backbone_rgb.last_linear.').replace(/^xception_(rgb|srm)\.model\./, 'backbone_$1.');
  const others = new Map<string, FloatTensor>([...parameters].map(([key, value]) => [renamed(key), value]));
  const one = await runGraph(servingGraph(probed(authors, 'fusion.attended'), parameters), { input });
  const two = await runGraph(servingGraph(probed(networkGraph(LUO2021_DEEPFAKEBENCH, shape), 'fusion.attended'), others), { input });
  assert.deepEqual(two['attention'], one['attention']);
  assert.deepEqual(two['probe'], one['probe']);
  assert.ok(one['features']!.data.some((value) => value > 0));
  assert.ok(one['features']!.data.every((value, i) => value >= two['features']!.data[i]!));
  assert.notDeepEqual(two['logits'], one['logits']);
});

test('class 1 is forged', () => {
  for (const network of [LUO2021, LUO2021_DEEPFAKEBENCH]) assert.deepEqual([...decide(network.decision, { logits: tensor([1, 2], [-1, 2]) }, 1)], [3]);
});
