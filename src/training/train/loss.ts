/** What a step is trained by. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import { decisionOutputs } from '../../models/decision.js';
import type { NetworkDefinition } from '../../models/network.js';

/** What a loss sees of a step. */
export interface LossInput {
  readonly tf: Tf;
  /** As the network's graph names them. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** N, float32: 1 = forged. */
  readonly labels: Tensor;
  /** N × S × S in [0, 1]. */
  readonly masks?: Tensor;
  /** N, int32: 0 = real. */
  readonly methods?: Tensor;
  /** N, int32. */
  readonly pairs?: Tensor;
  readonly step: number;
  readonly steps: number;
}

/** A loss: scalars. */
export type Loss = (input: LossInput) => { readonly total: Tensor; readonly parts: Readonly<Record<string, Tensor>> };

/** Schema of the `loss` of a training configuration. */
export const lossSpecSchema = z
  .discriminatedUnion('kind', [z.strictObject({ kind: z.literal('bce'), labelSmoothing: z.number().min(0).max(0.5).default(0).meta({ description: 'How far targets are from 0 and 1.' }) })])
  .meta({ description: 'What is made small.' });

/** The loss that a configuration asks for. */
export function createLoss(spec: z.infer<typeof lossSpecSchema>, network: NetworkDefinition): { readonly loss: Loss } {
  const { decision } = network;
  const [name] = decisionOutputs(decision);
  if (decision.kind !== 'sigmoid' || name === undefined) throw new FramewitnessError('FW_USAGE', `${network.name}: bce needs a network with one logit`);
  const loss: Loss = ({ tf, outputs, labels }) => {
    const logits = tf.reshape(outputs[name] as Tensor, [-1]);
    const ours = decision.fake === 1 ? labels : tf.sub(1, labels);
    const target = tf.add(tf.mul(ours, 1 - 2 * spec.labelSmoothing), spec.labelSmoothing);
    const total: Tensor = tf.mean(tf.add(tf.sub(tf.relu(logits), tf.mul(logits, target)), tf.log1p(tf.exp(tf.neg(tf.abs(logits))))));
    return { total, parts: { bce: total } };
  };
  return { loss };
}
