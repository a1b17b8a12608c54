/** Cross-entropy with a margin that the true class must win by. */
import { z } from 'zod';
import { weightedMean } from './arithmetic.js';
import type { Criterion } from './criterion.js';
import { classWeights, number } from './fields.js';
import { surprise } from './reading.js';
import { itemWeights } from './weights.js';

/** `kind: am-softmax`. */
export const amSoftmaxSchema = z.strictObject({
  kind: z.literal('am-softmax'),
  scale: number({ about: 'What logits are multiplied by.', min: 0.01, max: 1_000, default: 30 }),
  margin: number({ about: 'What is taken off the logit of the true class before.', min: 0, max: 100, default: 0.45 }),
  classWeights,
});

/**
 * `-log softmax(s (z - m · true class))[true class]`: AM-softmax (Wang, Cheng, Liu and Liu, "Additive Margin Softmax for Face
 * Verification", IEEE Signal Processing Letters 2018, section II), which Luo et al. (CVPR 2021) train with; s and m are those
 * that DeepfakeBench quotes from them. Of two classes it is cross-entropy on `s (difference of logits - m)`. The paper of
 * AM-softmax means cosines for z; both released versions of the network feed plain logits, and so must this one, because
 * the network is served by its logits. The margin is then one in logits.
 */
export function amSoftmaxCriterion({ scale, margin, classWeights: weights }: Omit<z.infer<typeof amSoftmaxSchema>, 'kind'>): Criterion {
  return (tf, logOdds, labels) => {
    const sign = tf.sub(tf.mul(tf.reshape(labels, [-1, 1]), 2), 1);
    const certainty = tf.sub(tf.mul(logOdds, sign), margin);
    const each = tf.mean(surprise(tf, tf.mul(certainty, scale), tf.onesLike(labels)), 1, true);
    return { total: weightedMean(tf, each, itemWeights(tf, labels, weights)), parts: {} };
  };
}
