/** Focal loss: cross-entropy that easy items hardly add to. */
import { z } from 'zod';
import { surprise } from './reading.js';
import type { Criterion } from './criterion.js';
import { number } from './fields.js';

/** `kind: focal`. */
export const focalSchema = z.strictObject({
  kind: z.literal('focal'),
  gamma: number({ about: 'How fast easy items lose weight; 0: cross-entropy.', min: 0, max: 10, default: 2 }),
  alpha: number({ about: 'Weight of forged items; real ones have 1 - alpha.', min: 0, max: 1, default: 0.25 }),
});

/**
 * `-α (1 - p)^γ log p`, p the probability of the true class, meant over items (Lin, Goyal, Girshick, He and Dollár, "Focal
 * Loss for Dense Object Detection", ICCV 2017, section 3.2). Pu et al. 2022 compare with it at γ 2 and α 0.6.
 */
export function focalCriterion({ gamma, alpha }: Omit<z.infer<typeof focalSchema>, 'kind'>): Criterion {
  return (tf, logOdds, labels) => {
    const cost = surprise(tf, logOdds, labels);
    // 1 - p as a power through its logarithm, log(1 - p) = log p - log-odds of the true class: no base of 0 for any gradient.
    const missed = tf.neg(surprise(tf, logOdds, tf.sub(1, labels)));
    const forged = tf.reshape(labels, [-1, 1]);
    const share = tf.add(tf.mul(forged, alpha), tf.mul(tf.sub(1, forged), 1 - alpha));
    return { total: tf.mean(tf.mul(share, tf.mul(tf.exp(tf.mul(missed, gamma)), cost))), parts: {} };
  };
}
