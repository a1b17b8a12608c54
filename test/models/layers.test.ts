/** Parameters and multiply-adds against what the published networks have (counted there by PyTorch). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { graphStatistics, layerStatistics } from '../../src/inference/graph-statistics.js';
import { convolution, fullyConnected, recurrentLayers } from '../../src/inference/layers.js';
import { findNetwork, networkGraph, NETWORKS } from '../../src/models/registry.js';

/** Fixed taps of Luo et al.'s residual filters and the classifier of the noise stream that nothing reads: not parameters here. */
const LUO_UNUSED = 7_650 + 2 * 2048 + 2;

const PUBLISHED: Readonly<Record<string, number>> = {
  msfrnet: 20_964_066,
  luo2021: 53_250_128 - LUO_UNUSED,
  cao2021: 7_569_944 + 13_244_288,
  xception: 20_811_050,
  'meso4-keras': 27_977,
  'meso-inception4-keras': 28_615,
  'dual-level-gru': 26_069_058,
  'dual-level-lstm': 26_922_562,
  'capsule-forensics-v2': 1_571_070 + 2_325_568,
};

test('networks have the number of parameters that the published ones have', () => {
  assert.deepEqual(Object.fromEntries(Object.keys(PUBLISHED).map((name) => [name, graphStatistics(networkGraph(findNetwork(name))).parameters])), PUBLISHED);
  // Of the 16,912,714 of LGRR's released module 10.76 million lead to no output, and are not built.
  assert.equal(((16_912_714 - graphStatistics(networkGraph(findNetwork('lgrr'))).parameters) / 1e6).toFixed(2), '10.76');
});

test('networks take the multiply-adds that the published ones take, in units of the last digit published', () => {
  const billions = (name: string, faces = 1): number => layerStatistics(networkGraph(findNetwork(name))).filter(({ operation }) => operation === 'conv2d' || operation === 'linear').reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0) / faces / 1e9;
  assert.equal(billions('msfrnet').toFixed(1), '20.6');
  assert.equal(billions('xception').toFixed(2), '8.36');
  assert.equal(billions('lgrr').toFixed(1), '90.8');
  assert.equal(billions('meso4-keras').toFixed(2), '0.06');
  assert.equal(billions('dual-level-gru', 16).toFixed(3), '0.334');
});

test('layers add up to the network, for every network', () => {
  for (const network of NETWORKS) {
    const graph = networkGraph(network);
    const layers = layerStatistics(graph);
    const sum = (of: 'parameters' | 'multiplyAdds'): number => layers.reduce((total, layer) => total + layer[of], 0);
    assert.deepEqual({ parameters: sum('parameters'), multiplyAdds: sum('multiplyAdds') }, graphStatistics(graph), network.name);
    assert.equal(new Set(layers.map(({ name }) => name)).size, layers.length, network.name);
  }
});

test('each kind of layer is counted as by hand; what is made of parameters alone is the layer\'s that reads it', () => {
  const graph = buildGraph('small', (g) => {
    const x = g.input('input', ['N', 4, 8, 8]);
    const y = convolution(g, 'conv', x, { channels: 6, kernel: 3, padding: 1, groups: 2, bias: true });
    const kernel = g.mul(g.parameter('raw', [2, 6, 1, 1]), g.scalar(0.5), 'kernel');
    const z = g.conv2d(y, kernel, {}, 'point');
    const rows = g.reshape(z, ['N', 2, 64], 'rows');
    const states = recurrentLayers(g, 'gru', rows, { cell: 'gru', hiddenSize: 5 });
    return { y: fullyConnected(g, 'head', g.matMul(states, g.transpose(states, [0, 2, 1], 'turned'), 'product'), 3) };
  });
  assert.deepEqual(layerStatistics(graph).map(({ name, output, parameters, multiplyAdds }) => [name, output.join('×'), parameters, multiplyAdds]), [
    ['conv', 'N×6×8×8', 6 * 2 * 9 + 6, 6 * 64 * 2 * 9],
    ['point', 'N×2×8×8', 12, 2 * 64 * 6],
    ['rows', 'N×2×64', 0, 0],
    ['gru', 'N×2×5', 3 * 5 * (64 + 5) + 2 * 15, 2 * 3 * 5 * (64 + 5)],
    ['turned', 'N×5×2', 0, 0],
    ['product', 'N×2×2', 0, 2 * 2 * 5],
    ['head', 'N×2×3', 9, 2 * 2 * 3],
  ]);
});
