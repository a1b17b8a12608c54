/** Weights to begin with, spread as PyTorch's layers spread theirs. */
import type { Graph, GraphNode } from '../../inference/graph.js';
import { concreteShape } from '../../inference/shapes.js';
import type { FloatTensor } from '../../inference/tensor.js';
import { Random } from '../random.js';

/** Either one value, or uniform numbers in [-bound, bound). */
type Spread = { readonly value: number } | { readonly bound: number };

const product = (numbers: readonly number[]): number => numbers.reduce((total, n) => total * n, 1);
const fanIn = (dims: readonly number[]): Spread => ({ bound: 1 / Math.sqrt(Math.max(1, product(dims.slice(1)))) });

/** What a node makes of the parameter that is its input at a position; undefined where it says nothing about it. */
function spreadBy({ operation, inputs }: GraphNode, position: number): Spread | undefined {
  switch (operation.op) {
    case 'conv2d':
    case 'linear':
      // Kaiming-uniform with a = √5, which is 1 / √fan-in; the bias likewise.
      return position === 0 ? undefined : fanIn(concreteShape(inputs[1]?.shape ?? [], 1));
    case 'batchNorm':
      return position === 0 ? undefined : { value: position === 1 || position === 4 ? 1 : 0 };
    case 'gru':
    case 'lstm':
      return position === 0 ? undefined : { bound: 1 / Math.sqrt(operation.hiddenSize) };
    case 'prelu':
      return position === 1 ? { value: 0.25 } : undefined;
    default:
      return undefined;
  }
}

/** By the name alone, for parameters that no layer of a known kind reads directly. */
function spreadByName(key: string, dims: readonly number[]): Spread {
  if (dims.length >= 2) return fanIn(dims);
  return { value: /(^|\.)(weight|running_var)$/.test(key) ? 1 : 0 };
}

/**
 * A tensor for every parameter of a graph.
 *
 * @param seed - another one gives other weights
 */
export function initialParameters(graph: Graph, seed: number): Map<string, FloatTensor> {
  const spreads = new Map<string, Spread>();
  for (const node of graph.nodes) {
    node.inputs.forEach(({ origin }, position) => {
      const spread = origin.kind === 'parameter' ? spreadBy(node, position) : undefined;
      if (origin.kind === 'parameter' && spread !== undefined) spreads.set(origin.key, spread);
    });
  }
  return new Map(
    [...graph.parameters].map(([key, { shape }]) => {
      const dims = concreteShape(shape, 1);
      const spread = spreads.get(key) ?? spreadByName(key, dims);
      const data = new Float32Array(product(dims));
      if ('value' in spread) data.fill(spread.value);
      else {
        const random = new Random(seed).fork(key);
        for (let i = 0; i < data.length; i++) data[i] = random.uniform(-spread.bound, spread.bound);
      }
      return [key, { dims, data }];
    }),
  );
}
