import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildGraph } from '../../../src/inference/graph-builder.js';
import { convolution, fullyConnected } from '../../../src/inference/layers.js';
import { writeSafetensors } from '../../../src/inference/safetensors.js';
import { initialParameters } from '../../../src/training/train/initialise.js';
import { startingWeights } from '../../../src/training/train/start.js';
import { temporaryFolder } from '../../models/support.js';

/** Two streams of one layer each, and a head. */
const GRAPH = buildGraph('streams', (g) => {
  const x = g.input('input', ['N', 3, 4, 4]);
  const [a, b] = ['a', 'b'].map((stream) => convolution(g.scope(stream), 'conv', x, { channels: 2, kernel: 3, padding: 1 }));
  return { logits: fullyConnected(g, 'head', g.flatten(g.globalAveragePool(g.add(a!, b!))), 2) };
});

const initial = initialParameters(GRAPH, 1);
const ones = { dims: [2, 3, 3, 3], data: new Float32Array(54).fill(1) };

test('two streams start from one tensor where two rules name them, and what no rule names keeps its name', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'one.safetensors'), writeSafetensors(new Map([['conv.weight', ones], ['head.bias', { dims: [2], data: Float32Array.of(3, 4) }], ['other', ones]]), {}));
  const rename = [{ from: '', to: 'a.' }, { from: '', to: 'b.' }];
  const { parameters, found, missing, unused } = await startingWeights({ weights: 'one.safetensors', rename }, GRAPH, initial, (path) => join(folder, path));
  assert.deepEqual([found, missing, unused], [3, ['head.weight'], ['other']]);
  for (const name of ['a.conv.weight', 'b.conv.weight']) assert.deepEqual(parameters.get(name)?.data, ones.data);
  assert.deepEqual(parameters.get('head.weight'), initial.get('head.weight'));
});

test('a tensor of another shape is refused with both names', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'one.safetensors'), writeSafetensors(new Map([['conv.weight', { dims: [2, 3, 1, 1], data: new Float32Array(6) }]]), {}));
  await assert.rejects(startingWeights({ weights: 'one.safetensors', rename: [{ from: 'conv.', to: 'b.conv.' }] }, GRAPH, initial, (path) => join(folder, path)), { code: 'FW_MODEL_WEIGHTS', message: /conv\.weight is .*b\.conv\.weight needs/ });
});
