/**
 * Makes a graph cheaper to serve without changing what it computes: parameters become constants, operations on constants
 * are computed, and batch normalisation and scaling move into the weights of the convolution beside them. The arithmetic
 * on weights is done in double precision and rounded once.
 */
import { FramewitnessError } from '../domain/errors.js';
import { foldConstant } from './constant-folding.js';
import type { Graph, GraphNode, Value } from './graph.js';
import { elementCount, staticShape } from './shapes.js';
import type { FloatTensor } from './tensor.js';

/**
 * The graph with its parameters bound and folded.
 *
 * @param parameters - a tensor for every parameter of the graph, as `bindParameters` gives them
 * @returns a graph without parameters
 */
export function servingGraph(graph: Graph, parameters: ReadonlyMap<string, FloatTensor>): Graph {
  return new Folder(graph, parameters).fold();
}

class Folder {
  /** What stands for each value of the old graph, by id. */
  readonly #values = new Map<number, Value>();
  readonly #constants = new Map<number, FloatTensor>();
  /** The new node that makes a new value, by id of the value. */
  readonly #makers = new Map<number, GraphNode>();
  readonly #uses = new Map<number, number>();
  #nodes: GraphNode[] = [];
  #nextId: number;

  constructor(
    private readonly graph: Graph,
    private readonly parameters: ReadonlyMap<string, FloatTensor>,
  ) {
    const used = [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map((output) => output.value)];
    for (const { id } of used) this.#uses.set(id, (this.#uses.get(id) ?? 0) + 1);
    this.#nextId = Math.max(0, ...[...used, ...graph.inputs].map(({ id }) => id)) + 1;
  }

  fold(): Graph {
    for (const node of this.graph.nodes) this.#add({ ...node, inputs: node.inputs.map((value) => this.#resolve(value)) }, node);
    const outputs = this.graph.outputs.map(({ name, value }) => ({ name, value: this.#resolve(value) }));
    return { ...this.graph, outputs, parameters: new Map(), nodes: this.#live(outputs.map(({ value }) => value)) };
  }

  /** Leaves out nodes whose result nobody uses any more. */
  #live(results: readonly Value[]): readonly GraphNode[] {
    const needed = new Set(results.map(({ id }) => id));
    const kept = this.#nodes.toReversed().filter((node) => {
      if (!needed.has(node.output.id)) return false;
      for (const { id } of node.inputs) needed.add(id);
      return true;
    });
    return kept.reverse();
  }

  #resolve(value: Value): Value {
    const known = this.#values.get(value.id);
    if (known !== undefined) return known;
    const { origin } = value;
    if (origin.kind === 'parameter') {
      const tensor = this.parameters.get(origin.key);
      if (tensor === undefined) throw new FramewitnessError('FW_MODEL_WEIGHTS', `${this.graph.name}: missing ${origin.key}`);
      const bound: Value = { ...value, origin: { kind: 'constant', data: tensor.data } };
      this.#values.set(value.id, bound);
      return bound;
    }
    return value;
  }

  #add(node: GraphNode, old: GraphNode): void {
    const known = node.inputs.map((value) => this.#constantOf(value)).filter((tensor) => tensor !== undefined);
    if (known.length === node.inputs.length) {
      const folded = foldConstant(node.operation, known);
      if (folded !== undefined) {
        this.#values.set(old.output.id, this.#constant(node.name, folded));
        return;
      }
    }
    const merged = this.#mergeIntoConvolution(node, old) ?? this.#mergeScale(node, old) ?? node;
    this.#nodes.push(merged);
    this.#makers.set(merged.output.id, merged);
    this.#values.set(old.output.id, merged.output);
  }

