/** Each graph operation in terms of ONNX operators (default operator set, version 17). */
import type { GraphNode, ResizeConvention, Value } from './graph.js';
import { ONNX_ATTRIBUTE_TYPE, type OnnxAttribute, type OnnxNode } from './onnx-schema.js';
import { sameDimension, type Shape } from './shapes.js';
import type { FloatTensor } from './tensor.js';

/** What a lowering may do: name its inputs, add constants and nodes. */
export interface OnnxScope {
  nameOf(value: Value): string;
  /** The tensor of a value that is known before the run; an FW_MODEL_GRAPH error where it is not. */
  constantOf(value: Value, layer: string): FloatTensor;
  float(name: string, tensor: FloatTensor): string;
  int64(name: string, values: readonly number[]): string;
  add(node: OnnxNode): void;
}

const text = new TextEncoder();
const float = (name: string, f: number): OnnxAttribute => ({ name, type: ONNX_ATTRIBUTE_TYPE.float, f });
const int = (name: string, i: number): OnnxAttribute => ({ name, type: ONNX_ATTRIBUTE_TYPE.int, i });
const ints = (name: string, values: readonly number[]): OnnxAttribute => ({ name, type: ONNX_ATTRIBUTE_TYPE.ints, ints: values });
const string = (name: string, s: string): OnnxAttribute => ({ name, type: ONNX_ATTRIBUTE_TYPE.string, s: text.encode(s) });

const COORDINATES: Readonly<Record<ResizeConvention, string>> = {
  'half-pixel': 'half_pixel',
  'align-corners': 'align_corners',
  asymmetric: 'asymmetric',
};

/** Extents for `Reshape`: 0 keeps the input's extent, -1 is worked out in the run. */
function reshapeTarget(from: Shape, to: Shape): readonly number[] {
  return to.map((extent, axis) => {
    if (typeof extent === 'number') return extent;
    return axis < from.length && sameDimension(extent, from[axis] ?? -1) ? 0 : -1;
  });
}

/** PyTorch's gate order (reset, update, new) as ONNX has it (update, reset, new). */
function reorderGates({ data }: FloatTensor): Float32Array {
  const gate = data.length / 3;
  const reordered = new Float32Array(data.length);
  reordered.set(data.subarray(gate, 2 * gate), 0);
  reordered.set(data.subarray(0, gate), gate);
  reordered.set(data.subarray(2 * gate), 2 * gate);
  return reordered;
}

function lowerGru({ name, operation, inputs, output }: GraphNode, scope: OnnxScope): void {
  if (operation.op !== 'gru') return;
  const [x, ...parameters] = inputs;
  const [inputWeight, recurrentWeight, inputBias, recurrentBias] = parameters.map((value) => scope.constantOf(value, name));
  if (x === undefined || inputWeight === undefined || recurrentWeight === undefined || inputBias === undefined || recurrentBias === undefined) return;
  const hidden = operation.hiddenSize;
  const features = inputWeight.data.length / (3 * hidden);
  const bias = new Float32Array(6 * hidden);
  bias.set(reorderGates(inputBias), 0);
  bias.set(reorderGates(recurrentBias), 3 * hidden);
  const w = scope.float(`${name}.w`, { dims: [1, 3 * hidden, features], data: reorderGates(inputWeight) });
  const r = scope.float(`${name}.r`, { dims: [1, 3 * hidden, hidden], data: reorderGates(recurrentWeight) });
  const b = scope.float(`${name}.b`, { dims: [1, 6 * hidden], data: bias });
  // The operator runs over T × N × F; its batch-first layout is not implemented by ONNX Runtime's CPU kernel.
  scope.add({ name: `${name}/time-first`, opType: 'Transpose', input: [scope.nameOf(x)], output: [`/${name}/x`], attribute: [ints('perm', [1, 0, 2])] });
  scope.add({ name, opType: 'GRU', input: [`/${name}/x`, w, r, b], output: [`/${name}/y`], attribute: [int('hidden_size', hidden), int('linear_before_reset', 1)] });
  scope.add({ name: `${name}/direction`, opType: 'Squeeze', input: [`/${name}/y`, scope.int64(`${name}.axis`, [1])], output: [`/${name}/states`], attribute: [] });
  scope.add({ name: `${name}/batch-first`, opType: 'Transpose', input: [`/${name}/states`], output: [scope.nameOf(output)], attribute: [ints('perm', [1, 0, 2])] });
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
  const names = inputs.map((value) => scope.nameOf(value));
  const plain = (opType: string, attribute: readonly OnnxAttribute[] = [], extra: readonly string[] = []): void => {
    scope.add({ name, opType, input: [...names, ...extra], output: [scope.nameOf(output)], attribute });
  };
  switch (operation.op) {
    case 'conv2d': {
      const kernel = inputs[1]?.shape.slice(2).map(Number) ?? [];
      const { stride, padding, dilation, groups } = operation;
      plain('Conv', [ints('kernel_shape', kernel), ints('strides', stride), ints('pads', padding), ints('dilations', dilation), int('group', groups)]);
      return;
    }
    case 'batchNorm':
      plain('BatchNormalization', [float('epsilon', operation.epsilon)]);
      return;
    case 'relu':
      plain('Relu');
      return;
    case 'sigmoid':
      plain('Sigmoid');
      return;
    case 'prelu':
      plain('PRelu');
      return;
    case 'clip':
      plain('Clip', [], [scope.float(`${name}.minimum`, { dims: [], data: Float32Array.of(operation.minimum) }), scope.float(`${name}.maximum`, { dims: [], data: Float32Array.of(operation.maximum) })]);
      return;
    case 'add':
      plain('Add');
      return;
    case 'sub':
      plain('Sub');
      return;
    case 'mul':
      plain('Mul');
      return;
    case 'concat':
      plain('Concat', [int('axis', operation.axis)]);
      return;
    case 'maxPool':
      plain('MaxPool', [ints('kernel_shape', operation.kernel), ints('strides', operation.stride), ints('pads', operation.padding)]);
      return;
    case 'globalAveragePool':
      plain('GlobalAveragePool');
      return;
    case 'resizeBilinear': {
      const [height, width] = inputs[0]?.shape.slice(2).map(Number) ?? [];
      const [toHeight, toWidth] = operation.size;
      // Scales, not sizes: sizes would fix the batch.
      const scales = scope.float(`${name}.scales`, { dims: [4], data: Float32Array.of(1, 1, toHeight / (height ?? NaN), toWidth / (width ?? NaN)) });
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
      plain('Reshape', [], [scope.int64(`${name}.shape`, reshapeTarget(inputs[0]?.shape ?? [], operation.shape))]);
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
      plain('ReduceMean', [ints('axes', operation.axes), int('keepdims', operation.keepDims ? 1 : 0)]);
      return;
    case 'gru':
      lowerGru(node, scope);
      return;
  }
}
