/** LGRR's joint supervision of the face, of its patches, and of how faces and patches relate. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import { LGRR } from '../../models/lgrr.js';
import { WINDOWS } from '../../models/lgrr-blocks.js';
import type { NetworkDefinition } from '../../models/network.js';
import { lengths, weightedSum } from './arithmetic.js';
import { crossEntropyLoss } from './cross-entropy.js';
import { classWeights, labelSmoothing, weight } from './fields.js';
import type { Loss, LossInput } from './loss.js';
import { mapCrossEntropy, planesOf, resizedMasks } from './masks.js';
import { outputOf } from './reading.js';

/** `kind: lgrr`. */
export const lgrrSchema = z.strictObject({
  kind: z.literal('lgrr'),
  image: weight('Weight of the cross-entropies of both heads.', 1),
  patch: weight('Weight of how alike the patches of one face are.', 0.1),
  streams: weight('Weight of how alike both streams see a patch.', 0.1),
  faces: weight('Weight of how alike faces are.', 0.1),
  windows: weight("Weight of the windows' own scores against the share of them that is forged; not published.", 0),
  labelSmoothing,
  classWeights,
});

/** Rows of length 1, along the last axis. */
function unit(tf: Tf, x: Tensor): Tensor {
  return tf.div(x, tf.expandDims(lengths(tf, x), -1));
}

/** N × C × H × W to N × 9 × (C·h·w). */
function windowsOf(tf: Tf, x: Tensor): Tensor {
  const [items, channels, height, width] = x.shape as [number, number, number, number];
  const cut = tf.reshape(x, [items, channels, WINDOWS, height / WINDOWS, WINDOWS, width / WINDOWS]);
  return tf.reshape(tf.transpose(cut, [0, 2, 4, 1, 3, 5]), [items, WINDOWS * WINDOWS, -1]);
}

/** Share of each window that is forged, N × 9: by the masks; without any, all of a forged face and nothing of a real one. */
function forgedShares({ tf, labels, masks }: LossInput): Tensor {
  if (masks === undefined) return tf.mul(tf.reshape(labels, [-1, 1]), tf.ones([1, WINDOWS * WINDOWS]));
  return tf.reshape(resizedMasks(tf, masks, WINDOWS, WINDOWS), [-1, WINDOWS * WINDOWS]);
}

/** `1 - (p_i - p_j)²` for all pairs of the last axis: … × K to … × K × K. */
function likeness(tf: Tf, p: Tensor): Tensor {
  return tf.sub(1, tf.square(tf.sub(tf.expandDims(p, -1), tf.expandDims(p, -2))));
}

/**
 * `CE(spatial) + CE(residual) + 0.1 patch + 0.1 streams + 0.1 faces` (LGRR, released program). Cross-entropies are of the
 * heads' sigmoids, as they are decided by. Patch: squared error of the cosines between the nine windows of a stream's last
 * features against `1 - (p_i - p_j)²`, p the share of a window that is forged. Streams: of the cosine between both streams'
 * features of a window, against 1. Faces: of the cosines between items' mean features, against `1 - (y_i - y_j)²`, y the label.
 *
 * The released program computes the patches' likeness and leaves it out; takes the streams' cosines out of the graph, so that
 * they teach nothing; compares faces whatever their labels; and adds 0.1 where it means to multiply by it. This is what it is
 * after; the text of the paper was not at hand.
 *
 * @throws FramewitnessError FW_LOSS_UNFIT for another network than `lgrr`
 */
export function lgrrLoss(spec: z.infer<typeof lgrrSchema>, network: NetworkDefinition): Loss {
  if (network.name !== LGRR.name) throw new FramewitnessError('FW_LOSS_UNFIT', `loss.kind lgrr is for the network lgrr, not for ${network.name}`);
  const heads = crossEntropyLoss(spec, network);
  return (input) => {
    const { tf, labels } = input;
    const shares = forgedShares(input);
    const [residual, spatial] = (['x_res_4', 'x_f_4'] as const).map((name) => unit(tf, windowsOf(tf, outputOf(input, name)))) as [Tensor, Tensor];
    const wanted = likeness(tf, shares);
    const patch = tf.mean(tf.stack([residual, spatial].map((rows) => tf.mean(tf.squaredDifference(tf.matMul(rows, rows, false, true), wanted)))));
    const streams = tf.mean(tf.square(tf.sub(1, tf.sum(tf.mul(residual, spatial), -1))));
    const terms: [string, number, Tensor][] = [
      ['image', spec.image, heads(input).total],
      ['patch', spec.patch, patch],
      ['streams', spec.streams, streams],
      ['faces', spec.faces, faceRelation(tf, outputOf(input, 'x_consis'), labels)],
    ];
    if (spec.windows > 0) {
      const scores = planesOf(tf, outputOf(input, 'window_scores'), 'window_scores');
      terms.push(['windows', spec.windows, mapCrossEntropy(tf, scores, tf.reshape(shares, scores.shape))]);
    }
    return { total: weightedSum(tf, terms.map(([, share, term]) => [share, term] as const)), parts: Object.fromEntries(terms.map(([name, , term]) => [name, term])) };
  };
}

/** Over all pairs of different items; 0 in a batch of one. */
function faceRelation(tf: Tf, features: Tensor, labels: Tensor): Tensor {
  const items = labels.size;
  const rows = unit(tf, features);
  // An item is like itself, wanted or not: the diagonal adds nothing.
  const off = tf.sub(1, tf.eye(items));
  const error = tf.mul(off, tf.squaredDifference(tf.matMul(rows as never, rows as never, false, true), likeness(tf, labels)));
  return tf.div(tf.sum(error), Math.max(1, items * (items - 1)));
}
