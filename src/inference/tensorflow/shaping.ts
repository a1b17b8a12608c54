/** Operations that move elements about, and products of matrices. */
import type { Operation } from '../graph.js';
import type { Shape } from '../shapes.js';
import { inputOf, plainInput } from './inputs.js';
import { inMemoryOrder, memoryAxis, permuted, type Layout, type Made } from './layout.js';
import type { RunContext } from './context.js';
import type { Tensor } from './tf.js';

export function reshaped(context: RunContext, shape: Shape): Made {
  return { tensor: context.tf.reshape(plainInput(context, 0), context.shapeOf(shape)), layout: 'plain' };
}

/** Turns memory once, whatever order it is in. */
export function transposed(context: RunContext, permutation: readonly number[]): Made {
  const x = inputOf(context, 0);
  const moved = permutation.map((axis) => memoryAxis(axis, x.rank, x.layout));
  return { tensor: permuted(context.tf, x.as(x.layout), moved), layout: 'plain' };
}

export function concatenated(context: RunContext, axis: number): Made {
  const { tf, inputs } = context;
  const layout: Layout = inputs.some((input) => input.layout === 'channels-last') ? 'channels-last' : 'plain';
  const [first, ...others] = inputs.map((input) => input.as(layout));
  if (first === undefined || others.length === 0) return { tensor: plainInput(context, 0), layout: 'plain' };
  return { tensor: tf.concat([first, ...others], memoryAxis(axis, first.rank, layout)), layout };
}

export function padded(context: RunContext, { before, after, value }: Operation & { op: 'pad' }): Made {
  const x = inputOf(context, 0);
  const widths = before.map((n, axis): [number, number] => [n, after[axis] ?? 0]);
  return { tensor: context.tf.pad(x.as(x.layout), inMemoryOrder(widths, x.layout), value), layout: x.layout };
}

export function sliced(context: RunContext, { axis, start, end }: Operation & { op: 'slice' }): Made {
  const x = inputOf(context, 0);
  const tensor = x.as(x.layout);
  const at = memoryAxis(axis, x.rank, x.layout);
  const begin = tensor.shape.map((_, i) => (i === at ? start : 0));
  const size = tensor.shape.map((extent, i) => (i === at ? end - start : extent));
  return { tensor: context.tf.slice(tensor, begin, size), layout: x.layout };
}

/** x · wᵀ + b over the last axis. */
export function linear(context: RunContext): Made {
  const { tf, inputs } = context;
  const [x, weight] = [plainInput(context, 0), plainInput(context, 1)];
  const rows: Tensor = x.rank === 2 ? x : tf.reshape(x, [-1, x.shape.at(-1) ?? 1]);
  const product: Tensor = tf.matMul(rows, weight, false, true);
  const sum = inputs[2] === undefined ? product : tf.add(product, inputs[2].plain());
  return { tensor: x.rank === 2 ? sum : tf.reshape(sum, context.shapeOf(context.node.output.shape)), layout: 'plain' };
}

/** Leading axes are broadcast by hand: the native back end's product wants them equal. */
export function matrixProduct(context: RunContext): Made {
  const { tf, node } = context;
  const leading = context.shapeOf(node.output.shape).slice(0, -2);
  const repeated = (x: Tensor): Tensor => {
    const shape = [...leading, ...x.shape.slice(-2)];
    const same = x.rank === shape.length && shape.every((extent, axis) => extent === x.shape[axis]);
    if (same) return x;
    // The gradient of broadcasting ends at four axes; that of adding zeros does not.
    return shape.length > 4 && context.differentiable ? tf.add(x, tf.zeros(shape)) : tf.broadcastTo(x, shape);
  };
  return { tensor: tf.matMul(repeated(plainInput(context, 0)), repeated(plainInput(context, 1))), layout: 'plain' };
}
