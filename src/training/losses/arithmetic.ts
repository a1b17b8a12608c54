/** Arithmetic that several losses share. Written over operations that every back end of TensorFlow.js has with a gradient. */
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';

/** Keeps the slope of a length finite at zero; squared, so far below any length that matters. */
const SMALLEST_SQUARE = 1e-12;

/** `log(1 + exp(x))`, element by element, without overflow. */
export function softplus(tf: Tf, x: Tensor): Tensor {
  return tf.add(tf.relu(x), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));
}

/** Cross-entropy of two classes from log-odds, element by element: `softplus(x) - x · target`. Targets in 0 to 1. */
export function binaryCrossEntropy(tf: Tf, logOdds: Tensor, targets: Tensor): Tensor {
  return tf.sub(softplus(tf, logOdds), tf.mul(logOdds, targets));
}

/** Targets moved from 0 and 1 to `amount` and `1 - amount`. */
export function smoothed(tf: Tf, targets: Tensor, amount: number): Tensor {
  return amount === 0 ? targets : tf.add(tf.mul(targets, 1 - 2 * amount), amount);
}

/** Mean, each element weighted; 0 where all weights are 0. */
export function weightedMean(tf: Tf, values: Tensor, weights: Tensor): Tensor {
  const total = tf.sum(weights);
  return tf.div(tf.sum(tf.mul(values, weights)), tf.maximum(total, 1e-12));
}

/** Euclidean lengths over the last axis: N × D to N. */
export function lengths(tf: Tf, x: Tensor): Tensor {
  return tf.sqrt(tf.add(tf.sum(tf.square(x), -1), SMALLEST_SQUARE));
}

/** Sum of weighted scalars. */
export function weightedSum(tf: Tf, terms: readonly (readonly [weight: number, term: Tensor])[]): Tensor {
  return terms.map(([weight, term]) => tf.mul(term, weight)).reduce((sum, term) => tf.add(sum, term), tf.scalar(0));
}
