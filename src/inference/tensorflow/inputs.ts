/** Inputs of the node that is being computed. */
import { memoryOrder, permuted, type HeldValue, type Layout } from './layout.js';
import type { RunContext } from './context.js';
import type { Tensor } from './tf.js';

/** The input at a position; graphs are checked when they are built, so a missing one is a bug. */
export function inputOf({ inputs, node }: RunContext, position: number): HeldValue {
  const input = inputs[position];
  if (input === undefined) throw new Error(`${node.name}: ${node.operation.op} has no input ${position}`);
  return input;
}

/** The input's tensor in the graph's order of axes. */
export function plainInput(context: RunContext, position: number): Tensor {
  return inputOf(context, position).plain();
}

/** Whether the input was bound before the run, so that what is made of it alone may be kept. */
export function isConstant({ node }: RunContext, position: number): boolean {
  return node.inputs[position]?.origin.kind === 'constant';
}

/** The input's tensor with ones in front, so that it has `rank` axes, in a layout. */
export function widened(context: RunContext, input: HeldValue, rank: number, layout: Layout): Tensor {
  const { tf } = context;
  if (input.rank === rank) return input.as(layout);
  const plain: Tensor = tf.reshape(input.plain(), [...new Array<number>(rank - input.rank).fill(1), ...input.plain().shape]);
  if (layout === 'plain') return plain;
  return permuted(tf, plain, memoryOrder(rank, layout));
}
