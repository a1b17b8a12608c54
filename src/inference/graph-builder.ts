/** Builds a {@link Graph}, checking every shape as it is built. */
import { FramewitnessError } from '../domain/errors.js';
import type { Graph, GraphNode, Operation, Pair, Padding, RecurrentDirection, ResizeConvention, Value, ValueOrigin } from './graph.js';
import { outputShape, ShapeMismatch } from './shape-rules.js';
import { elementCount, sameShape, showShape, type Shape } from './shapes.js';

/** Options of {@link GraphBuilder.conv2d}. Absent: stride 1, padding 0, dilation 1, one group, no bias. */
export interface Conv2dOptions {
  readonly bias?: Value;
  readonly stride?: number | Pair;
  /** The same on all sides, or for each. */
  readonly padding?: number | Padding;
  readonly dilation?: number | Pair;
  readonly groups?: number;
}

/** Statistics and affine part of a batch normalisation, each of one value a channel. */
export interface BatchNormParameters {
  readonly weight: Value;
  readonly bias: Value;
  readonly runningMean: Value;
  readonly runningVariance: Value;
  /** Default 1e-5. */
  readonly epsilon?: number;
}

/** Parameters of a recurrent layer, as `torch.nn.GRU` and `torch.nn.LSTM` shape them. */
export interface RecurrentParameters {
  readonly inputWeight: Value;
  readonly recurrentWeight: Value;
  readonly inputBias: Value;
  readonly recurrentBias: Value;
}

/** Options of {@link GraphBuilder.gru} and {@link GraphBuilder.lstm}. */
export interface RecurrentOptions {
  readonly hiddenSize: number;
  /** Default `forward`. */
  readonly direction?: RecurrentDirection;
}

const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);
const sides = (value: number | Padding): Padding => (typeof value === 'number' ? [value, value, value, value] : value);

class GraphState {
  readonly nodes: GraphNode[] = [];
  readonly inputs: Value[] = [];
  readonly parameters = new Map<string, Value>();
  readonly #names = new Set<string>();
  #nextId = 0;

  constructor(readonly network: string) {}

