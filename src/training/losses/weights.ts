/** Weights of items by their class. */
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';

/** How much each class counts: fixed numbers, or `balanced`: in every batch each class counts half, however many it has. */
export type ClassWeights = 'balanced' | { readonly real: number; readonly forged: number };

/** N × 1. @param labels - N, 1 = forged */
export function itemWeights(tf: Tf, labels: Tensor, weights: ClassWeights): Tensor {
  const forged = tf.reshape(labels, [-1, 1]);
  const real = tf.sub(1, forged);
  if (weights !== 'balanced') return tf.add(tf.mul(forged, weights.forged), tf.mul(real, weights.real));
  // A batch of one class alone gives the other one no weight, and nothing to divide by.
  const share = (members: Tensor): Tensor => tf.div(members, tf.maximum(tf.sum(members), 1));
  return tf.add(share(forged), share(real));
}
