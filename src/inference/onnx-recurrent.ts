/** Recurrent layers as ONNX has them: other gate orders than PyTorch's, time before batch, an axis for the direction. */
import type { GraphNode } from './graph.js';
import { int, ints, string, type OnnxScope } from './onnx-scope.js';

/** Where ONNX's gates stand in PyTorch's order. */
const GATES = {
  /** ONNX update, reset, new; PyTorch reset, update, new. */
  gru: { opType: 'GRU', order: [1, 0, 2] },
  /** ONNX input, output, forget, cell; PyTorch input, forget, cell, output. */
  lstm: { opType: 'LSTM', order: [0, 3, 1, 2] },
} as const;

function reorderGates(data: Float32Array, order: readonly number[]): Float32Array {
  const gate = data.length / order.length;
  const reordered = new Float32Array(data.length);
  for (const [to, from] of order.entries()) reordered.set(data.subarray(from * gate, (from + 1) * gate), to * gate);
  return reordered;
}

/** Adds the nodes of a `gru` or an `lstm`; its weights must be known before the run. */
export function lowerRecurrent({ name, operation, inputs, output }: GraphNode, scope: OnnxScope): void {
  if (operation.op !== 'gru' && operation.op !== 'lstm') return;
  const [x, ...parameters] = inputs;
  const [inputWeight, recurrentWeight, inputBias, recurrentBias] = parameters.map((value) => scope.constantOf(value, name));
  if (x === undefined || inputWeight === undefined || recurrentWeight === undefined || inputBias === undefined || recurrentBias === undefined) return;
  const { opType, order } = GATES[operation.op];
  const hidden = operation.hiddenSize;
  const rows = order.length * hidden;
  const bias = new Float32Array(2 * rows);
  bias.set(reorderGates(inputBias.data, order), 0);
  bias.set(reorderGates(recurrentBias.data, order), rows);
  const w = scope.float(`${name}.w`, { dims: [1, rows, inputWeight.data.length / rows], data: reorderGates(inputWeight.data, order) });
  const r = scope.float(`${name}.r`, { dims: [1, rows, hidden], data: reorderGates(recurrentWeight.data, order) });
  const b = scope.float(`${name}.b`, { dims: [1, 2 * rows], data: bias });
  const attribute = [int('hidden_size', hidden), string('direction', operation.direction), ...(operation.op === 'gru' ? [int('linear_before_reset', 1)] : [])];
  // The operator runs over T × N × F; its batch-first layout is not implemented by ONNX Runtime's CPU kernel.
  scope.add({ name: `${name}/time-first`, opType: 'Transpose', input: [scope.nameOf(x)], output: [`/${name}/x`], attribute: [ints('perm', [1, 0, 2])] });
  scope.add({ name, opType, input: [`/${name}/x`, w, r, b], output: [`/${name}/y`], attribute });
  scope.add({ name: `${name}/direction`, opType: 'Squeeze', input: [`/${name}/y`, scope.int64(`${name}.axis`, [1])], output: [`/${name}/states`], attribute: [] });
  scope.add({ name: `${name}/batch-first`, opType: 'Transpose', input: [`/${name}/states`], output: [scope.nameOf(output)], attribute: [ints('perm', [1, 0, 2])] });
}
