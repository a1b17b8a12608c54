/** Computes the cheap operations on tensors that are known before the network runs. */
import type { Operation } from './graph.js';
import { outputShape } from './shape-rules.js';
import { rowMajorStrides, staticShape } from './shapes.js';
import type { FloatTensor } from './tensor.js';

type Binary = (a: number, b: number) => number;
const BINARY = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
} as const satisfies Partial<Record<Operation['op'], Binary>>;

type Unary = (value: number) => number;
const UNARY = {
  relu: (value) => Math.max(value, 0),
  sigmoid: (value) => 1 / (1 + Math.exp(-value)),
  tanh: Math.tanh,
  exp: Math.exp,
  sqrt: Math.sqrt,
} as const satisfies Partial<Record<Operation['op'], Unary>>;

/** Where `strides` place each element of `shape`, in row-major order of `shape`. */
function offsets(shape: readonly number[], strides: readonly number[]): Int32Array {
  const places = new Int32Array(shape.reduce((product, extent) => product * extent, 1));
  // From the innermost axis outwards: what is filled so far is repeated, moved by the axis' stride.
  let filled = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [extent, stride] = [shape[axis] ?? 0, strides[axis] ?? 0];
    for (let index = 1; index < extent; index++) {
      for (let i = 0; i < filled; i++) places[index * filled + i] = (places[i] ?? 0) + index * stride;
    }
    filled *= extent;
  }
  return places;
}

/** The elements of `data` at `places`, each moved by `first`. */
function gathered(data: Float32Array, places: Int32Array, first = 0): Float32Array {
  const result = new Float32Array(places.length);
  for (let i = 0; i < places.length; i++) result[i] = data[first + (places[i] ?? 0)] ?? NaN;
  return result;
}

/** Strides that repeat a tensor of `dims` over `shape`. */
function broadcastStrides(dims: readonly number[], shape: readonly number[]): readonly number[] {
  const own = rowMajorStrides(dims);
  const lead = shape.length - dims.length;
  return shape.map((_, axis) => (axis < lead || dims[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0)));
}

function elementwise(x: FloatTensor, apply: (value: number) => number): FloatTensor {
  return { dims: x.dims, data: x.data.map(apply) };
}

function concatenated(axis: number, inputs: readonly FloatTensor[], dims: readonly number[]): FloatTensor {
  const data = new Float32Array(dims.reduce((product, extent) => product * extent, 1));
  const strides = rowMajorStrides(dims);
  let start = 0;
  for (const input of inputs) {
    const places = offsets(input.dims, strides);
    for (let i = 0; i < places.length; i++) data[start + (places[i] ?? 0)] = input.data[i] ?? NaN;
    start += (input.dims[axis] ?? 0) * (strides[axis] ?? 0);
  }
  return { dims, data };
}

/** Means over `axes`, summed in double precision. */
function mean(x: FloatTensor, axes: readonly number[], dims: readonly number[]): FloatTensor {
  const kept = x.dims.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const sums = new Float64Array(kept.reduce((product, extent) => product * extent, 1));
  const places = offsets(x.dims, broadcastStrides(kept, x.dims));
  for (let i = 0; i < places.length; i++) {
    const place = places[i] ?? 0;
    sums[place] = (sums[place] ?? NaN) + (x.data[i] ?? NaN);
  }
  return { dims, data: Float32Array.from(sums, (sum) => (sum * sums.length) / x.data.length) };
}

/**
 * The result of an operation on known tensors.
 *
 * @returns undefined for operations that are left to the executor
 */
export function foldConstant(operation: Operation, inputs: readonly FloatTensor[]): FloatTensor | undefined {
  const [x, second] = inputs;
  const dims = staticShape(outputShape(operation, inputs.map((input) => input.dims)));
  if (x === undefined || dims === undefined) return undefined;
  switch (operation.op) {
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'maximum': {
      if (second === undefined) return undefined;
      const compute: Binary = BINARY[operation.op];
      const left = gathered(x.data, offsets(dims, broadcastStrides(x.dims, dims)));
      const right = gathered(second.data, offsets(dims, broadcastStrides(second.dims, dims)));
      return { dims, data: left.map((value, i) => compute(value, right[i] ?? NaN)) };
    }
    case 'relu':
    case 'sigmoid':
    case 'tanh':
    case 'exp':
    case 'sqrt':
      return elementwise(x, UNARY[operation.op]);
    case 'dropout':
      return x;
    case 'slice': {
      const strides = rowMajorStrides(x.dims);
      const first = operation.start * (strides[operation.axis] ?? 0);
      return { dims, data: gathered(x.data, offsets(dims, strides), first) };
    }
    case 'concat':
      return concatenated(operation.axis, inputs, dims);
    case 'clip':
      return elementwise(x, (value) => Math.min(Math.max(value, operation.minimum), operation.maximum));
    case 'reshape':
      return { dims, data: x.data };
    case 'reduceMean':
      return mean(x, operation.axes, dims);
    case 'transpose': {
      const strides = rowMajorStrides(x.dims);
      const order = offsets(dims, operation.permutation.map((axis) => strides[axis] ?? 0));
      return { dims, data: gathered(x.data, order) };
    }
    default:
      return undefined;
  }
}