  value(name: string, shape: Shape, origin: ValueOrigin): Value {
    this.#names.add(name);
    return { id: this.#nextId++, name, shape, origin };
  }

  unique(name: string): string {
    if (!this.#names.has(name)) return name;
    let suffix = 2;
    while (this.#names.has(`${name}:${suffix}`)) suffix += 1;
    return `${name}:${suffix}`;
  }
}

/**
 * The hands of a network definition. Parameter keys and layer names are relative to the builder's scope, so that a block
 * written once serves under any prefix. Every method that adds an operation takes the layer's name last (default: the
 * operation's) and throws FW_MODEL_GRAPH, naming network and layer, where shapes do not fit.
 */
export class GraphBuilder {
  private constructor(
    private readonly state: GraphState,
    private readonly prefix: string,
  ) {}

  /** @internal */
  static start(network: string): { builder: GraphBuilder; state: GraphState } {
    const state = new GraphState(network);
    return { builder: new GraphBuilder(state, ''), state };
  }

  /** The same graph, seen from inside the module `name`: keys and names are prefixed with `name.`. */
  scope(name: string): GraphBuilder {
    return new GraphBuilder(this.state, `${this.prefix}${name}.`);
  }

  /** An input of the network. Unknown extents are symbols: `['N', 3, 128, 128]`. */
  input(name: string, shape: Shape): Value {
    const value = this.state.value(this.state.unique(name), shape, { kind: 'input' });
    this.state.inputs.push(value);
    return value;
  }

  /** A learnt tensor by its key in the published state dict. Asking twice gives the same value. */
  parameter(name: string, shape: readonly number[]): Value {
    const key = this.prefix + name;
    const known = this.state.parameters.get(key);
    if (known === undefined) {
      const value = this.state.value(this.state.unique(key), shape, { kind: 'parameter', key });
      this.state.parameters.set(key, value);
      return value;
    }
    if (!sameShape(known.shape, shape)) throw this.#mismatch(key, `the parameter was asked for as ${showShape(known.shape)} and as ${showShape(shape)}`);
    return known;
  }

  /** A fixed tensor of the network itself, row-major. */
  constant(name: string, shape: readonly number[], data: ArrayLike<number>): Value {
    if (elementCount(shape) !== data.length) throw this.#mismatch(this.prefix + name, `${data.length} values do not fill ${showShape(shape)}`);
    return this.state.value(this.state.unique(this.prefix + name), shape, { kind: 'constant', data: Float32Array.from(data) });
  }

  /** A fixed number, broadcast where it is used. */
  scalar(value: number, name = 'scalar'): Value {
    return this.constant(name, [1], [value]);
  }

  conv2d(x: Value, weight: Value, options: Conv2dOptions = {}, name = 'conv2d'): Value {
    const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    const operation: Operation = { op: 'conv2d', stride: pair(stride), padding: sides(padding), dilation: pair(dilation), groups };
    return this.apply(operation, bias === undefined ? [x, weight] : [x, weight, bias], name);
  }

  batchNorm(x: Value, parameters: BatchNormParameters, name = 'batchNorm'): Value {
    const { weight, bias, runningMean, runningVariance, epsilon = 1e-5 } = parameters;
    return this.apply({ op: 'batchNorm', epsilon }, [x, weight, bias, runningMean, runningVariance], name);
  }

  relu(x: Value, name = 'relu'): Value {
    return this.apply({ op: 'relu' }, [x], name);
  }

  sigmoid(x: Value, name = 'sigmoid'): Value {
    return this.apply({ op: 'sigmoid' }, [x], name);
  }

  tanh(x: Value, name = 'tanh'): Value {
    return this.apply({ op: 'tanh' }, [x], name);
  }

  exp(x: Value, name = 'exp'): Value {
    return this.apply({ op: 'exp' }, [x], name);
  }

  sqrt(x: Value, name = 'sqrt'): Value {
    return this.apply({ op: 'sqrt' }, [x], name);
  }

  erf(x: Value, name = 'erf'): Value {
    return this.apply({ op: 'erf' }, [x], name);
  }

  softmax(x: Value, axis: number, name = 'softmax'): Value {
    return this.apply({ op: 'softmax', axis }, [x], name);
  }

  dropout(x: Value, rate: number, name = 'dropout'): Value {
    return this.apply({ op: 'dropout', rate }, [x], name);
  }

  prelu(x: Value, slope: Value, name = 'prelu'): Value {
    return this.apply({ op: 'prelu' }, [x, slope], name);
  }

  clip(x: Value, minimum: number, maximum: number, name = 'clip'): Value {
    return this.apply({ op: 'clip', minimum, maximum }, [x], name);
  }

  add(a: Value, b: Value, name = 'add'): Value {
    return this.apply({ op: 'add' }, [a, b], name);
  }

  sub(a: Value, b: Value, name = 'sub'): Value {
    return this.apply({ op: 'sub' }, [a, b], name);
  }

  mul(a: Value, b: Value, name = 'mul'): Value {
    return this.apply({ op: 'mul' }, [a, b], name);
  }

  div(a: Value, b: Value, name = 'div'): Value {
    return this.apply({ op: 'div' }, [a, b], name);
  }

  maximum(a: Value, b: Value, name = 'maximum'): Value {
    return this.apply({ op: 'maximum' }, [a, b], name);
  }

  matMul(a: Value, b: Value, name = 'matMul'): Value {
    return this.apply({ op: 'matMul' }, [a, b], name);
  }

  concat(values: readonly Value[], axis: number, name = 'concat'): Value {
    return this.apply({ op: 'concat', axis }, values, name);
  }

  maxPool(x: Value, options: { readonly kernel: number | Pair; readonly stride?: number | Pair; readonly padding?: number | Padding }, name = 'maxPool'): Value {
    const { kernel, stride = kernel, padding = 0 } = options;
    return this.apply({ op: 'maxPool', kernel: pair(kernel), stride: pair(stride), padding: sides(padding) }, [x], name);
  }

  globalAveragePool(x: Value, name = 'globalAveragePool'): Value {
    return this.apply({ op: 'globalAveragePool' }, [x], name);
  }

  resizeBilinear(x: Value, size: Pair, convention: ResizeConvention, name = 'resizeBilinear'): Value {
    return this.apply({ op: 'resizeBilinear', size, convention }, [x], name);
  }

  pad(x: Value, before: readonly number[], after: readonly number[], value = 0, name = 'pad'): Value {
    return this.apply({ op: 'pad', before, after, value }, [x], name);
  }

  linear(x: Value, weight: Value, bias?: Value, name = 'linear'): Value {
    return this.apply({ op: 'linear' }, bias === undefined ? [x, weight] : [x, weight, bias], name);
  }

  reshape(x: Value, shape: Shape, name = 'reshape'): Value {
    return this.apply({ op: 'reshape', shape }, [x], name);
  }

  /** Joins all axes from `fromAxis` on into one. */
  flatten(x: Value, fromAxis = 1, name = 'flatten'): Value {
    return this.reshape(x, [...x.shape.slice(0, fromAxis), elementCount(x.shape.slice(fromAxis))], name);
  }

  transpose(x: Value, permutation: readonly number[], name = 'transpose'): Value {
    return this.apply({ op: 'transpose', permutation }, [x], name);
  }

  slice(x: Value, axis: number, start: number, end: number, name = 'slice'): Value {
    return this.apply({ op: 'slice', axis, start, end }, [x], name);
  }

  reduceMean(x: Value, axes: readonly number[], keepDims = false, name = 'reduceMean'): Value {
    return this.apply({ op: 'reduceMean', axes, keepDims }, [x], name);
  }

  reduceMax(x: Value, axes: readonly number[], keepDims = false, name = 'reduceMax'): Value {
    return this.apply({ op: 'reduceMax', axes, keepDims }, [x], name);
  }

  gru(x: Value, parameters: RecurrentParameters, options: RecurrentOptions, name = 'gru'): Value {
    return this.#recurrent('gru', x, parameters, options, name);
  }

  lstm(x: Value, parameters: RecurrentParameters, options: RecurrentOptions, name = 'lstm'): Value {
    return this.#recurrent('lstm', x, parameters, options, name);
  }

  /** Adds any operation; the methods above are this with names for the inputs. */
  apply(operation: Operation, inputs: readonly Value[], name: string): Value {
    const layer = this.state.unique(this.prefix + name);
    try {
      const shape = outputShape(operation, inputs.map((input) => input.shape));
      const output = this.state.value(layer, shape, { kind: 'node' });
      this.state.nodes.push({ name: layer, operation, inputs, output });
      return output;
    } catch (error) {
      throw error instanceof ShapeMismatch ? this.#mismatch(layer, `${operation.op}: ${error.message}`) : error;
    }
  }

  #recurrent(op: 'gru' | 'lstm', x: Value, parameters: RecurrentParameters, { hiddenSize, direction = 'forward' }: RecurrentOptions, name: string): Value {
    const { inputWeight, recurrentWeight, inputBias, recurrentBias } = parameters;
    return this.apply({ op, hiddenSize, direction }, [x, inputWeight, recurrentWeight, inputBias, recurrentBias], name);
  }

  #mismatch(layer: string, problem: string): FramewitnessError {
    return new FramewitnessError('FW_MODEL_GRAPH', `${this.state.network}: ${layer}: ${problem}`);
  }
}

/**
 * Builds a network.
 *
 * @param name - the network's name, in errors and in what executors write
 * @param define - adds inputs, parameters and operations, and returns the outputs by name
 * @throws FramewitnessError FW_MODEL_GRAPH, naming the layer, where shapes do not fit
 */
export function buildGraph(name: string, define: (g: GraphBuilder) => Readonly<Record<string, Value>>): Graph {
  const { builder, state } = GraphBuilder.start(name);
  const outputs = Object.entries(define(builder)).map(([output, value]) => ({ name: output, value }));
  if (outputs.length === 0) throw new FramewitnessError('FW_MODEL_GRAPH', `${name}: the network has no output`);
  return { name, inputs: state.inputs, outputs, parameters: state.parameters, nodes: state.nodes };
}
