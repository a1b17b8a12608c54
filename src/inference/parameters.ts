/** Binding of published tensors to the parameters that a graph asks for. */
import { FramewitnessError } from '../domain/errors.js';
import type { Graph } from './graph.js';
import { sameShape, showShape } from './shapes.js';
import type { FloatTensor } from './tensor.js';

/** Counters that PyTorch keeps with batch normalisation and that no score depends on. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/** A plain loop: networks have tens of millions of numbers, and a callback for each takes seconds. */
function allFinite(data: Float32Array): boolean {
  for (const value of data) if (!Number.isFinite(value)) return false;
  return true;
}

/**
 * Checks that `tensors` are exactly the graph's parameters.
 *
 * @param tensors - tensors by state-dict key; `num_batches_tracked` is passed over
 * @returns a tensor for every parameter, by key
 * @throws FramewitnessError FW_MODEL_WEIGHTS listing every missing, surplus, misshapen or non-finite tensor
 */
export function bindParameters(graph: Graph, tensors: ReadonlyMap<string, FloatTensor>): ReadonlyMap<string, FloatTensor> {
  const bound = new Map<string, FloatTensor>();
  const problems: string[] = [];
  for (const [key, { shape }] of graph.parameters) {
    const tensor = tensors.get(key);
    if (tensor === undefined) problems.push(`missing ${key} ${showShape(shape)}`);
    else if (!sameShape(tensor.dims, shape)) problems.push(`misshapen ${key}: is ${showShape(tensor.dims)}, must be ${showShape(shape)}`);
    else if (!allFinite(tensor.data)) problems.push(`not finite ${key}`);
    else bound.set(key, tensor);
  }
  for (const [key, tensor] of tensors) {
    if (!graph.parameters.has(key) && !COUNTER.test(key)) problems.push(`surplus ${key} ${showShape(tensor.dims)}`);
  }
  if (problems.length > 0) {
    throw new FramewitnessError('FW_MODEL_WEIGHTS', `${graph.name}: ${problems.length} tensor(s) do not fit:\n  ${problems.join('\n  ')}`);
  }
  return bound;
}
