/**
 * Lowers a graph with QuantizeLinear and DequantizeLinear pairs around what runs in 8 bits. The file is plain ONNX, and any
 * runtime computes it; ONNX Runtime makes one integer operation of each pair's inside.
 */
import { FramewitnessError } from '../domain/errors.js';
import type { Graph, GraphNode, Value } from './graph.js';
import { lowerNode } from './onnx-nodes.js';
import { float, int, type OnnxScope } from './onnx-scope.js';
import { activationScale, planQuantisation, quantiseBias, quantiseWeights, type ActivationRanges, type ActivationScale, type QuantisationPlan } from './quantisation.js';

/** Lowers nodes one by one, in the graph's order. */
export class QuantisedLowering {
  readonly #plan: QuantisationPlan;
  readonly #scales = new Map<number, ActivationScale>();
  /** What stands for a value where it is read, by id. */
  readonly #standIns = new Map<number, string>();
  readonly #weights = new Map<number, { readonly name: string; readonly scales: Float32Array }>();
  /** What stands for a value in the node at hand only. */
  #own = new Map<number, string>();
  readonly #scope: OnnxScope;

  constructor(
    graph: Graph,
    ranges: ActivationRanges,
    private readonly outer: OnnxScope,
  ) {
    this.#plan = planQuantisation(graph);
    const missing = this.#plan.ranged.filter(({ name }) => !ranges.has(name)).map(({ name }) => name);
    if (missing.length > 0) {
      throw new FramewitnessError('FW_MODEL_CARD', `${graph.name}: the quantisation has no range of ${missing.join(', ')}; make it anew with: framewitness models quantise`);
    }
    for (const [id, { name }] of this.#plan.values) this.#scales.set(id, activationScale(ranges.get(name) ?? [0, 0]));
    this.#scope = {
      nameOf: (value) => this.#own.get(value.id) ?? this.#standIns.get(value.id) ?? outer.nameOf(value),
      constantOf: (value, layer) => outer.constantOf(value, layer),
      float: (name, tensor) => outer.float(name, tensor),
      bytes: (name, data, dims) => outer.bytes(name, data, dims),
      int32: (name, data) => outer.int32(name, data),
      int64: (name, values) => outer.int64(name, values),
      extent: (symbol) => outer.extent(symbol),
      add: (node) => {
        outer.add(node);
      },
    };
  }

  lower(node: GraphNode): void {
    const { output, name } = node;
    const before = this.#plan.rectified.get(name);
    this.#own = new Map();
    if (before === undefined) {
      if (this.#plan.nodes.has(name) && node.operation.op === 'conv2d') this.#integerWeights(node);
      if (this.#plan.nodes.has(name) && node.operation.op === 'relu') this.#rectifier(node);
      else lowerNode(node, this.#scope);
    }
    const scale = this.#scales.get(output.id);
    if (scale !== undefined) this.#standIns.set(output.id, this.#pair(output, before === undefined ? this.outer.nameOf(output) : this.outer.nameOf(before.output), scale));
  }

  /** ONNX Runtime has an integer LeakyReLU, and none of ReLU: with slope 0 they are the same. */
  #rectifier({ name, inputs, output }: GraphNode): void {
    this.outer.add({ name, opType: 'LeakyRelu', input: inputs.map((value) => this.#scope.nameOf(value)), output: [this.outer.nameOf(output)], attribute: [float('alpha', 0)] });
  }

  #pair({ name }: Value, source: string, { scale, zeroPoint }: ActivationScale): string {
    const parameters = [this.outer.float(`/${name}/scale`, { dims: [], data: Float32Array.of(scale) }), this.outer.bytes(`/${name}/zero-point`, Uint8Array.of(zeroPoint), [])];
    const [stored, read] = [`/${name}/8-bit`, `/${name}/float`];
    this.outer.add({ name: `${name}/quantise`, opType: 'QuantizeLinear', input: [source, ...parameters], output: [stored], attribute: [] });
    this.outer.add({ name: `${name}/dequantise`, opType: 'DequantizeLinear', input: [stored, ...parameters], output: [read], attribute: [] });
    return read;
  }

  #integerWeights({ name, inputs: [x, weight, bias] }: GraphNode): void {
    const inputScale = x === undefined ? undefined : this.#scales.get(x.id);
    if (inputScale === undefined || weight === undefined) return;
    const known = this.#weights.get(weight.id) ?? this.#integerWeight(weight, name);
    this.#weights.set(weight.id, known);
    this.#own.set(weight.id, known.name);
    if (bias === undefined) return;
    const { values, scales } = quantiseBias(this.outer.constantOf(bias, name).data, inputScale.scale, known.scales);
    this.#own.set(bias.id, this.#perChannel(`/${name}/bias`, this.outer.int32(`/${name}/bias/32-bit`, values), scales));
  }

  #integerWeight(weight: Value, layer: string): { readonly name: string; readonly scales: Float32Array } {
    const tensor = this.outer.constantOf(weight, layer);
    const { values, scales } = quantiseWeights(tensor);
    return { name: this.#perChannel(`/${weight.name}`, this.outer.bytes(`/${weight.name}/8-bit`, values, tensor.dims), scales), scales };
  }

  #perChannel(name: string, stored: string, scales: Float32Array): string {
    const read = `${name}/float`;
    this.outer.add({ name: `${name.slice(1)}/dequantise`, opType: 'DequantizeLinear', input: [stored, this.outer.float(`${name}/scales`, { dims: [scales.length], data: scales })], output: [read], attribute: [int('axis', 0)] });
    return read;
  }
}
