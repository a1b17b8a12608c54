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
  of: option('elements: a cross-entropy for each element of the class vectors, summed. mean: one, of the mean of their softmaxes, as the first paper writes it.', ['elements', 'mean'], 'elements'),
  labelSmoothing,
  classWeights,
});

/**
 * `Σ over the 4 elements of CE(both class vectors' element)` (Nguyen, Yamagishi and Echizen, "Use of a Capsule Network to
 * Detect Fake Images and Videos", 2019, and both released programs), or the cross-entropy of the mean of the elements'
 * softmaxes ("Capsule-Forensics", ICASSP 2019, section 3.2). The first version's code takes the softmax twice, which leaves
 * no element's cost below 0.31; here it is taken once in both.
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
