/** Operations that work on elements, in whichever order they lie. */
import { dropoutMask } from './dropout.js';
import { inputOf, widened } from './inputs.js';
import { inMemoryOrder, memoryAxis, type Layout, type Made } from './layout.js';
import type { RunContext } from './context.js';
import type { Tensor } from './tf.js';

/** One input, element by element. */
export function elementwise(context: RunContext, apply: (x: Tensor) => Tensor): Made {
  const x = inputOf(context, 0);
  return { tensor: apply(x.as(x.layout)), layout: x.layout };
}

/** Two inputs, broadcast against each other. An image keeps its order, and the other input is put into it. */
export function pairwise(context: RunContext, apply: (a: Tensor, b: Tensor) => Tensor): Made {
  const [a, b] = [inputOf(context, 0), inputOf(context, 1)];
  const rank = Math.max(a.rank, b.rank);
  const layout: Layout = [a, b].some((input) => input.layout === 'channels-last' && input.rank === rank) ? 'channels-last' : 'plain';
  const tensorOf = (input: typeof a): Tensor => (layout === 'plain' ? input.plain() : widened(context, input, rank, layout));
  return { tensor: apply(tensorOf(a), tensorOf(b)), layout };
}

/** Broadcast beforehand, because TensorFlow.js's gradient of it does not add up what was broadcast. */
export function larger(context: RunContext): Made {
  const { tf } = context;
  return pairwise(context, (a, b) => {
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    return tf.maximum(tf.broadcastTo(a, shape), tf.broadcastTo(b, shape));
  });
}

/** Written out, because not every back end's own kernel broadcasts the slope; over ReLUs, whose gradient has a gradient. */
export function prelu(context: RunContext): Made {
  const { tf } = context;
  return pairwise(context, (x, slope) => tf.sub(tf.relu(x), tf.mul(slope, tf.relu(tf.neg(x)))));
}

/** TensorFlow.js has it along the last axis only. */
export function softmax(context: RunContext, axis: number): Made {
  const { tf } = context;
  const x = inputOf(context, 0);
  const tensor = x.as(x.layout);
  const at = memoryAxis(axis, x.rank, x.layout);
  const last = x.rank - 1;
  if (at === last) return { tensor: tf.softmax(tensor), layout: x.layout };
  const swap = tensor.shape.map((_, i) => (i === at ? last : i === last ? at : i));
  return { tensor: tf.transpose(tf.softmax(tf.transpose(tensor, swap)), swap), layout: x.layout };
}

/** In training only. The mask is drawn in the graph's order, so that it does not depend on the layout. */
export function dropout(context: RunContext, rate: number): Made {
  const { tf, mode, dropoutSeed, node } = context;
  const x = inputOf(context, 0);
  const tensor = x.as(x.layout);
  if (mode === 'evaluate' || rate === 0) return { tensor, layout: x.layout };
  const shape = context.shapeOf(node.output.shape);
  const mask = tf.tensor(dropoutMask(tensor.size, rate, dropoutSeed, node.name), shape);
  const order = inMemoryOrder(shape.map((_, axis) => axis), x.layout);
  return { tensor: tf.mul(tensor, x.layout === 'plain' ? mask : tf.transpose(mask, order)), layout: x.layout };
}
