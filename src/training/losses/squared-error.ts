/** Squared error of the probability. */
import { z } from 'zod';
import type { Criterion } from './criterion.js';

/** `kind: squared-error`. */
export const squaredErrorSchema = z.strictObject({ kind: z.literal('squared-error') });

/**
 * `(p - y)²`, p the probability of forged and y the label, meant over items: what MesoNet's Keras models are compiled with
 * (Afchar et al., WIFS 2018, released code). It is the same number for the probability of a real face that they give.
 */
export function squaredErrorCriterion(): Criterion {
  return (tf, logOdds, labels) => ({ total: tf.mean(tf.square(tf.sub(tf.sigmoid(logOdds), tf.reshape(labels, [-1, 1])))), parts: {} });
}
