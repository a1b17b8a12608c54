/** A centre and two radii: real faces inside the smaller, forged ones outside the larger. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import type { NetworkDefinition } from '../../models/network.js';
import { lengths, weightedMean } from './arithmetic.js';
import { classWeights, number } from './fields.js';
import type { Loss } from './loss.js';
import { outputOf } from './reading.js';
import { itemWeights, type ClassWeights } from './weights.js';

/** The radii, in units of the embedding. */
export const radii = {
  inner: number({ about: 'Real faces farther from the centre than this cost the difference.', min: 0, max: 1e6, default: 0.01 }),
  outer: number({ about: 'Forged faces nearer to the centre than this cost the difference.', min: 0, max: 1e6, default: 18 }),
};

/** `kind: metric`. */
export const metricSchema = z.strictObject({ kind: z.literal('metric'), ...radii, classWeights });

/** What {@link radiiCost} needs. */
export interface Radii {
  readonly inner: number;
  readonly outer: number;
  readonly classWeights: ClassWeights;
}

/**
 * `max(0, d - inner)` of a real face and `max(0, outer - d)` of a forged one, d the distance of its embedding from the
 * centre, meant over items (Cao et al., "Metric Learning for Anti-Compression Facial Forgery Detection", ACM MM 2021, metric
 * loss). The centre is the origin, as in the released code, because the length of the embedding is what decides.
 *
 * @param embedding - N × D
 */
export function radiiCost(tf: Tf, embedding: Tensor, labels: Tensor, { inner, outer, classWeights: weights }: Radii): Tensor {
  const distance = tf.reshape(lengths(tf, embedding), [-1, 1]);
  const forged = tf.reshape(labels, [-1, 1]);
  const cost = tf.add(tf.mul(forged, tf.relu(tf.sub(outer, distance))), tf.mul(tf.sub(1, forged), tf.relu(tf.sub(distance, inner))));
  return weightedMean(tf, cost, itemWeights(tf, labels, weights));
}

/** Name of the embedding whose length decides. @throws FramewitnessError FW_LOSS_UNFIT where another thing decides */
export function embeddingOf(network: NetworkDefinition): string {
  if (network.decision.kind !== 'length') throw new FramewitnessError('FW_LOSS_UNFIT', `${network.name} does not decide by the length of an embedding, which the metric loss draws on`);
  return network.decision.output;
}

/** {@link radiiCost} on the embedding of a network. */
export function metricLoss(spec: z.infer<typeof metricSchema>, network: NetworkDefinition): Loss {
  const name = embeddingOf(network);
  return (input) => ({ total: radiiCost(input.tf, outputOf(input, name), input.labels, spec), parts: {} });
}
