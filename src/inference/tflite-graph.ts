/** Turns a TensorFlow Lite network (N × H × W × C) into a graph (N × C × H × W) with a free batch. */
import { FramewitnessError } from '../domain/errors.js';
import type { FlatTable } from './flat-table.js';
import type { Graph, Padding, Pair, ResizeConvention, Value } from './graph.js';
import { buildGraph, type GraphBuilder } from './graph-builder.js';
import { foldConstant } from './constant-folding.js';
import type { TfliteModel, TfliteOperator, TfliteTensor } from './tflite.js';
import type { FloatTensor } from './tensor.js';

const SAME = 0;
const ACTIVATIONS = ['none', 'relu', 'relu-1-1', 'relu6'] as const;

/** Position of each N × C × H × W axis in N × H × W × C. */
const TO_CHANNEL_FIRST = [0, 3, 1, 2] as const;

/** Zeros that TensorFlow's SAME padding adds along one axis: the output has ceil(size / stride); the odd one goes last. */
function samePadding(size: number, kernel: number, stride: number): readonly [before: number, after: number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [total >> 1, total - (total >> 1)];
}

class Converter {
  readonly #values = new Map<number, Value>();
  readonly #known = new Map<number, FloatTensor>();

  constructor(
    private readonly g: GraphBuilder,
    private readonly model: TfliteModel,
    private readonly what: string,
  ) {}

  /** @param names - for the outputs, in the file's order */
  convert(names: readonly string[]): Record<string, Value> {
    this.model.tensors.forEach(({ data, shape }, index) => {
      if (data !== undefined) this.#known.set(index, { data, dims: shape });
    });
    for (const [i, index] of this.model.inputs.entries()) {
      const [, height, width, channels] = this.#image(index);
      this.#values.set(index, this.g.input(i === 0 ? 'input' : `input${i}`, ['N', channels, height, width]));
    }
    for (const operator of this.model.operators) this.#operator(operator);
    return Object.fromEntries(this.model.outputs.map((index, i) => [names[i] ?? `output${i}`, this.#value(index)]));
  }

  #operator(operator: TfliteOperator): void {
    const [index] = operator.outputs;
    if (index === undefined) throw this.#malformed(`${operator.name} has no output`);
    const { name } = this.#tensor(index);
    const [first] = operator.inputs;
    if (operator.name === 'DEQUANTIZE') {
      const stored = this.#known.get(first ?? -1);
      if (stored === undefined) throw this.#malformed(`${name}: DEQUANTIZE of a computed tensor is not supported`);
      this.#known.set(index, stored);
      return;
    }
    this.#values.set(index, this.#compute(operator, this.#value(first), name, index));
  }

  #compute({ name: kind, inputs, options }: TfliteOperator, x: Value, name: string, output: number): Value {
    const g = this.g;
    switch (kind) {
      case 'CONV_2D':
      case 'DEPTHWISE_CONV_2D': {
        const depthwise = kind === 'DEPTHWISE_CONV_2D';
        const stored = this.#constant(inputs[1]);
        // Stored as out × H × W × in, or 1 × H × W × channels.
        const weight = transposed(stored, depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]);
        const [outputs, , height, width] = weight.dims;
        const kernel: Pair = [height ?? 0, width ?? 0];
        const bias = this.#known.get(inputs[2] ?? -1);
        const dilation: Pair = depthwise ? [options?.int32(6, 1) ?? 1, options?.int32(5, 1) ?? 1] : [options?.int32(5, 1) ?? 1, options?.int32(4, 1) ?? 1];
        const { stride, padding } = this.#window(x, options, [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1]);
        const y = g.conv2d(
          x,
          g.constant(`${name}/weight`, weight.dims, weight.data),
          {
            stride,
            padding,
            dilation,
            groups: depthwise ? Number(x.shape[1]) : 1,
            ...(bias === undefined ? {} : { bias: g.constant(`${name}/bias`, [outputs ?? 0], bias.data) }),
          },
          name,
        );
        return this.#activate(y, options?.int8(depthwise ? 4 : 3) ?? 0, name);
      }
      case 'MAX_POOL_2D': {
        const kernel: Pair = [options?.int32(4) ?? 0, options?.int32(3) ?? 0];
        return this.#activate(g.maxPool(x, { kernel, ...this.#window(x, options, kernel) }, name), options?.int8(5) ?? 0, name);
      }
      case 'ADD':
        return this.#activate(g.add(x, this.#value(inputs[1]), name), options?.int8(0) ?? 0, name);
      case 'RELU':
        return g.relu(x, name);
      case 'RELU6':
        return g.clip(x, 0, 6, name);
      case 'PRELU': {
        const slope = this.#constant(inputs[1]);
        return g.prelu(x, g.constant(`${name}/slope`, [Number(x.shape[1]), 1, 1], slope.data), name);
      }
      case 'PAD': {
        const { data } = this.#constant(inputs[1]);
        const side = (which: 0 | 1): readonly number[] => TO_CHANNEL_FIRST.map((axis) => data[2 * axis + which] ?? 0);
        return g.pad(x, side(0), side(1), 0, name);
      }
      case 'RESIZE_BILINEAR': {
        const { data } = this.#constant(inputs[1]);
        const alignCorners = (options?.uint8(2) ?? 0) !== 0;
        const halfPixel = (options?.uint8(3) ?? 0) !== 0;
        const convention: ResizeConvention = halfPixel ? 'half-pixel' : alignCorners ? 'align-corners' : 'asymmetric';
        return g.resizeBilinear(x, [data[0] ?? 0, data[1] ?? 0], convention, name);
      }
      case 'RESHAPE': {
        const [batch, ...rest] = this.#tensor(output).shape;
        if (batch !== 1) throw this.#malformed(`${name}: a reshape that moves the batch is not supported`);
        // A reshape goes over memory in the file's order. One channel has the same order either way.
        const ordered = x.shape.length === 4 && x.shape[1] !== 1 ? g.transpose(x, [0, 2, 3, 1], `${name}/channel-last`) : x;
        return g.reshape(ordered, ['N', ...rest], name);
      }
      case 'DEQUANTIZE':
        throw this.#malformed(`${name}: unexpected DEQUANTIZE`);
    }
  }

