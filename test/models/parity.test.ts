import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph, Value } from '../../src/inference/graph.js';
import { emitOnnx } from '../../src/inference/onnx-emitter.js';
import { createSession, type FloatTensor } from '../../src/inference/onnx-runtime.js';
import { servingGraph } from '../../src/inference/serving-graph.js';
import { parityInput, parityParameters, parityTensor } from '../../src/models/parity.js';
import { findNetwork, networkGraph } from '../../src/models/registry.js';

const rms = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0) / values.length);

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, scale: number, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: number of values`);
  Array.from(expected).forEach((value, i) => {
    const error = Math.abs(actual[i]! - value) / scale;
    assert.ok(error <= 1e-3, `${what}[${i}] is ${actual[i]}, expected ${value} (relative error ${error})`);
  });
}

async function run(graph: Graph, input: FloatTensor): Promise<Record<string, FloatTensor>> {
  const session = await createSession(emitOnnx(graph));
  try {
    return await session.run({ input });
  } finally {
    await session.close();
  }
}

for (const name of ['srm-residual', 'srm-residual-gru']) {
  test(`${name}: folding changes no output by more than rounding`, async () => {
    const graph = networkGraph(findNetwork(name));
    const parameters = parityParameters(graph, 'folding', 1);
    const input = parityInput('folding', graph.inputs[0]!.shape.map((extent) => (extent === 'N' ? 1 : Number(extent))));
    const constants = new Map([...graph.parameters.values()].map((value) => [value.id, value]));
    const bound = (value: Value): Value => {
      const parameter = constants.get(value.id);
      return parameter?.origin.kind === 'parameter' ? { ...value, origin: { kind: 'constant', data: parameters.get(parameter.origin.key)!.data } } : value;
    };
    const unfolded: Graph = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(bound) })) };
    const served = servingGraph(graph, parameters);
    assert.ok(served.nodes.every((node) => node.operation.op !== 'batchNorm'), 'no batch normalisation is left');
    assert.ok(unfolded.nodes.some((node) => node.operation.op === 'batchNorm'));
    const [before, after] = [await run(unfolded, input), await run(served, input)];
    for (const { name: output } of graph.outputs) assertClose(after[output]!.data, before[output]!.data, 0.1 * rms(before[output]!.data), output);
  });
}

test('the parity recipe gives the numbers that its description works out to', () => {
  // h = FNV-1a('s/x'), u by the mixer: worked out by hand with big integers.
  const hash = [...Buffer.from('s/x')].reduce((h, byte) => ((h ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn, 0x811c9dc5n);
  const uniform = (index: number): number => {
    let z = (hash + BigInt(index + 1) * 0x9e3779b9n) & 0xffffffffn;
    z ^= z >> 16n;
    z = (z * 0x21f0aaadn) & 0xffffffffn;
    z ^= z >> 15n;
    z = (z * 0x735a2d97n) & 0xffffffffn;
    z ^= z >> 15n;
    return Number(z) / 2 ** 32;
  };
  const expected = Float32Array.from([0, 1, 2, 3], (i) => (2 * uniform(i) - 1) * (0.5 * Math.sqrt(3 / 2)));
  assert.deepEqual(parityTensor('s', 'x', [2, 2], 0.5).data, expected);
  assert.deepEqual(parityTensor('s', 'bn.num_batches_tracked', [1], 1).data, Float32Array.of(0));
  assert.ok(parityTensor('s', 'bn.running_var', [50], 1).data.every((x) => x >= 0.9 && x <= 1.1));
  assert.ok(parityTensor('s', 'bn.weight', [50], 1).data.every((x) => x >= 0.9 && x <= 1.1));
  assert.ok(parityTensor('s', 'bn.bias', [50], 1).data.every((x) => Math.abs(x) <= 0.1));
});
