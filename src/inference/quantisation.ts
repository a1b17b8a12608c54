/**
 * Which parts of a network run in 8-bit integers, and with what scales: convolutions with weights known before the run, and
 * the operations between them. What comes before the first convolution, that convolution, every result, attention, recurrent
 * and fully connected layers stay float32.
 */
import type { Graph, GraphNode, OperationName, Value } from './graph.js';
import type { FloatTensor } from './tensor.js';

/** Least and largest number that an inner value takes, by the value's name. */
export type ActivationRanges = ReadonlyMap<string, readonly [minimum: number, maximum: number]>;

/** real = scale × (stored - zeroPoint), stored from 0 to 255. */
export interface ActivationScale {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** What runs in 8 bits. */
export interface QuantisationPlan {
  /** Nodes whose inputs and result are 8-bit, by name. */
  readonly nodes: ReadonlySet<string>;
  /** Values stored in 8 bits, by id, with the value whose scale they have: themselves, or what only moved through them. */
  readonly values: ReadonlyMap<number, Value>;
  /** ReLUs that cost nothing, by name, with the node before them: 0 is the least number that their 8 bits hold. */
  readonly rectified: ReadonlyMap<string, GraphNode>;
  /** Values whose ranges are needed. */
  readonly ranged: readonly Value[];
}

/** Between 8-bit values, on 8-bit values. */
const BETWEEN: ReadonlySet<OperationName> = new Set(['relu', 'add', 'concat', 'maxPool']);
/** Results among the numbers that went in: the same scale. */
const MOVING: ReadonlySet<OperationName> = new Set(['maxPool']);

const isConvolution = ({ operation, inputs }: GraphNode): boolean => operation.op === 'conv2d' && inputs.slice(1).every(({ origin }) => origin.kind === 'constant');

/**
 * @param graph - folded, see `servingGraph`
 */
export function planQuantisation(graph: Graph): QuantisationPlan {
  const results = new Set(graph.outputs.map(({ value }) => value.id));
  const makers = new Map(graph.nodes.map((node) => [node.output.id, node]));
  const readers = new Map<number, GraphNode[]>();
  for (const node of graph.nodes) for (const { id } of new Set(node.inputs)) readers.set(id, [...(readers.get(id) ?? []), node]);
  const behindConvolution = new Set<number>();
  const convolutions = new Set<GraphNode>();
  for (const node of graph.nodes) {
    const behind = node.inputs.some(({ id }) => behindConvolution.has(id));
    if (isConvolution(node) && behind && !results.has(node.output.id)) convolutions.add(node);
    if (behind || node.operation.op === 'conv2d') behindConvolution.add(node.output.id);
  }
  const read = new Set([...convolutions].map(({ inputs }) => inputs[0]?.id));
  const nodes = new Set<string>();
  const values = new Map<number, Value>();
  const rectified = new Map<string, GraphNode>();
  for (const node of graph.nodes) {
    const { output, operation, inputs, name } = node;
    const between = BETWEEN.has(operation.op) && !results.has(output.id) && inputs.every(({ id }) => values.has(id));
    const x = inputs[0];
    if (convolutions.has(node) || between) nodes.add(name);
    else if (!read.has(output.id) || results.has(output.id)) continue;
    const scaleOf = between && MOVING.has(operation.op) && x !== undefined ? values.get(x.id) : undefined;
    values.set(output.id, scaleOf ?? output);
    const before = x === undefined ? undefined : makers.get(x.id);
    if (!between || operation.op !== 'relu' || before === undefined || readers.get(before.output.id)?.length !== 1) continue;
    if (!nodes.has(before.name) || (before.operation.op !== 'conv2d' && before.operation.op !== 'add')) continue;
    rectified.set(name, before);
    values.delete(before.output.id);
  }
  return { nodes, values, rectified, ranged: [...new Set(values.values())] };
}

/** The scale that covers a range and zero, which must be exact: it is what convolutions are padded with. */
export function activationScale([minimum, maximum]: readonly [number, number]): ActivationScale {
  const [low, high] = [Math.min(0, minimum), Math.max(0, maximum)];
  const scale = Math.fround((high - low) / 255);
  // A value that is always zero: any scale holds it.
  if (!(scale > 1e-30)) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

/**
 * Largest weight as stored. Seven bits and not eight: on processors without 8-bit dot products (AVX2 without VNNI) two
 * products are added in 16 bits, and 2 × 255 × 64 is what those hold. With eight bits sums would be cut off there, silently,
 * and one machine's verdicts would not be another's.
 */
const WEIGHT_LIMIT = 64;

/** Weights as signed bytes, each output channel with its own scale and zero at zero. */
export function quantiseWeights({ data, dims }: FloatTensor): { readonly values: Int8Array; readonly scales: Float32Array } {
  const channels = dims[0] ?? 0;
  const length = data.length / channels;
  const values = new Int8Array(data.length);
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const [from, to] = [channel * length, (channel + 1) * length];
    let largest = 0;
    for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(data[i] ?? NaN));
    const scale = Math.fround(largest / WEIGHT_LIMIT) || 1;
    scales[channel] = scale;
    for (let i = from; i < to; i++) values[i] = Math.max(-WEIGHT_LIMIT, Math.min(WEIGHT_LIMIT, Math.round((data[i] ?? NaN) / scale)));
  }
  return { values, scales };
}

/** Biases in the unit of the sums: input scale × weight scale of the channel. */
export function quantiseBias(bias: Float32Array, inputScale: number, weightScales: Float32Array): { readonly values: Int32Array; readonly scales: Float32Array } {
  const scales = weightScales.map((scale) => scale * inputScale);
  return { values: Int32Array.from(bias, (value, c) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.round(value / (scales[c] ?? NaN))))), scales };
}
