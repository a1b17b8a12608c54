/** How big a network is. */
import type { Graph, GraphNode } from './graph.js';
import { concreteShape } from './shapes.js';

/** Size and work of a network. */
export interface GraphStatistics {
  /** Learnt numbers; running statistics, which no gradient changes, are not counted. */
  readonly parameters: number;
  /** Multiply-adds of convolutions, matrix products, linear and recurrent layers for one item of the batch. */
  readonly multiplyAdds: number;
}

const product = (numbers: readonly number[]): number => numbers.reduce((total, n) => total * n, 1);

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

/** Counts over a graph as its network defines it (before folding). */
export function graphStatistics(graph: Graph): GraphStatistics {
  const learnt = [...graph.parameters].filter(([key]) => !/(^|\.)running_(mean|var)$/.test(key));
  const parameters = learnt.reduce((total, [, { shape }]) => total + product(concreteShape(shape, 1)), 0);
  return { parameters, multiplyAdds: graph.nodes.reduce((total, node) => total + multiplyAdds(node), 0) };
}
