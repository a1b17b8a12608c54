/** Each graph operation in terms of ONNX operators (default operator set, version 17). */
import type { GraphNode, OperationName, ResizeConvention } from './graph.js';
import { lowerRecurrent } from './onnx-recurrent.js';
import type { OnnxAttribute } from './onnx-schema.js';
import { float, int, ints, string, type OnnxScope } from './onnx-scope.js';
import { isSymbol, sameDimension, type Dimension, type Shape } from './shapes.js';

/** Operations that ONNX has under another name, without attributes. */
const PLAIN = {
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  exp: 'Exp',
  sqrt: 'Sqrt',
  erf: 'Erf',
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  maximum: 'Max',
  matMul: 'MatMul',
  globalAveragePool: 'GlobalAveragePool',
  // Serving passes it through.
  dropout: 'Identity',
} as const satisfies Partial<Record<OperationName, string>>;

const COORDINATES: Readonly<Record<ResizeConvention, string>> = {
  'half-pixel': 'half_pixel',
  'align-corners': 'align_corners',
  asymmetric: 'asymmetric',
};

/**
 * Extents for `Reshape`: 0 keeps the input's extent, -1 is worked out in the run. Where more than one is not known before
 * the run, the others are symbols, which are read off the model's inputs.
 */
function reshapeTarget(from: Shape, to: Shape): readonly Dimension[] {
  const kept = to.map((extent, axis) => (typeof extent === 'string' && axis < from.length && sameDimension(extent, from[axis] ?? -1) ? 0 : extent));
  const isOpen = (extent: Dimension): boolean => typeof extent === 'string';
  const product = kept.findIndex((extent) => isOpen(extent) && !isSymbol(extent));
  const workedOut = product >= 0 ? product : kept.findIndex(isOpen);
  return kept.map((extent, axis) => (axis === workedOut ? -1 : extent));
}

function lowerReshape({ name, inputs, operation, output }: GraphNode, scope: OnnxScope): void {
  if (operation.op !== 'reshape') return;
  const target = reshapeTarget(inputs[0]?.shape ?? [], operation.shape);
  const numbers = target.filter((extent) => typeof extent === 'number');
  let shape = `/${name}/shape`;
  if (numbers.length === target.length) shape = scope.int64(`${name}.shape`, numbers);
  else {
    const extents = target.map((extent, axis) => (typeof extent === 'number' ? scope.int64(`${name}.shape.${axis}`, [extent]) : scope.extent(extent)));
    scope.add({ name: `${name}/shape`, opType: 'Concat', input: extents, output: [shape], attribute: [int('axis', 0)] });
  }
  scope.add({ name, opType: 'Reshape', input: [...inputs.map((value) => scope.nameOf(value)), shape], output: [scope.nameOf(output)], attribute: [] });
}

/** A float32 scale whose product with `from`, rounded down as `Resize` does, is `to`: 7/3 alone would make 6 of 3. */
function resizeScale(from: number, to: number): number {
  const scale = Math.fround(to / from);
  return scale * from < to ? Math.fround(scale * (1 + 2 ** -23)) : scale;
}

function lowerLinear({ name, inputs, output }: GraphNode, scope: OnnxScope): void {
  const [x, weight, bias] = inputs;
  if (x === undefined || weight === undefined) return;
  const result = scope.nameOf(output);
  if (x.shape.length === 2) {
    const input = [x, weight, ...(bias === undefined ? [] : [bias])].map((value) => scope.nameOf(value));
    scope.add({ name, opType: 'Gemm', input, output: [result], attribute: [int('transB', 1)] });
    return;
  }
  scope.add({ name: `${name}/weight`, opType: 'Transpose', input: [scope.nameOf(weight)], output: [`/${name}/w`], attribute: [ints('perm', [1, 0])] });
  const product = bias === undefined ? result : `/${name}/xw`;
  scope.add({ name, opType: 'MatMul', input: [scope.nameOf(x), `/${name}/w`], output: [product], attribute: [] });
  if (bias !== undefined) scope.add({ name: `${name}/bias`, opType: 'Add', input: [product, scope.nameOf(bias)], output: [result], attribute: [] });
}

