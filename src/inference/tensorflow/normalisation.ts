/** Batch normalisation, by running statistics or by the batch's own. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Value } from '../graph.js';
import { inputOf, plainInput } from './inputs.js';
import { memoryAxis, type Made } from './layout.js';
import type { RunContext } from './context.js';
import { nativeBatchNormalisation } from './native-kernels.js';
import type { Tensor } from './tf.js';

/** Share of a batch in the new running statistics, as PyTorch has it by default. */
const MOMENTUM = 0.1;

export function batchNormalisation(context: RunContext, epsilon: number): Made {
  const { tf, mode } = context;
  const held = inputOf(context, 0);
  const layout = held.layout;
  const x = held.as(layout);
  const channelAxis = memoryAxis(1, held.rank, layout);
  if (mode === 'train' && !isFixed(context)) {
    const fused = layout === 'channels-last' && held.rank === 4 ? byNativeKernel(context, x, epsilon) : undefined;
    if (fused !== undefined) return { tensor: fused, layout };
  }
  const perChannel = x.shape.map((extent, axis) => (axis === channelAxis ? extent : 1));
  const [weight, bias, mean, variance] = [1, 2, 3, 4].map((i) => tf.reshape(plainInput(context, i), perChannel)) as [Tensor, Tensor, Tensor, Tensor];
  if (mode === 'train' && !isFixed(context)) return { tensor: byBatch(context, x, weight, bias, channelAxis, epsilon), layout };
  const scale: Tensor = tf.mul(weight, tf.rsqrt(tf.add(variance, epsilon)));
  return { tensor: tf.add(tf.mul(x, scale), tf.sub(bias, tf.mul(mean, scale))), layout };
}

/** Whether the layer keeps to its running statistics in training too. */
function isFixed({ node, fixedStatistics }: RunContext): boolean {
  const origin = node.inputs[3]?.origin;
  return origin?.kind === 'parameter' && fixedStatistics.some((beginning) => origin.key.startsWith(beginning));
}

/**
 * By the biased variance of the batch (Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithm 1; the gradient is
 * that of section 3, in closed form: taken step by step it would keep five copies of x). Moves the running statistics, the
 * variance by the unbiased estimate, as PyTorch does.
 */
function byBatch(context: RunContext, x: Tensor, weight: Tensor, bias: Tensor, channelAxis: number, epsilon: number): Tensor {
  const { tf } = context;
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
  const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
  if (count < 2) throw new FramewitnessError('FW_MODEL_FAILED', `${context.node.name}: a batch of one value for each channel has no variance; train on larger batches`);
  const statistics: Tensor[] = [];
  const normalise = tf.customGrad((...args) => {
    const [input, w, b, save] = args as unknown as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const mean = tf.mean(input, axes, true);
    const centred = tf.sub(input, mean);
    const variance: Tensor = tf.mean(tf.square(centred), axes, true);
    statistics.push(tf.keep(mean), tf.keep(variance));
    const inverse: Tensor = tf.rsqrt(tf.add(variance, epsilon));
    const normalised: Tensor = tf.mul(centred, inverse);
    save([normalised, tf.mul(w, inverse)]);
    const gradFunc = (dy: Tensor | Tensor[], saved: Tensor[]): Tensor[] => {
      const [unit, scale] = saved as [Tensor, Tensor];
      const slope = dy as Tensor;
      const biasSlope = tf.sum(slope, axes, true);
      const weightSlope: Tensor = tf.sum(tf.mul(slope, unit), axes, true);
      const shared = tf.div(tf.add(biasSlope, tf.mul(unit, weightSlope)), count);
      return [tf.mul(scale, tf.sub(slope, shared)), weightSlope, biasSlope];
    };
    return { value: tf.add(tf.mul(normalised, w), b), gradFunc };
  });
  const y = normalise(x, weight, bias);
  moveStatistics(context, statistics, count);
  return y;
}

/** The same in libtensorflow's own kernel; undefined on other back ends. */
function byNativeKernel(context: RunContext, x: Tensor, epsilon: number): Tensor | undefined {
  const count = x.size / (x.shape[3] ?? 1);
  if (count < 2) return undefined;
  const fused = nativeBatchNormalisation(context.tf, x, plainInput(context, 1), plainInput(context, 2), epsilon);
  if (fused === undefined) return undefined;
  // The kernel's variance is the unbiased one already.
  moveStatistics(context, [fused.mean, fused.unbiasedVariance], Infinity);
  return fused.y;
}

/** @param count - values a channel that the biased variance is of; infinite for an unbiased one */
function moveStatistics({ tf, node, store }: RunContext, [mean, variance]: readonly Tensor[], count: number): void {
  const unbiased = count === Infinity ? 1 : count / (count - 1);
  const move = (value: Value | undefined, batch: Tensor | undefined, factor: number): void => {
    if (value === undefined || batch === undefined) return;
    const running = store.sourceOf(value);
    const moved = tf.tidy(() => tf.add(tf.mul(running, 1 - MOMENTUM), tf.mul(tf.reshape(batch, running.shape), MOMENTUM * factor)));
    store.setStatistic(value, moved);
    moved.dispose();
    batch.dispose();
  };
  move(node.inputs[3], mean, 1);
  move(node.inputs[4], variance, unbiased);
}
