/** What the lowering of a node to ONNX may do, and the attributes that it writes. */
import type { Value } from './graph.js';
import { ONNX_ATTRIBUTE_TYPE, type OnnxAttribute, type OnnxNode } from './onnx-schema.js';
import type { FloatTensor } from './tensor.js';

/** What a lowering may do: name its inputs, add constants and nodes. */
export interface OnnxScope {
  nameOf(value: Value): string;
  /** The tensor of a value that is known before the run; an FW_MODEL_GRAPH error where it is not. */
  constantOf(value: Value, layer: string): FloatTensor;
  float(name: string, tensor: FloatTensor): string;
  bytes(name: string, data: Int8Array | Uint8Array, dims: readonly number[]): string;
  int32(name: string, data: Int32Array): string;
  int64(name: string, values: readonly number[]): string;
  /** Name of a tensor of one element: what a symbol of the shapes of the inputs stands for in the run. */
  extent(symbol: string): string;
  add(node: OnnxNode): void;
}

const text = new TextEncoder();

export const float = (name: string, f: number): OnnxAttribute => ({ name, type: ONNX_ATTRIBUTE_TYPE.float, f });
export const int = (name: string, i: number): OnnxAttribute => ({ name, type: ONNX_ATTRIBUTE_TYPE.int, i });
export const ints = (name: string, values: readonly number[]): OnnxAttribute => ({ name, type: ONNX_ATTRIBUTE_TYPE.ints, ints: values });
export const string = (name: string, s: string): OnnxAttribute => ({ name, type: ONNX_ATTRIBUTE_TYPE.string, s: text.encode(s) });
