import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { buildGraph } from '../../src/inference/graph-builder.js';
import { batchNormalisation, convolution } from '../../src/inference/layers.js';
import { bindParameters } from '../../src/inference/parameters.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { counting, tensor } from './support.js';

const graph = buildGraph('net', (g) => ({ y: batchNormalisation(g, 'bn', convolution(g, 'conv', g.input('x', ['N', 2, 4, 4]), { channels: 1, kernel: 1 })) }));
const fitting = new Map([
  ['conv.weight', counting([1, 2, 1, 1])],
  ['bn.weight', tensor([1], [1])],
  ['bn.bias', tensor([1], [0])],
  ['bn.running_mean', tensor([1], [0])],
  ['bn.running_var', tensor([1], [1])],
]);

test('fitting tensors are bound by key; the counters of batch normalisation are passed over', () => {
  const bound = bindParameters(graph, new Map([...fitting, ['bn.num_batches_tracked', tensor([], [5])]]));
  assert.deepEqual(bound, fitting);
});

test('missing, surplus, misshapen and non-finite tensors are listed by name, all at once', () => {
  const wrong = new Map([
    ['conv.weight', counting([2, 1, 1, 1])],
    ['bn.weight', tensor([1], [NaN])],
    ['bn.running_mean', tensor([1], [0])],
    ['head.bias', tensor([3], [0, 0, 0])],
    ['extra', tensor([], [0])],
  ]);
  assert.throws(() => bindParameters(graph, wrong), (error: unknown) => {
    assert.ok(error instanceof FramewitnessError);
    assert.equal(error.code, 'FW_MODEL_WEIGHTS');
    assert.deepEqual(error.message.split('\n').slice(1).map((line) => line.trim()), [
      'misshapen conv.weight: is [2, 1, 1, 1], must be [1, 2, 1, 1]',
      'not finite bn.weight',
      'missing bn.bias [1]',
      'missing bn.running_var [1]',
      'surplus head.bias [3]',
      'surplus extra []',
    ]);
    assert.match(error.message, /^net: 6 tensor/);
    return true;
  });
});

test('a graph cannot be served while a parameter has no tensor', () => {
  assert.throws(() => servingGraph(graph, new Map()), { code: 'FW_MODEL_WEIGHTS', message: /missing conv\.weight/ });
});