  /** Batch normalisation, or a factor for each channel, right after a convolution. */
  #mergeIntoConvolution(node: GraphNode, old: GraphNode): GraphNode | undefined {
    const { operation } = node;
    if (operation.op !== 'batchNorm' && operation.op !== 'mul') return undefined;
    const position = operation.op === 'mul' && this.#constantOf(node.inputs[0]) !== undefined ? 1 : 0;
    const convolution = this.#soleMaker(node.inputs[position], old.inputs[position]);
    if (convolution?.operation.op !== 'conv2d') return undefined;
    const [x, weightValue, biasValue] = convolution.inputs;
    const [weight, bias] = [this.#constantOf(weightValue), this.#constantOf(biasValue)];
    const channels = weight?.dims[0];
    if (x === undefined || weight === undefined || channels === undefined || (biasValue !== undefined && bias === undefined)) return undefined;
    const affine = operation.op === 'batchNorm' ? this.#normalisation(node, operation.epsilon) : this.#factor(node.inputs[1 - position], channels);
    if (affine === undefined) return undefined;
    const newWeight = scaledRows(weight.data, channels, affine.scale);
    const newBias = Float32Array.from({ length: channels }, (_, c) => (bias?.data[c] ?? 0) * affine.scale(c) + affine.shift(c));
    return {
      ...node,
      operation: convolution.operation,
      inputs: [x, this.#constant(`${convolution.name}.weight`, { dims: weight.dims, data: newWeight }), this.#constant(`${convolution.name}.bias`, { dims: [channels], data: newBias })],
    };
  }

  /** A single factor right before a convolution, whose padding is zero whatever the factor. */
  #mergeScale(node: GraphNode, old: GraphNode): GraphNode | undefined {
    if (node.operation.op !== 'conv2d') return undefined;
    const [x, weightValue, ...bias] = node.inputs;
    const weight = this.#constantOf(weightValue);
    const scale = this.#soleMaker(x, old.inputs[0]);
    if (weight === undefined || scale?.operation.op !== 'mul') return undefined;
    const [a, b] = scale.inputs;
    const [source, factor] = this.#constantOf(a) === undefined ? [a, this.#constantOf(b)] : [b, this.#constantOf(a)];
    const [by, ...rest] = factor?.data ?? [];
    if (source === undefined || by === undefined || rest.length > 0 || factor === undefined || factor.dims.length > 4) return undefined;
    const scaled = this.#constant(`${node.name}.weight`, { dims: weight.dims, data: weight.data.map((value) => value * by) });
    return { ...node, inputs: [source, scaled, ...bias] };
  }

  /** y = (x - mean) / sqrt(variance + epsilon) * weight + bias, as one factor and one shift a channel. */
  #normalisation(node: GraphNode, epsilon: number): Affine | undefined {
    const [weight, bias, mean, variance] = node.inputs.slice(1).map((value) => this.#constantOf(value)?.data);
    if (weight === undefined || bias === undefined || mean === undefined || variance === undefined) return undefined;
    const scale = (c: number): number => (weight[c] ?? NaN) / Math.sqrt((variance[c] ?? NaN) + epsilon);
    return { scale, shift: (c) => (bias[c] ?? NaN) - (mean[c] ?? NaN) * scale(c) };
  }

  #factor(value: Value | undefined, channels: number): Affine | undefined {
    const tensor = this.#constantOf(value);
    if (tensor === undefined) return undefined;
    const { data, dims } = tensor;
    const perChannel = data.length === channels && dims.length >= 3 && dims.at(-3) === channels;
    if ((data.length !== 1 && !perChannel) || dims.length > 4) return undefined;
    return { scale: (c) => (data.length === 1 ? data[0] : data[c]) ?? NaN, shift: () => 0 };
  }

  /** The node that makes `value`, where nothing else reads it. */
  #soleMaker(value: Value | undefined, old: Value | undefined): GraphNode | undefined {
    if (value === undefined || old === undefined || this.#uses.get(old.id) !== 1) return undefined;
    return this.#makers.get(value.id);
  }

  #constant(name: string, tensor: FloatTensor): Value {
    const id = this.#nextId++;
    return { id, name: `${name}#${id}`, shape: tensor.dims, origin: { kind: 'constant', data: tensor.data } };
  }

  #constantOf(value: Value | undefined): FloatTensor | undefined {
    if (value?.origin.kind !== 'constant') return undefined;
    const cached = this.#constants.get(value.id);
    if (cached !== undefined) return cached;
    const dims = staticShape(value.shape);
    if (dims === undefined || elementCount(dims) !== value.origin.data.length) return undefined;
    const tensor = { dims, data: value.origin.data };
    this.#constants.set(value.id, tensor);
    return tensor;
  }
}

/** Each of `rows` equal parts times its own factor. Plain loops: networks have tens of millions of weights. */
function scaledRows(data: Float32Array, rows: number, factor: (row: number) => number): Float32Array {
  const scaled = new Float32Array(data.length);
  const length = data.length / rows;
  for (let row = 0, i = 0; row < rows; row++) {
    const by = factor(row);
    for (const end = i + length; i < end; i++) scaled[i] = (data[i] ?? NaN) * by;
  }
  return scaled;
}

interface Affine {
  readonly scale: (channel: number) => number;
  readonly shift: (channel: number) => number;
}
