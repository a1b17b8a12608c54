/**
 * A network as data: named values with shapes and the operations between them. Images are N × C × H × W, sequences
 * N × T × F. Executors read this (the ONNX emitter here); networks write it through {@link GraphBuilder}.
 */
import type { Shape } from './shapes.js';

/** Height, then width. */
export type Pair = readonly [height: number, width: number];

/** Rows and columns added on each side. */
export type Padding = readonly [top: number, left: number, bottom: number, right: number];

/**
 * How a resized pixel finds its source: `half-pixel` aligns pixel areas (what most libraries mean by bilinear),
 * `align-corners` aligns the centres of the corner pixels, `asymmetric` aligns the upper left corners.
 */
export type ResizeConvention = 'half-pixel' | 'align-corners' | 'asymmetric';

/** Which end of a sequence a recurrent layer begins at; its outputs stand in the order of its inputs either way. */
export type RecurrentDirection = 'forward' | 'reverse';

/** What a node does, with its attributes. Inputs in order are listed after each. */
export type Operation =
  /** x N×C×H×W, weight O×(C/groups)×kH×kW, optional bias O; cross-correlation, zeros as padding. */
  | { readonly op: 'conv2d'; readonly stride: Pair; readonly padding: Padding; readonly dilation: Pair; readonly groups: number }
  /** x N×C×…, weight C, bias C, running mean C, running variance C; the running statistics are used. */
  | { readonly op: 'batchNorm'; readonly epsilon: number }
  | { readonly op: 'relu' }
  | { readonly op: 'sigmoid' }
  | { readonly op: 'tanh' }
  | { readonly op: 'exp' }
  /** Square root; its derivative has no bound at zero, so add a small number before it. */
  | { readonly op: 'sqrt' }
  /** Gauss error function. */
  | { readonly op: 'erf' }
  /** x, slope: `x < 0 ? slope * x : x`; the slope is broadcast to x. */
  | { readonly op: 'prelu' }
  | { readonly op: 'clip'; readonly minimum: number; readonly maximum: number }
  /** a, b, broadcast against each other. */
  | { readonly op: 'add' }
  | { readonly op: 'sub' }
  | { readonly op: 'mul' }
  | { readonly op: 'div' }
  /** The larger of the two, element by element. */
  | { readonly op: 'maximum' }
  /** x …×M×K, y …×K×N, leading axes broadcast: to …×M×N. */
  | { readonly op: 'matMul' }
  | { readonly op: 'softmax'; readonly axis: number }
  /** Training only: zeroes elements with this probability and scales the others up; serving passes x through. */
  | { readonly op: 'dropout'; readonly rate: number }
  /** Any number of values that differ along `axis` alone. */
  | { readonly op: 'concat'; readonly axis: number }
  /** x N×C×H×W; the padding never wins. */
  | { readonly op: 'maxPool'; readonly kernel: Pair; readonly stride: Pair; readonly padding: Padding }
  /** x N×C×H×W to N×C×1×1. */
  | { readonly op: 'globalAveragePool' }
  | { readonly op: 'resizeBilinear'; readonly size: Pair; readonly convention: ResizeConvention }
  /** Elements added before and after along every axis, all of one value. */
  | { readonly op: 'pad'; readonly before: readonly number[]; readonly after: readonly number[]; readonly value: number }
  /** x …×F, weight O×F, optional bias O: to …×O. */
  | { readonly op: 'linear' }
  | { readonly op: 'reshape'; readonly shape: Shape }
  | { readonly op: 'transpose'; readonly permutation: readonly number[] }
  /** Elements `start` to before `end` along `axis`. */
  | { readonly op: 'slice'; readonly axis: number; readonly start: number; readonly end: number }
  | { readonly op: 'reduceMean'; readonly axes: readonly number[]; readonly keepDims: boolean }
  | { readonly op: 'reduceMax'; readonly axes: readonly number[]; readonly keepDims: boolean }
  /**
   * x N×T×F, input weight 3H×F, recurrent weight 3H×H, input bias 3H, recurrent bias 3H: to N×T×H, every step's hidden
   * state. Gate order reset, update, new, and the reset gate applied to `W_hn h + b_hn`, as PyTorch has it.
   */
  | { readonly op: 'gru'; readonly hiddenSize: number; readonly direction: RecurrentDirection }
  /** As `gru`, with weights 4H×F and 4H×H, biases 4H; gate order input, forget, cell, output, as PyTorch has it. */
  | { readonly op: 'lstm'; readonly hiddenSize: number; readonly direction: RecurrentDirection };

/** Name of an operation. */
export type OperationName = Operation['op'];

/** Where a value comes from. */
export type ValueOrigin =
  | { readonly kind: 'input' }
  /** Bound later, by its key in the published state dict. */
  | { readonly kind: 'parameter'; readonly key: string }
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | { readonly kind: 'node' };

/** A float32 tensor in a graph. */
export interface Value {
  /** Unique in its graph. */
  readonly id: number;
  /** Unique in its graph; the layer's name where a node made it. */
  readonly name: string;
  readonly shape: Shape;
  readonly origin: ValueOrigin;
}

/** One operation at its place in a graph. */
export interface GraphNode {
  /** The layer's name, unique in its graph. */
  readonly name: string;
  readonly operation: Operation;
  readonly inputs: readonly Value[];
  readonly output: Value;
}

/** A named result of a network. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** A network. Nodes stand in an order in which they can be computed. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly GraphOutput[];
  /** Every parameter that was asked for, by key. */
  readonly parameters: ReadonlyMap<string, Value>;
  readonly nodes: readonly GraphNode[];
}
