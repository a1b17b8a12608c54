import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { graphStatistics } from '../../src/inference/graph-statistics.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { CAO2021, caoHead, caoTail } from '../../src/models/cao2021.js';
import { caoDiscriminator } from '../../src/models/cao2021-discriminator.js';
import { decide } from '../../src/models/decision.js';
import { parityInput, parityParameters } from '../../src/models/parity.js';
import { networkGraph } from '../../src/models/registry.js';
import { runGraph, tensor } from '../inference/support.js';
import { factsOf, stateDictOf } from './published-networks.js';

test('the network asks for the tensors of the published state dicts of head and tail', () => {
  assert.deepEqual(factsOf(stateDictOf(CAO2021)), { tensors: 236, elements: 20_868_760, digest: '3c6571c86ef726bbfcee385aa4d8360581cf399c015cea4c96867bb3fa300904' });
  assert.equal(graphStatistics(networkGraph(CAO2021)).parameters, 7_569_944 + 13_244_288);
});

test('the embedding has no value below zero, the mask is one of probabilities over the features', async () => {
  const graph = networkGraph(CAO2021, { inputSize: 96, clipLength: 1 });
  const { embedding, mask } = await runGraph(servingGraph(graph, parityParameters(graph, 'another seed', 0.7)), { input: parityInput('another seed', [2, 3, 96, 96]) });
  assert.deepEqual(embedding!.dims, [2, 2048]);
  assert.ok(embedding!.data.every((value) => value >= 0) && embedding!.data.some((value) => value > 0));
  assert.deepEqual(mask!.dims, [2, 1, 6, 6]);
  assert.ok(mask!.data.every((value) => value > 0 && value < 1));
  assert.equal(CAO2021.map!.output, 'mask');
});

test('head and tail can be built apart, the tail from a head of its own and from any other', () => {
  const head = buildGraph('head', (g) => ({ ...caoHead(g, g.input('x', ['N', 3, 299, 299])) }));
  assert.deepEqual(Object.fromEntries(head.outputs.map(({ name, value }) => [name, value.shape])), { masked: ['N', 728, 19, 19], mask: ['N', 1, 19, 19], features: ['N', 728, 19, 19] });
  const tail = buildGraph('tail', (g) => ({ embedding: caoTail(g, g.input('x', ['N', 728, 19, 19])) }));
  assert.equal(graphStatistics(tail).parameters, 13_244_288);
});

test('the discriminator judges two sets of features at once', () => {
  const graph = buildGraph('discriminator', (g) => ({ score: caoDiscriminator(g, g.input('pair', ['N', 2 * 728, 19, 19])) }));
  assert.deepEqual(graph.outputs[0]!.value.shape, ['N', 1]);
  const convolutions = [[1456, 1456, 9], [2048, 1456, 16], [2048, 2048, 16], [2048, 2048, 16]];
  assert.equal(graphStatistics(graph).parameters, convolutions.reduce((sum, [outputs, inputs, taps]) => sum + outputs! * inputs! * taps! + outputs!, 0) + 2048 + 1);
});

test('a face is forged where its embedding is longer than the threshold', () => {
  const embedding = tensor([2, 3], [0, 0, 0.1, 12, 0, 5]);
  const [real, forged] = decide(CAO2021.decision, { embedding }, 2);
  assert.ok(Math.abs(real! - (0.1 - 9)) < 1e-6 && Math.abs(forged! - (13 - 9)) < 1e-6);
});
