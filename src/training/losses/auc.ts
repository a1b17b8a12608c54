/** A smooth stand-in for one less the area under the ROC curve, beside binary cross-entropy. */
import { z } from 'zod';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import { weightedSum } from './arithmetic.js';
import { bceCriterion } from './bce.js';
import type { Criterion } from './criterion.js';
import { classWeights, labelSmoothing, number, option } from './fields.js';

/** `kind: auc`. */
export const aucSchema = z.strictObject({
  kind: z.literal('auc'),
  alpha: number({ about: 'Weight of binary cross-entropy; the pairs have 1 - alpha.', min: 0, max: 1, default: 0.5 }),
  gamma: number({ about: 'How much more probable a forged item must be than a real one for their pair to cost nothing.', min: 0, max: 1, default: 0.15 }),
  power: z.int().min(1).max(4).default(2).meta({ description: 'Power of what is lacking.' }),
  over: option('What the pairs are meant over: all of them, or, as a later version of the released code does, those that cost something.', ['pairs', 'violations'], 'pairs'),
  labelSmoothing,
  classWeights,
});

/**
 * `1/(m n) Σ max(0, γ - (p_i - p_j))^power` over the m forged items i and the n real ones j, p the probability of forged:
 * the approximation to the Wilcoxon-Mann-Whitney statistic of Yan, Dodier, Mozer and Wolniewicz, "Optimizing Classifier
 * Performance via an Approximation to the Wilcoxon-Mann-Whitney Statistic" (ICML 2003, section 3). 0 in a batch of one class.
 *
 * @param p - N × K probabilities of forged; all N · K are compared
 */
export function pairCost(tf: Tf, p: Tensor, labels: Tensor, { gamma, power, over }: Pick<z.infer<typeof aucSchema>, 'gamma' | 'power' | 'over'>): Tensor {
  const [column, row] = [tf.reshape(p, [-1, 1]), tf.reshape(p, [1, -1])];
  const all = tf.mul(tf.reshape(labels, [-1, 1]), tf.onesLike(p));
  const pairs = tf.mul(tf.reshape(all, [-1, 1]), tf.reshape(tf.sub(1, all), [1, -1]));
  const lacking = tf.relu(tf.sub(gamma, tf.sub(column, row)));
  let cost = lacking;
  for (let factor = 1; factor < power; factor++) cost = tf.mul(cost, lacking);
  // `step` has a slope of 0, so that a count adds nothing to the gradient.
  const counted = over === 'pairs' ? tf.sum(pairs) : tf.sum(tf.mul(pairs, tf.step(lacking)));
  return tf.div(tf.sum(tf.mul(pairs, cost)), tf.add(counted, tf.sub(1, tf.step(counted))));
}

/**
 * `α BCE + (1 - α) pairs` (Pu et al., "Learning a deep dual-level network for robust DeepFake detection", Pattern
 * Recognition 2022: a joint loss for AUC and error rate). Forged items are to have the larger probability of forged. In the
 * released code the network gives the probability of real, and the pairs ask it to be larger for forged items: there the
 * pairs pull against the cross-entropy. Here they pull together.
 */
export function aucCriterion(spec: Omit<z.infer<typeof aucSchema>, 'kind'>): Criterion {
  const crossEntropy = bceCriterion(spec);
  return (tf, logOdds, labels) => {
    const bce = crossEntropy(tf, logOdds, labels).total;
    const pairs = pairCost(tf, tf.sigmoid(logOdds), labels, spec);
    return { total: weightedSum(tf, [[spec.alpha, bce], [1 - spec.alpha, pairs]]), parts: { bce, pairs } };
  };
}
