/** Writes a graph as an ONNX model, for ONNX Runtime or for anyone else who reads the format. */
import { FramewitnessError } from '../domain/errors.js';
import type { Graph, Value } from './graph.js';
import { lowerNode } from './onnx-nodes.js';
import { QuantisedLowering } from './onnx-quantised.js';
import { encodeModel, ONNX_DATA_TYPE, ONNX_IR_VERSION, ONNX_OPSET, type OnnxNode, type OnnxTensor, type OnnxValueInfo } from './onnx-schema.js';
import { int, type OnnxScope } from './onnx-scope.js';
import type { ActivationRanges } from './quantisation.js';
import { staticShape } from './shapes.js';
import type { FloatTensor } from './tensor.js';

/**
 * The graph as an `.onnx` file (IR version 8, operator set 17, float32, symbols of shapes as named dimensions).
 *
 * @param graph - a graph without parameters, see `servingGraph`
 * @param metadata - goes into the model's `metadata_props`
 * @param ranges - of inner values: what `planQuantisation` picks runs in 8 bits; absent: all is float32
 * @throws FramewitnessError FW_MODEL_GRAPH where a parameter is not bound, FW_MODEL_CARD where a range is missing
 */
export function emitOnnx(graph: Graph, metadata: Readonly<Record<string, string>> = {}, ranges?: ActivationRanges): Uint8Array {
  const emission = new Emission(graph);
  const lowering = ranges === undefined ? undefined : new QuantisedLowering(graph, ranges, emission);
  for (const node of graph.nodes) {
    if (lowering === undefined) lowerNode(node, emission);
    else lowering.lower(node);
  }
  return encodeModel({
    irVersion: ONNX_IR_VERSION,
    producerName: 'framewitness',
    opsetImport: [{ domain: '', version: ONNX_OPSET }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      node: [...emission.nodes, ...emission.renames()],
      initializer: [...emission.initializers.values()],
      input: graph.inputs.map((value) => describe(value.name, value)),
      output: graph.outputs.map(({ name, value }) => describe(name, value)),
    },
  });
}

function describe(name: string, { shape }: Value): OnnxValueInfo {
  const dim = shape.map((extent) => (typeof extent === 'number' ? { dimValue: extent } : { dimParam: extent }));
  return { name, type: { tensorType: { elemType: ONNX_DATA_TYPE.float, shape: { dim } } } };
}

const LITTLE_ENDIAN_HOST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Values in the byte order of the format, little-endian, whatever the machine's. */
function littleEndian(data: Float32Array | Int32Array): Uint8Array {
  if (LITTLE_ENDIAN_HOST) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bytes = new DataView(new ArrayBuffer(data.length * 4));
  const floats = data instanceof Float32Array;
  data.forEach((value, i) => {
    if (floats) bytes.setFloat32(4 * i, value, true);
    else bytes.setInt32(4 * i, value, true);
  });
  return new Uint8Array(bytes.buffer);
}

class Emission implements OnnxScope {
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, OnnxTensor>();
  readonly #outputNames = new Map<number, string>();
  readonly #extents = new Set<string>();

  constructor(private readonly graph: Graph) {
    for (const { name, value } of graph.outputs) {
      if (value.origin.kind === 'node' && !this.#outputNames.has(value.id)) this.#outputNames.set(value.id, name);
    }
  }

  nameOf(value: Value): string {
    const output = this.#outputNames.get(value.id);
    if (output !== undefined) return output;
    // A slash keeps inner names apart from the names of inputs and outputs.
    if (value.origin.kind === 'input') return value.name;
    const name = `/${value.name}`;
    if (value.origin.kind === 'constant' && !this.initializers.has(name)) this.float(name, this.constantOf(value, value.name));
    if (value.origin.kind === 'parameter') throw this.#unbound(value, value.name);
    return name;
  }

  constantOf(value: Value, layer: string): FloatTensor {
    const dims = staticShape(value.shape);
    if (value.origin.kind !== 'constant' || dims === undefined) throw this.#unbound(value, layer);
    return { data: value.origin.data, dims };
  }

  float(name: string, { data, dims }: FloatTensor): string {
    this.initializers.set(name, { name, dims, dataType: ONNX_DATA_TYPE.float, rawData: littleEndian(data) });
    return name;
  }

  bytes(name: string, data: Int8Array | Uint8Array, dims: readonly number[]): string {
    const dataType = data instanceof Int8Array ? ONNX_DATA_TYPE.int8 : ONNX_DATA_TYPE.uint8;
    this.initializers.set(name, { name, dims, dataType, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return name;
  }

  int32(name: string, data: Int32Array): string {
    this.initializers.set(name, { name, dims: [data.length], dataType: ONNX_DATA_TYPE.int32, rawData: littleEndian(data) });
    return name;
  }

  int64(name: string, values: readonly number[]): string {
    const bytes = new DataView(new ArrayBuffer(values.length * 8));
    values.forEach((value, i) => {
      bytes.setBigInt64(8 * i, BigInt(value), true);
    });
    this.initializers.set(name, { name, dims: [values.length], dataType: ONNX_DATA_TYPE.int64, rawData: new Uint8Array(bytes.buffer) });
    return name;
  }

  extent(symbol: string): string {
    const name = `/extent/${symbol}`;
    if (this.#extents.has(symbol)) return name;
    const input = this.graph.inputs.find(({ shape }) => shape.includes(symbol));
    if (input === undefined) throw new FramewitnessError('FW_MODEL_GRAPH', `${this.graph.name}: no input has the extent ${symbol}`);
    const axis = input.shape.indexOf(symbol);
    this.#extents.add(symbol);
    this.add({ name: name.slice(1), opType: 'Shape', input: [input.name], output: [name], attribute: [int('start', axis), int('end', axis + 1)] });
    return name;
  }

  add(node: OnnxNode): void {
    this.nodes.push(node);
  }

  /** Outputs that are inputs, constants, or another output under a second name. */
  renames(): readonly OnnxNode[] {
    return this.graph.outputs
      .filter(({ name, value }) => this.nameOf(value) !== name)
      .map(({ name, value }) => ({ name: `${name}/output`, opType: 'Identity', input: [this.nameOf(value)], output: [name], attribute: [] }));
  }

  #unbound(value: Value, layer: string): FramewitnessError {
    return new FramewitnessError('FW_MODEL_GRAPH', `${this.graph.name}: ${layer}: ${value.name} is not known before the run`);
  }
}
