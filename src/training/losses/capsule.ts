/** Capsule-Forensics' loss, on the class vectors of its routing. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { NetworkDefinition } from '../../models/network.js';
import { bceCriterion } from './bce.js';
import { classWeights, labelSmoothing, option } from './fields.js';
import type { Loss } from './loss.js';
import { bothClasses, forgedLogOdds, outputOf } from './reading.js';

/** `kind: capsule`. */
export const capsuleSchema = z.strictObject({
  kind: z.literal('capsule'),
  of: option('elements: a cross-entropy for each element of the class vectors, summed. mean: one, of the mean of their softmaxes, as the papers write it.', ['elements', 'mean'], 'elements'),
  labelSmoothing,
  classWeights,
});

/**
 * `Σ over the 4 elements of CE(both class vectors' element)` (released programs of Nguyen, Yamagishi and Echizen,
 * "Capsule-Forensics", ICASSP 2019, and "Use of a Capsule Network to Detect Fake Images and Videos", 2019), or the
 * cross-entropy of the mean of the elements' softmaxes (both papers, final output of the network). The programs hand softmaxes to a
 * cross-entropy that takes the softmax again, so that no element can cost less than log(1 + 1/e) = 0.31; here it is taken once.
 *
 * @throws FramewitnessError FW_LOSS_UNFIT for a network without class vectors
 */
export function capsuleLoss(spec: z.infer<typeof capsuleSchema>, network: NetworkDefinition): Loss {
  const { decision } = network;
  if (decision.kind !== 'probability' || !network.outputs.some(({ name }) => name === 'z')) {
    throw new FramewitnessError('FW_LOSS_UNFIT', `${network.name} has no class vectors (output z), as loss.kind capsule reads`);
  }
  const criterion = bceCriterion(spec);
  return (input) => {
    const { tf, labels } = input;
    if (spec.of === 'mean') return criterion(tf, forgedLogOdds(input, decision), labels);
    const z = outputOf(input, 'z');
    const [forged, authentic] = bothClasses(tf, z, decision.fake);
    // The criterion means over the elements; the papers' loss is their sum.
    return { total: tf.mul(criterion(tf, tf.sub(forged, authentic), labels).total, z.shape[1] ?? 1), parts: {} };
  };
}
