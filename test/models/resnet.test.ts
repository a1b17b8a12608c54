import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { graphStatistics } from '../../src/inference/graph-statistics.js';
import { resNetTrunk, SEQUENTIAL_NAMES } from '../../src/models/resnet.js';

test('networks of 18, 34 and 50 layers have the parameters and multiply-adds of the published ones', () => {
  const of = (depth: 18 | 34 | 50): readonly number[] => {
    const graph = buildGraph('resnet', (g) => ({ maps: resNetTrunk(g, g.input('x', ['N', 3, 224, 224]), depth) }));
    const { parameters, multiplyAdds } = graphStatistics(graph);
    return [parameters, Math.round(multiplyAdds / 1e7), ...graph.outputs[0]!.value.shape.slice(1).map(Number)];
  };
  // Without the last linear layer.
  assert.deepEqual(of(18), [11_176_512, 181, 512, 7, 7]);
  assert.deepEqual(of(34), [21_284_672, 366, 512, 7, 7]);
  assert.deepEqual(of(50), [23_508_032, 409, 2048, 7, 7]);
});

test('modules can be named as in one sequence', () => {
  const graph = buildGraph('resnet', (g) => ({ maps: resNetTrunk(g, g.input('x', ['N', 3, 64, 64]), 18, SEQUENTIAL_NAMES) }));
  assert.ok(graph.parameters.has('0.weight') && graph.parameters.has('7.1.bn2.running_var') && graph.parameters.has('5.0.downsample.0.weight'));
  assert.deepEqual(graph.outputs[0]!.value.name, '7');
});
