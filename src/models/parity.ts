/**
 * Deterministic weights and inputs, so that two implementations of a network can be compared without a weights file. The
 * recipe is the same in the scripts that write the fixtures (training/fixtures.py).
 */
import type { Graph } from '../inference/graph.js';
import { concreteShape } from '../inference/shapes.js';
import type { FloatTensor } from '../inference/tensor.js';

/** FNV-1a, 32 bit, over UTF-8. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** A number in [0, 1) from a 32-bit hash and a position (an integer mixer over a Weyl sequence). */
function uniform(hash: number, index: number): number {
  let z = (hash + Math.imul(index + 1, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
}

/** How a tensor of that key is spread around zero or one. */
function spread(key: string, dims: readonly number[], gain: number): (u: number) => number {
  if (key.endsWith('num_batches_tracked')) return () => 0;
  if (key.endsWith('running_var')) return (u) => 1 + 0.1 * (2 * u - 1);
  if (key.endsWith('running_mean')) return (u) => 0.1 * (2 * u - 1);
  if (dims.length >= 2) {
    const fanIn = dims.slice(1).reduce((product, extent) => product * extent, 1);
    const bound = gain * Math.sqrt(3 / fanIn);
    return (u) => (2 * u - 1) * bound;
  }
  if (key.endsWith('weight')) return (u) => 1 + 0.1 * (2 * u - 1);
  return (u) => 0.1 * (2 * u - 1);
}

function fill(seed: string, key: string, dims: readonly number[], value: (u: number) => number): FloatTensor {
  const hash = fnv1a(`${seed}/${key}`);
  const length = dims.reduce((product, extent) => product * extent, 1);
  const data = new Float32Array(length);
  // A plain loop: networks have tens of millions of these.
  for (let index = 0; index < length; index++) data[index] = value(uniform(hash, index));
  return { dims, data };
}

/** A parameter: zero-mean and scaled by fan-in where it has two axes or more, near 1 for scales and variances. */
export function parityTensor(seed: string, key: string, dims: readonly number[], gain: number): FloatTensor {
  return fill(seed, key, dims, spread(key, dims, gain));
}

/** Every parameter of a graph. */
export function parityParameters(graph: Graph, seed: string, gain: number): ReadonlyMap<string, FloatTensor> {
  return new Map([...graph.parameters].map(([key, { shape }]) => [key, parityTensor(seed, key, concreteShape(shape, 1), gain)]));
}

/** The input: uniform in [-1, 1), or in [0, 1). */
export function parityInput(seed: string, dims: readonly number[], range: '[-1,1)' | '[0,1)' = '[-1,1)'): FloatTensor {
  return fill(seed, 'input', dims, range === '[0,1)' ? (u) => u : (u) => 2 * u - 1);
}
