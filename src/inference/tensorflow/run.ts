/** One pass through a graph: in order, each value disposed of as soon as its last reader has run. */
import type { Graph, Value } from '../graph.js';
import type { RunContext, RunMode, RunStore } from './context.js';
import { HeldValue, type Made } from './layout.js';
import { computeNode } from './operations.js';
import { evaluateShape, type Symbols } from './symbols.js';
import type { Tensor, Tf } from './tf.js';

/** For each node, the values that nobody reads after it. */
function lastReads(graph: Graph): readonly (readonly number[])[] {
  const lastReader = new Map<number, number>();
  graph.nodes.forEach(({ inputs, output }, i) => {
    for (const { id } of [...inputs, output]) lastReader.set(id, i);
  });
  for (const { value } of graph.outputs) lastReader.delete(value.id);
  const reads: number[][] = graph.nodes.map(() => []);
  for (const [id, i] of lastReader) reads[i]?.push(id);
  return reads;
}

const plans = new WeakMap<Graph, readonly (readonly number[])[]>();

/** {@link lastReads}, once a graph. */
function planOf(graph: Graph): readonly (readonly number[])[] {
  const known = plans.get(graph) ?? lastReads(graph);
  plans.set(graph, known);
  return known;
}

/**
 * Runs a graph on the engine's present back end. Whatever happens, only the results are left behind.
 *
 * @param feeds - a tensor for each input of the graph, in the graph's order of axes; they stay the caller's
 * @returns the outputs by name, in the graph's order of axes, for the caller to dispose of (or a `tidy` around)
 */
export function runGraph(tf: Tf, graph: Graph, store: RunStore, feeds: Readonly<Record<string, Tensor>>, symbols: Symbols, mode: RunMode): Record<string, Tensor> {
  const held = new Map<number, HeldValue>();
  const valueOf = (value: Value): HeldValue => {
    const known = held.get(value.id);
    if (known !== undefined) return known;
    const tensor = value.origin.kind === 'input' ? feeds[value.name] : store.sourceOf(value);
    if (tensor === undefined) throw new Error(`${value.name} is read before it is computed`);
    const source = new HeldValue(tf, { tensor, layout: 'plain' }, false);
    held.set(value.id, source);
    return source;
  };
  const plan = planOf(graph);
  try {
    graph.nodes.forEach((node, i) => {
      const inputs = node.inputs.map(valueOf);
      const context: RunContext = { ...mode, tf, node, inputs, store, shapeOf: (shape) => evaluateShape(shape, symbols) };
      held.set(node.output.id, new HeldValue(tf, fresh(context, tidied(context)), true));
      for (const id of plan[i] ?? []) {
        held.get(id)?.dispose();
        held.delete(id);
      }
    });
    return tf.tidy(() => Object.fromEntries(graph.outputs.map(({ name, value }) => [name, tf.clone(valueOf(value).plain())])));
  } finally {
    for (const value of held.values()) value.dispose();
  }
}

/** Computes one node and leaves nothing behind but its result. */
function tidied(context: RunContext): Made {
  let layout: Made['layout'] = 'plain';
  const tensor = context.tf.tidy(() => {
    const made = computeNode(context);
    layout = made.layout;
    return made.tensor;
  });
  return { tensor, layout };
}

/** The result as a tensor of its own, where an operation passed an input through. */
function fresh({ tf, inputs }: RunContext, { tensor, layout }: Made): Made {
  return { tensor: inputs.some((input) => input.holds(tensor)) ? tf.clone(tensor) : tensor, layout };
}
