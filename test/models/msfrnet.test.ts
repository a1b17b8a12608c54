import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphStatistics } from '../../src/inference/graph-statistics.js';
import { decide } from '../../src/models/decision.js';
import { MSFRNET } from '../../src/models/msfrnet.js';
import { networkGraph } from '../../src/models/registry.js';
import { tensor } from '../inference/support.js';
import { factsOf, stateDictOf } from './published-networks.js';

test('the network asks for the tensors of the published state dict, and does the published work', () => {
  assert.deepEqual(factsOf(stateDictOf(MSFRNET)), { tensors: 174, elements: 20_973_842, digest: '2827282580b5c0e5b1e361725e5729ff01679117c4f2205b97ef33b5f21e184e' });
  const { parameters, multiplyAdds } = graphStatistics(networkGraph(MSFRNET));
  assert.deepEqual([parameters, Math.round(multiplyAdds / 1e6)], [20_964_066, 20_614]);
});

test('pyramids keep their picture\'s size and stack what each of four sizes says', () => {
  const graph = networkGraph(MSFRNET);
  const shapeOf = (layer: string): readonly (number | string)[] => graph.nodes.find(({ name }) => name === layer)!.output.shape;
  assert.deepEqual(shapeOf('Multi1'), ['N', 64 + 32 + 16 + 8, 224, 224]);
  assert.deepEqual(shapeOf('Multi2'), ['N', 256 + 128 + 56 + 28, 28, 28]);
  assert.throws(() => networkGraph(MSFRNET, { inputSize: 256, clipLength: 1 }), { code: 'FW_MODEL_GRAPH', message: /input size 256/ });
});

test('the three heads vote by the sum of their logits, and class 0 is forged', () => {
  const heads = { scale1: tensor([2, 2], [1, 0, 0, 1]), scale2: tensor([2, 2], [0.5, 0, 0, 2]), scale3: tensor([2, 2], [0, 0.25, 0, 0.5]) };
  assert.deepEqual([...decide(MSFRNET.decision, heads, 2)], [1.25, -3.5]);
});
