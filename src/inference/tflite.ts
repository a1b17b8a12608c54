/** Reads TensorFlow Lite files (flatbuffer schema version 3): the parts that a convolutional float network has. */
import { FramewitnessError } from '../domain/errors.js';
import { FlatTable } from './flat-table.js';
import { decodeFloat, decodeHalf } from './half-precision.js';

/** Builtin operators that are understood, by their number in the schema. */
const OPERATORS = {
  0: 'ADD',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  6: 'DEQUANTIZE',
  17: 'MAX_POOL_2D',
  19: 'RELU',
  21: 'RELU6',
  22: 'RESHAPE',
  23: 'RESIZE_BILINEAR',
  34: 'PAD',
  54: 'PRELU',
} as const;

/** Names of other builtin operators that face networks use, so that a refusal can name them. */
const REFUSED: Readonly<Record<number, string>> = {
  1: 'AVERAGE_POOL_2D', 2: 'CONCATENATION', 5: 'DEPTH_TO_SPACE', 9: 'FULLY_CONNECTED', 14: 'LOGISTIC', 18: 'MUL', 25: 'SOFTMAX', 32: 'CUSTOM',
  39: 'TRANSPOSE', 40: 'MEAN', 45: 'STRIDED_SLICE', 67: 'TRANSPOSE_CONV', 97: 'RESIZE_NEAREST_NEIGHBOR', 114: 'QUANTIZE', 117: 'HARD_SWISH', 124: 'DENSIFY',
};

/** A builtin operator that {@link readTflite} accepts. */
export type TfliteOperatorName = (typeof OPERATORS)[keyof typeof OPERATORS];

const FLOAT32 = 0;
const FLOAT16 = 1;
const INT32 = 2;
const CUSTOM_CODE = 32;

/** A tensor of the file, in the file's own layout (images N × H × W × C). */
export interface TfliteTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Values of a tensor that is stored in the file; float16 and int32 are widened. Absent for computed tensors. */
  readonly data?: Float32Array;
}

/** One operator. Tensors are indices; -1 is an optional input left out. */
export interface TfliteOperator {
  readonly name: TfliteOperatorName;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The operator's own options table; absent where all have their defaults. */
  readonly options: FlatTable | undefined;
}

/** The one subgraph of a file. */
export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

function operatorName(code: FlatTable, what: string): TfliteOperatorName {
  // The 8-bit field came first and saturates at 127; the 32-bit field carries what is above.
  const number = Math.max(code.int8(0), code.int32(3));
  const known = (OPERATORS as Readonly<Record<number, TfliteOperatorName>>)[number];
  if (known !== undefined) return known;
  const name = number === CUSTOM_CODE ? `CUSTOM ${code.string(1)}` : (REFUSED[number] ?? `number ${number}`);
  throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: the operator ${name} is not supported`);
}

function readTensor(table: FlatTable, buffers: readonly FlatTable[], what: string): TfliteTensor {
  const name = table.string(3);
  const shape = table.int32s(0);
  const type = table.uint8(1);
  const bytes = buffers[table.uint32(2)]?.bytes(0);
  if (bytes === undefined) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: ${name} names a buffer that is not there`);
  if (bytes.length === 0) return { name, shape };
  if (type !== FLOAT32 && type !== FLOAT16 && type !== INT32) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: ${name} has data type ${type}, which is not supported`);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const size = type === FLOAT16 ? 2 : 4;
  if (bytes.length !== count * size) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: ${name} has ${bytes.length} bytes, its shape [${shape.join(', ')}] needs ${count * size}`);
  if (type === INT32) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { name, shape, data: Float32Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true)) };
  }
  return { name, shape, data: type === FLOAT16 ? decodeHalf(bytes) : decodeFloat(bytes) };
}

/**
 * Reads a file.
 *
 * @param what - what errors call the file
 * @throws FramewitnessError FW_MODEL_FORMAT where the file is damaged, or has operators or data types that are not
 * understood (named)
 */
export function readTflite(bytes: Uint8Array, what: string): TfliteModel {
  const model = FlatTable.root(bytes, 'TFL3', what);
  const [graph, ...others] = model.tables(2);
  if (graph === undefined || others.length > 0) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: it must have one subgraph`);
  const names = model.tables(1).map((code) => operatorName(code, what));
  const buffers = model.tables(4);
  const operators = graph.tables(3).map((table) => {
    const name = names[table.uint32(0)];
    if (name === undefined) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: an operator has a code that is not there`);
    return { name, inputs: table.int32s(1), outputs: table.int32s(2), options: table.table(4) };
  });
  return { tensors: graph.tables(0).map((table) => readTensor(table, buffers, what)), operators, inputs: graph.int32s(1), outputs: graph.int32s(2) };
}
