/** Cross-entropy of each head that the network's decision adds up. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import { decisionOutputs, type Decision } from '../../models/decision.js';
import type { NetworkDefinition } from '../../models/network.js';
import { weightedSum } from './arithmetic.js';
import { bceCriterion } from './bce.js';
import { classWeights, labelSmoothing } from './fields.js';
import type { Loss } from './loss.js';
import { forgedLogOdds } from './reading.js';

/** `kind: cross-entropy`. */
export const crossEntropySchema = z.strictObject({
  kind: z.literal('cross-entropy'),
  heads: z
    .array(z.number().min(0).max(1e4))
    .min(1)
    .max(16)
    .optional()
    .meta({ description: 'Weight of each head, in the order of the decision; left out: 1 each.' }),
  labelSmoothing,
  classWeights,
});

/** The same decision on one of its heads alone. */
export function onHead(decision: Exclude<Decision, { kind: 'length' }>, head: string): Decision {
  return { ...decision, output: head };
}

/**
 * `-log softmax(logits)[true class]` of every head, weighted and summed. With two classes that is binary cross-entropy on
 * the difference of the logits, which is how it is computed.
 *
 * @throws FramewitnessError FW_LOSS_UNFIT where the network has no classes, or another number of heads
 */
export function crossEntropyLoss(spec: Omit<z.infer<typeof crossEntropySchema>, 'kind'>, network: NetworkDefinition): Loss {
  const { decision } = network;
  if (decision.kind === 'length') throw new FramewitnessError('FW_LOSS_UNFIT', `${network.name} has no classes: use kind cao2021 or metric`);
  const heads = decisionOutputs(decision);
  const weights = spec.heads ?? heads.map(() => 1);
  if (weights.length !== heads.length) {
    throw new FramewitnessError('FW_LOSS_UNFIT', `${network.name} has ${heads.length} head(s) (${heads.join(', ')}), and loss.heads gives ${weights.length} weight(s)`);
  }
  const criterion = bceCriterion(spec);
  return (input) => {
    const losses = heads.map((head) => criterion(input.tf, forgedLogOdds(input, onHead(decision, head)), input.labels).total);
    return {
      total: weightedSum(input.tf, losses.map((loss, index) => [weights[index] ?? 1, loss] as const)),
      parts: Object.fromEntries(heads.length > 1 ? heads.map((head, index) => [head, losses[index] ?? input.tf.scalar(0)]) : []),
    };
  };
}
