/** Writes small TensorFlow Lite files, so that single operators can be tested without a published network. */
import { Builder, type Offset } from 'flatbuffers';

/** A field of a table: number in the schema and how it is written. */
export type Field = readonly [field: number, type: 'int8' | 'int32' | 'uint32' | 'offset', value: number];

/** A tensor; `data` makes it a stored one, float32 unless `type` says otherwise. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly data?: Uint8Array;
  /** Type number of the schema: 0 float32 (default), 1 float16, 2 int32. */
  readonly type?: number;
}

/** An operator by its builtin number, with the fields of its options. */
export interface OperatorSpec {
  readonly code: number;
  readonly custom?: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: readonly Field[];
}

/** Bytes of float32 values. */
export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
/** Bytes of int32 values. */
export const ints = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);

function table(b: Builder, fields: readonly Field[]): Offset {
  b.startObject(Math.max(0, ...fields.map(([field]) => field)) + 1);
  for (const [field, type, value] of fields) {
    // The default is a value that no field takes, so that every field is written.
    if (type === 'int8') b.addFieldInt8(field, value, -128);
    else if (type === 'int32') b.addFieldInt32(field, value, -(2 ** 31));
    else if (type === 'uint32') b.addFieldInt32(field, value, -(2 ** 31));
    else b.addFieldOffset(field, value, 0);
  }
  return b.endObject();
}

function int32Vector(b: Builder, values: readonly number[]): Offset {
  b.startVector(4, values.length, 4);
  for (const value of values.toReversed()) b.addInt32(value);
  return b.endVector();
}

function offsetVector(b: Builder, offsets: readonly Offset[]): Offset {
  b.startVector(4, offsets.length, 4);
  for (const offset of offsets.toReversed()) b.addOffset(offset);
  return b.endVector();
}

function byteVector(b: Builder, bytes: Uint8Array): Offset {
  b.startVector(1, bytes.length, 8);
  for (const byte of bytes.toReversed()) b.addInt8(byte);
  return b.endVector();
}

/** A file of one subgraph. */
export function tfliteFile(tensors: readonly TensorSpec[], operators: readonly OperatorSpec[], inputs: readonly number[], outputs: readonly number[]): Uint8Array {
  const b = new Builder(1024);
  const buffers = offsetVector(b, tensors.map(({ data }) => {
    const bytes = data === undefined ? undefined : byteVector(b, data);
    return table(b, bytes === undefined ? [] : [[0, 'offset', bytes]]);
  }));
  const tensorTables = offsetVector(b, tensors.map(({ shape, type = 0 }, index) => {
    const name = b.createString(`tensor${index}`);
    return table(b, [[0, 'offset', int32Vector(b, shape)], [1, 'int8', type], [2, 'uint32', index], [3, 'offset', name]]);
  }));
  const operatorTables = offsetVector(b, operators.map((operator, index) => {
    const options = operator.options === undefined ? undefined : table(b, operator.options);
    const [ins, outs] = [int32Vector(b, operator.inputs), int32Vector(b, operator.outputs)];
    return table(b, [[0, 'uint32', index], [1, 'offset', ins], [2, 'offset', outs], ...(options === undefined ? [] : [[4, 'offset', options] as const])]);
  }));
  const codes = offsetVector(b, operators.map(({ code, custom }) => {
    const name = custom === undefined ? undefined : b.createString(custom);
    return table(b, [[0, 'int8', Math.min(code, 127)], ...(name === undefined ? [] : [[1, 'offset', name] as const]), [3, 'int32', code]]);
  }));
  const [ins, outs] = [int32Vector(b, inputs), int32Vector(b, outputs)];
  const subgraph = offsetVector(b, [table(b, [[0, 'offset', tensorTables], [1, 'offset', ins], [2, 'offset', outs], [3, 'offset', operatorTables]])]);
  const model = table(b, [[0, 'uint32', 3], [1, 'offset', codes], [2, 'offset', subgraph], [4, 'offset', buffers]]);
  b.finish(model, 'TFL3');
  return b.asUint8Array().slice();
}
