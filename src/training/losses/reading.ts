/** What losses read of a network's outputs: always turned so that larger means forged. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import { decisionOutputs, type Decision } from '../../models/decision.js';
import { softplus } from './arithmetic.js';
import type { LossInput } from './loss.js';

/** Probabilities are kept this far from 0 and 1, so that their logarithms are finite. */
const FLOOR = 1e-7;

/** The output of that name. @throws FramewitnessError FW_LOSS_UNFIT where the network has none */
export function outputOf({ outputs }: LossInput, name: string): Tensor {
  const output = outputs[name];
  if (output === undefined) throw new FramewitnessError('FW_LOSS_UNFIT', `the loss reads ${name}; the network gives ${Object.keys(outputs).join(', ')}`);
  return output;
}

/** Masks of the batch, N × S × S. @throws FramewitnessError FW_LOSS_UNFIT where it has none */
export function masksOf({ masks }: LossInput): Tensor {
  if (masks === undefined) throw new FramewitnessError('FW_LOSS_UNFIT', 'the loss reads masks of what is forged, and the examples have none: use data or an augmentation that gives masks');
  return masks;
}

/** Pair numbers of the batch, N. @throws FramewitnessError FW_LOSS_UNFIT where it has none */
export function pairsOf({ pairs }: LossInput): Tensor {
  if (pairs === undefined) throw new FramewitnessError('FW_LOSS_UNFIT', 'the loss compares pairs of one face at two qualities, and the examples have none: use data with pairs');
  return pairs;
}

/** Labels of our meaning (1 = forged), N, as numbers of class `fake` of two: 1 where the item is of class 1. */
export function classOneOf(tf: Tf, labels: Tensor, fake: 0 | 1): Tensor {
  return fake === 1 ? labels : tf.sub(1, labels);
}

/** Outputs of several heads added, as the decision adds them: N × K, or N × K × 2 of two classes. */
function added(input: LossInput, decision: Decision): Tensor {
  const [first, ...rest] = decisionOutputs(decision).map((name) => outputOf(input, name));
  if (first === undefined) throw new FramewitnessError('FW_LOSS_UNFIT', 'the decision reads no output');
  return rest.reduce((sum, head) => input.tf.add(sum, head), first);
}

/** Columns of a last axis, which goes: `fake` and the other, of two. */
export function bothClasses(tf: Tf, x: Tensor, fake: 0 | 1): readonly [forged: Tensor, authentic: Tensor] {
  const [zero, one] = tf.unstack(x, -1) as [Tensor, Tensor];
  return fake === 0 ? [zero, one] : [one, zero];
}

/**
 * Log-odds that items are forged, as a decision reads them: the same numbers as `decide` gives in serving, but before it
 * takes faces or patches together.
 *
 * @returns N × K: K log-odds an item; 1, the faces of a clip where the decision is one on faces, or patches
 * @throws FramewitnessError FW_LOSS_UNFIT for a decision by length, which is no probability
 */
export function forgedLogOdds(input: LossInput, decision: Decision): Tensor {
  const { tf, labels } = input;
  if (decision.kind === 'length') {
    throw new FramewitnessError('FW_LOSS_UNFIT', `${decision.output} decides by its length, which has no cross-entropy: use kind cao2021 or metric`);
  }
  const items = labels.size;
  const { kind, fake } = decision;
  const x = added(input, decision);
  const turned = (classOne: Tensor): Tensor => (fake === 1 ? classOne : tf.neg(classOne));
  if (kind === 'sigmoid') return turned(tf.reshape(x, [items, -1]));
  if (kind === 'softmax') {
    const [forged, authentic] = bothClasses(tf, tf.reshape(x, [items, -1, 2]), fake);
    return tf.sub(forged, authentic);
  }
  const log = (p: Tensor): Tensor => tf.log(tf.clipByValue(p, FLOOR, 1 - FLOOR));
  if (x.shape.at(-1) === 2) {
    const [forged, authentic] = bothClasses(tf, tf.reshape(x, [items, -1, 2]), fake);
    return tf.sub(log(forged), log(authentic));
  }
  const p = tf.reshape(x, [items, -1]);
  return turned(tf.sub(log(p), log(tf.sub(1, p))));
}

/** Probabilities that items are forged, N × K, see {@link forgedLogOdds}. */
export function forgedProbabilities(input: LossInput, decision: Decision): Tensor {
  return input.tf.sigmoid(forgedLogOdds(input, decision));
}

/** Minus the logarithm of the probability of the true class, from log-odds of forged: N × K. */
export function surprise(tf: Tf, logOdds: Tensor, labels: Tensor): Tensor {
  const sign = tf.sub(1, tf.mul(tf.reshape(labels, [-1, 1]), 2));
  return softplus(tf, tf.mul(logOdds, sign));
}
