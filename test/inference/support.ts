/** Runs small graphs for real. */
import { emitOnnx } from '../../src/inference/onnx-emitter.js';
import { createSession, type FloatTensor } from '../../src/inference/onnx-runtime.js';
import { buildGraph, type GraphBuilder } from '../../src/inference/graph-builder.js';
import type { Graph, Value } from '../../src/inference/graph.js';
import { servingGraph } from '../../src/inference/serving-graph.js';

/** A tensor from nested or flat numbers. */
export function tensor(dims: readonly number[], data: ArrayLike<number>): FloatTensor {
  return { dims, data: Float32Array.from(data) };
}

/** 0, 1, 2, … in a shape. */
export function counting(dims: readonly number[]): FloatTensor {
  const length = dims.reduce((product, extent) => product * extent, 1);
  return tensor(dims, Array.from({ length }, (_, i) => i));
}

/** Runs a graph without parameters. */
export async function runGraph(graph: Graph, inputs: Readonly<Record<string, FloatTensor>>): Promise<Record<string, FloatTensor>> {
  const session = await createSession(emitOnnx(graph), { name: graph.name });
  try {
    return await session.run(inputs);
  } finally {
    await session.close();
  }
}

/** The result of one operation on `x`, whose first axis is the batch; folded and emitted as for serving. */
export async function runOperation(x: FloatTensor, define: (g: GraphBuilder, x: Value) => Value): Promise<FloatTensor> {
  const graph = buildGraph('operation', (g) => ({ y: define(g, g.input('x', ['N', ...x.dims.slice(1)])) }));
  return (await runGraph(servingGraph(graph, new Map()), { x }))['y']!;
}
