/** How big a network is, layer by layer and in all. */
import type { Graph, GraphNode, OperationName, Value } from './graph.js';
import { concreteShape, type Shape } from './shapes.js';

/** Size and work of a network or a layer. */
export interface GraphStatistics {
  /** Learnt numbers; running statistics, which no gradient changes, are not counted. */
  readonly parameters: number;
  /** Multiply-adds of convolutions, matrix products, linear and recurrent layers for one item of the batch. */
  readonly multiplyAdds: number;
}

/** One operation of a graph. */
export interface LayerStatistics extends GraphStatistics {
  readonly name: string;
  readonly operation: OperationName;
  /** Shape of what it makes, the batch first. */
  readonly output: Shape;
}

const product = (numbers: readonly number[]): number => numbers.reduce((total, n) => total * n, 1);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

function multiplyAdds({ operation, inputs, output }: GraphNode): number {
  const outputs = product(concreteShape(output.shape, 1));
  const weight = concreteShape(inputs[1]?.shape ?? [], 1);
  switch (operation.op) {
    case 'conv2d':
    case 'linear':
      return outputs * product(weight.slice(1));
    case 'matMul':
      return outputs * (concreteShape(inputs[0]?.shape ?? [], 1).at(-1) ?? 0);
    case 'gru':
    case 'lstm': {
      const steps = outputs / operation.hiddenSize;
      return steps * (operation.op === 'gru' ? 3 : 4) * operation.hiddenSize * ((weight[1] ?? 0) + operation.hiddenSize);
    }
    default:
      return 0;
  }
}

/** Parameters that training changes, with how many numbers each has. */
function learnt(graph: Graph): ReadonlyMap<string, number> {
  const kept = [...graph.parameters].filter(([key]) => !/(^|\.)running_(mean|var)$/.test(key));
  return new Map(kept.map(([key, { shape }]) => [key, product(concreteShape(shape, 1))]));
}

/**
 * The operations on a network's input, in the order of the graph. What is computed of parameters alone, once, is no layer:
 * its parameters are those of the layer that reads it. A parameter that several layers read is the first one's.
 */
export function layerStatistics(graph: Graph): readonly LayerStatistics[] {
  const left = new Map(learnt(graph));
  /** Parameters that a value is made of, where it is made of nothing else; by id. */
  const prepared = new Map<number, readonly string[]>();
  const keysOf = ({ id, origin }: Value): readonly string[] | undefined => (origin.kind === 'parameter' ? [origin.key] : origin.kind === 'constant' ? [] : prepared.get(id));
  return graph.nodes.flatMap((node): LayerStatistics[] => {
    const known = node.inputs.map(keysOf);
    const keys = known.flatMap((each) => each ?? []);
    if (!known.includes(undefined)) {
      prepared.set(node.output.id, keys);
      return [];
    }
    const parameters = sum([...new Set(keys)].map((key) => left.get(key) ?? 0));
    for (const key of keys) left.delete(key);
    return [{ name: node.name, operation: node.operation.op, output: node.output.shape, parameters, multiplyAdds: multiplyAdds(node) }];
  });
}

/** Counts over a graph as its network defines it (before folding). */
export function graphStatistics(graph: Graph): GraphStatistics {
  return { parameters: sum([...learnt(graph).values()]), multiplyAdds: sum(layerStatistics(graph).map((layer) => layer.multiplyAdds)) };
}
