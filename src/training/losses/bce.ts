/** Binary cross-entropy over the log-odds that the network's own decision reads. */
import { z } from 'zod';
import { binaryCrossEntropy, smoothed, weightedMean } from './arithmetic.js';
import type { Criterion } from './criterion.js';
import { classWeights, labelSmoothing } from './fields.js';
import { itemWeights } from './weights.js';

/** `kind: bce`. */
export const bceSchema = z.strictObject({ kind: z.literal('bce'), labelSmoothing, classWeights });

/**
 * `softplus(x) - x · target`, x the log-odds of forged, meant over items with their class's weight. Of two logits it is the
 * cross-entropy of their softmax, of a probability p its `-log p` or `-log(1 - p)`.
 */
export function bceCriterion({ labelSmoothing: smoothing, classWeights: weights }: Omit<z.infer<typeof bceSchema>, 'kind'>): Criterion {
  return (tf, logOdds, labels) => {
    const targets = smoothed(tf, tf.reshape(labels, [-1, 1]), smoothing);
    const each = tf.mean(binaryCrossEntropy(tf, logOdds, targets), 1, true);
    return { total: weightedMean(tf, each, itemWeights(tf, labels, weights)), parts: {} };
  };
}
