/** The messages of the ONNX format that the emitter writes, and what a file says of itself read back: field names, numbers and types of the published schema. */
import protobuf from 'protobufjs/light.js';
import { FramewitnessError } from '../domain/errors.js';

/** IR version that goes with {@link ONNX_OPSET}. */
export const ONNX_IR_VERSION = 8;
/** Version of the default operator set that emitted models ask for. */
export const ONNX_OPSET = 17;

/** `TensorProto.DataType`. */
export const ONNX_DATA_TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

/** `AttributeProto.AttributeType`. */
export const ONNX_ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

type Fields = Record<string, { id: number; type: string; rule?: 'repeated' }>;

/** `name: [number, type]`, or `name: [number, type, 'repeated']`. */
function message(fields: Record<string, readonly [number, string, 'repeated'?]>): { fields: Fields } {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [id, type, rule]]) => [name, rule === undefined ? { id, type } : { id, type, rule }]),
    ),
  };
}

const ROOT = protobuf.Root.fromJSON({
  nested: {
    ModelProto: message({
      irVersion: [1, 'int64'],
      producerName: [2, 'string'],
      graph: [7, 'GraphProto'],
      opsetImport: [8, 'OperatorSetIdProto', 'repeated'],
      metadataProps: [14, 'StringStringEntryProto', 'repeated'],
    }),
    OperatorSetIdProto: message({ domain: [1, 'string'], version: [2, 'int64'] }),
    StringStringEntryProto: message({ key: [1, 'string'], value: [2, 'string'] }),
    GraphProto: message({
      node: [1, 'NodeProto', 'repeated'],
      name: [2, 'string'],
      initializer: [5, 'TensorProto', 'repeated'],
      input: [11, 'ValueInfoProto', 'repeated'],
      output: [12, 'ValueInfoProto', 'repeated'],
    }),
    NodeProto: message({
      input: [1, 'string', 'repeated'],
      output: [2, 'string', 'repeated'],
      name: [3, 'string'],
      opType: [4, 'string'],
      attribute: [5, 'AttributeProto', 'repeated'],
    }),
    AttributeProto: message({
      name: [1, 'string'],
      f: [2, 'float'],
      i: [3, 'int64'],
      s: [4, 'bytes'],
      floats: [7, 'float', 'repeated'],
      ints: [8, 'int64', 'repeated'],
      type: [20, 'int32'],
    }),
    TensorProto: message({ dims: [1, 'int64', 'repeated'], dataType: [2, 'int32'], name: [8, 'string'], rawData: [9, 'bytes'] }),
    ValueInfoProto: message({ name: [1, 'string'], type: [2, 'TypeProto'] }),
    TypeProto: message({ tensorType: [1, 'TypeProtoTensor'] }),
    TypeProtoTensor: message({ elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] }),
    TensorShapeProto: message({ dim: [1, 'TensorShapeDimension', 'repeated'] }),
    TensorShapeDimension: message({ dimValue: [1, 'int64'], dimParam: [2, 'string'] }),
  },
});

/** `AttributeProto`, one of the typed fields set. */
export interface OnnxAttribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
}

/** `NodeProto`. */
export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  /** An empty name is an optional input left out. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
}

/** `TensorProto` with its values as little-endian bytes. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
}

/** `ValueInfoProto`. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: { readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[] } } };
}

/** `ModelProto`. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly OnnxNode[];
    readonly initializer: readonly OnnxTensor[];
    readonly input: readonly OnnxValueInfo[];
    readonly output: readonly OnnxValueInfo[];
  };
}

/** The model as the bytes of an `.onnx` file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const type = ROOT.lookupType('ModelProto');
  return type.encode(type.create({ ...model })).finish();
}

/** What an `.onnx` file says of itself. */
export interface OnnxFacts {
  readonly irVersion: number;
  readonly producer: string;
  /** Version of the default operator set. */
  readonly opset: number;
  /** `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly OnnxShape[];
  readonly outputs: readonly OnnxShape[];
}

/** Name and extents of an input or output; an extent that is not fixed is a name, or `?` where it has none. */
export interface OnnxShape {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/**
 * Reads what an `.onnx` file says of itself, without its nodes and weights.
 *
 * @throws FramewitnessError FW_MODEL_FORMAT where the bytes are no ONNX model
 */
export function readOnnxFacts(bytes: Uint8Array, where: string): OnnxFacts {
  const type = ROOT.lookupType('ModelProto');
  try {
    const decoded: unknown = type.toObject(type.decode(bytes), { longs: Number, arrays: true });
    const { irVersion, producerName = '', opsetImport, metadataProps, graph } = decoded as Partial<Omit<OnnxModel, 'opsetImport' | 'metadataProps'>> & Pick<OnnxModel, 'opsetImport' | 'metadataProps'>;
    if (irVersion === undefined || graph === undefined) throw new Error('it has no version or no graph');
    const shapes = (values: readonly OnnxValueInfo[]): readonly OnnxShape[] =>
      values.map(({ name, type: { tensorType } }) => ({ name, shape: tensorType.shape.dim.map((extent) => ('dimValue' in extent ? extent.dimValue : 'dimParam' in extent ? extent.dimParam : '?')) }));
    return {
      irVersion,
      producer: producerName,
      opset: opsetImport.find(({ domain = '' }: { domain?: string }) => domain === '')?.version ?? 0,
      metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
      inputs: shapes(graph.input),
      outputs: shapes(graph.output),
    };
  } catch (error) {
    throw new FramewitnessError('FW_MODEL_FORMAT', `${where}: it is no ONNX model`, { cause: error, location: { input: where } });
  }
}