  /** Stride and explicit padding of a windowed operator, whose options all begin with padding, stride width, stride height. */
  #window(x: Value, options: FlatTable | undefined, reach: Pair): { readonly stride: Pair; readonly padding: Padding } {
    const stride: Pair = [options?.int32(2) ?? 0, options?.int32(1) ?? 0];
    if ((options?.int8(0) ?? SAME) !== SAME) return { stride, padding: [0, 0, 0, 0] };
    const [top, bottom] = samePadding(Number(x.shape[2]), reach[0], stride[0]);
    const [left, right] = samePadding(Number(x.shape[3]), reach[1], stride[1]);
    return { stride, padding: [top, left, bottom, right] };
  }

  #activate(x: Value, activation: number, name: string): Value {
    const kind = ACTIVATIONS[activation];
    if (kind === 'none') return x;
    if (kind === 'relu') return this.g.relu(x, `${name}/relu`);
    if (kind === 'relu6') return this.g.clip(x, 0, 6, `${name}/relu6`);
    throw this.#malformed(`${name}: the fused activation ${kind ?? activation} is not supported`);
  }

  #constant(index: number | undefined): FloatTensor {
    const tensor = this.#known.get(index ?? -1);
    if (tensor === undefined) throw this.#malformed('an operator needs a stored tensor and has a computed one');
    return tensor;
  }

  #value(index: number | undefined): Value {
    const value = this.#values.get(index ?? -1);
    if (value === undefined) throw this.#malformed(`tensor ${index ?? 'none'} is used before it is computed`);
    return value;
  }

  #tensor(index: number): TfliteTensor {
    const tensor = this.model.tensors[index];
    if (tensor === undefined) throw this.#malformed(`there is no tensor ${index}`);
    return tensor;
  }

  #image(index: number): readonly [number, number, number, number] {
    const { name, shape } = this.#tensor(index);
    const [batch, height, width, channels] = shape;
    if (batch === undefined || height === undefined || width === undefined || channels === undefined) throw this.#malformed(`${name} is not an image`);
    return [batch, height, width, channels];
  }

  #malformed(problem: string): FramewitnessError {
    return new FramewitnessError('FW_MODEL_FORMAT', `${this.what}: ${problem}`);
  }
}

function transposed(tensor: FloatTensor, permutation: readonly number[]): FloatTensor {
  const result = foldConstant({ op: 'transpose', permutation }, [tensor]);
  if (result === undefined) throw new FramewitnessError('FW_MODEL_FORMAT', `a weight of shape [${tensor.dims.join(', ')}] cannot be transposed`);
  return result;
}

/**
 * The network of a file as a graph whose weights are constants.
 *
 * @param outputs - names for the outputs, in the file's order
 * @throws FramewitnessError FW_MODEL_FORMAT or FW_MODEL_GRAPH where the file does not make sense
 */
export function tfliteGraph(model: TfliteModel, name: string, outputs: readonly string[]): Graph {
  return buildGraph(name, (g) => new Converter(g, model, name).convert(outputs));
}