/** Adds the ONNX nodes of one graph node. */
export function lowerNode(node: GraphNode, scope: OnnxScope): void {
  const { name, operation, inputs, output } = node;
  // Named only where they are read: a constant that is named is stored in the file.
  const plain = (opType: string, attribute: readonly OnnxAttribute[] = [], extra: readonly string[] = []): void => {
    scope.add({ name, opType, input: [...inputs.map((value) => scope.nameOf(value)), ...extra], output: [scope.nameOf(output)], attribute });
  };
  switch (operation.op) {
    case 'conv2d': {
      const kernel = inputs[1]?.shape.slice(2).map(Number) ?? [];
      const { stride, padding, dilation, groups } = operation;
      plain('Conv', [ints('kernel_shape', kernel), ints('strides', stride), ints('pads', padding), ints('dilations', dilation), int('group', groups)]);
      return;
    }
    case 'relu':
    case 'sigmoid':
    case 'tanh':
    case 'exp':
    case 'sqrt':
    case 'erf':
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'maximum':
    case 'matMul':
    case 'globalAveragePool':
    case 'dropout':
      plain(PLAIN[operation.op]);
      return;
    case 'softmax':
      plain('Softmax', [int('axis', operation.axis)]);
      return;
    case 'batchNorm':
      plain('BatchNormalization', [float('epsilon', operation.epsilon)]);
      return;
    case 'prelu':
      plain('PRelu');
      return;
    case 'clip':
      plain('Clip', [], [scope.float(`${name}.minimum`, { dims: [], data: Float32Array.of(operation.minimum) }), scope.float(`${name}.maximum`, { dims: [], data: Float32Array.of(operation.maximum) })]);
      return;
    case 'concat':
      plain('Concat', [int('axis', operation.axis)]);
      return;
    case 'maxPool':
      plain('MaxPool', [ints('kernel_shape', operation.kernel), ints('strides', operation.stride), ints('pads', operation.padding)]);
      return;
    case 'resizeBilinear': {
      const [height, width] = inputs[0]?.shape.slice(2).map(Number) ?? [];
      const [toHeight, toWidth] = operation.size;
      // Scales, not sizes: sizes would fix the batch.
      const scales = scope.float(`${name}.scales`, { dims: [4], data: Float32Array.of(1, 1, resizeScale(height ?? NaN, toHeight), resizeScale(width ?? NaN, toWidth)) });
      plain('Resize', [string('mode', 'linear'), string('coordinate_transformation_mode', COORDINATES[operation.convention])], ['', scales]);
      return;
    }
    case 'pad':
      plain('Pad', [string('mode', 'constant')], [scope.int64(`${name}.pads`, [...operation.before, ...operation.after]), scope.float(`${name}.value`, { dims: [], data: Float32Array.of(operation.value) })]);
      return;
    case 'linear':
      lowerLinear(node, scope);
      return;
    case 'reshape':
      lowerReshape(node, scope);
      return;
    case 'transpose':
      plain('Transpose', [ints('perm', operation.permutation)]);
      return;
    case 'slice': {
      const constant = (what: string, value: number): string => scope.int64(`${name}.${what}`, [value]);
      plain('Slice', [], [constant('start', operation.start), constant('end', operation.end), constant('axis', operation.axis)]);
      return;
    }
    case 'reduceMean':
    case 'reduceMax':
      plain(operation.op === 'reduceMean' ? 'ReduceMean' : 'ReduceMax', [ints('axes', operation.axes), int('keepdims', operation.keepDims ? 1 : 0)]);
      return;
    case 'gru':
    case 'lstm':
      lowerRecurrent(node, scope);
      return;
  }
}
