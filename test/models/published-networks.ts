/** What the tests of published networks share: the state dict that a graph asks for, and facts about listings of state dicts. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { emitOnnx } from '../../src/inference/onnx-emitter.js';
import { createSession } from '../../src/inference/onnx-runtime.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import type { NetworkDefinition } from '../../src/models/network.js';
import { checkParity, type OpenNetwork } from '../../src/models/parity-check.js';
import { parseFixture } from '../../src/models/parity-fixture.js';
import { findFixtureNetwork, networkGraph } from '../../src/models/registry.js';

/** Runs a network as it is served. */
export const openServing: OpenNetwork = (graph, parameters) => createSession(emitOnnx(servingGraph(graph, parameters)), { name: graph.name });

/** `key [shape]` of every tensor that a network loads, sorted. */
export function stateDictOf(network: NetworkDefinition): readonly string[] {
  return [...networkGraph(network).parameters].map(([key, { shape }]) => `${key} [${shape.join(', ')}]`).sort();
}

/** The same of a listing: tab-separated key, shape in parentheses, type. Counters and keys that begin with `unused` are left out. */
export function stateDictOfListing(text: string, unused: readonly string[]): readonly string[] {
  return text.split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t') as [string, string])
    .filter(([key]) => !key.endsWith('num_batches_tracked') && !unused.some((beginning) => key.startsWith(beginning)))
    .map(([key, shape]) => `${key} [${shape.replace(/[(),]/g, ' ').trim().split(/\s+/).join(', ')}]`)
    .sort();
}

/** Tensors, elements in all of them, and SHA-256 of the sorted list. */
export function factsOf(tensors: readonly string[]): { readonly tensors: number; readonly elements: number; readonly digest: string } {
  const elements = tensors.map((tensor) => (/\[(.*)\]/.exec(tensor)?.[1] ?? '').split(', ').reduce((product, extent) => product * Number(extent), 1));
  return { tensors: tensors.length, elements: elements.reduce((total, n) => total + n, 0), digest: createHash('sha256').update(tensors.join('\n')).digest('hex') };
}

/** Fails unless every output and every probe of a fixture in test/fixtures/parity has its counterpart and agrees. */
export async function assertParity(model: string): Promise<void> {
  const url = new URL(`../fixtures/parity/${model}.json`, import.meta.url);
  const fixture = parseFixture(await readFile(url, 'utf8'), url.pathname);
  const network = findFixtureNetwork(model);
  assert.ok(network, model);
  const result = await checkParity(fixture, network, openServing);
  assert.deepEqual([...result.outputs, ...result.probes].filter(({ agrees }) => !agrees), []);
  assert.ok(result.agrees);
  assert.equal(result.outputs.length, fixture.outputs.length);
  assert.deepEqual(result.unmatchedProbes, []);
}
