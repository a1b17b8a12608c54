/** Face X-ray's loss: where the blending boundary is, and whether there is one. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { NetworkDefinition } from '../../models/network.js';
import { weightedSum } from './arithmetic.js';
import { bceCriterion } from './bce.js';
import { classWeights, labelSmoothing, weight } from './fields.js';
import type { Loss } from './loss.js';
import { mapCrossEntropy, planesOf, resizedMasks } from './masks.js';
import { forgedLogOdds, masksOf, outputOf } from './reading.js';

/** `kind: face-xray`. */
export const faceXraySchema = z.strictObject({
  kind: z.literal('face-xray'),
  boundary: weight('Weight of the map against the masks.', 100),
  classification: weight('Weight of binary cross-entropy on the decision.', 1),
  map: z.string().min(1).max(100).optional().meta({ description: "Output that is the map, values 0 to 1; left out: the network's own." }),
  labelSmoothing,
  classWeights,
});

/**
 * `100 L_b + L_c`: binary cross-entropy of the predicted X-ray, meant over items and places, and of the class (Li, Bao, Zhang,
 * Yang, Chen, Wen and Guo, "Face X-ray for More General Face Forgery Detection", CVPR 2020, section 3.3). Masks are the
 * X-rays, all 0 for real faces, meant over the places of the map.
 *
 * @throws FramewitnessError FW_LOSS_UNFIT where there is no map or no probability
 */
export function faceXrayLoss(spec: z.infer<typeof faceXraySchema>, network: NetworkDefinition): Loss {
  const name = spec.map ?? network.map?.output;
  if (name === undefined) throw new FramewitnessError('FW_LOSS_UNFIT', `${network.name} has no map of the face: name an output in loss.map, or use another network`);
  if (network.decision.kind === 'length' && spec.classification > 0) {
    throw new FramewitnessError('FW_LOSS_UNFIT', `${network.name} decides by a length: set loss.classification to 0, or use kind cao2021`);
  }
  const criterion = bceCriterion(spec);
  return (input) => {
    const { tf, labels } = input;
    const map = planesOf(tf, outputOf(input, name), name);
    const [, height, width] = map.shape as [number, number, number];
    const boundary = mapCrossEntropy(tf, map, resizedMasks(tf, masksOf(input), height, width));
    if (spec.classification === 0) return { total: tf.mul(boundary, spec.boundary), parts: { boundary } };
    const classification = criterion(tf, forgedLogOdds(input, network.decision), labels).total;
    return { total: weightedSum(tf, [[spec.boundary, boundary], [spec.classification, classification]]), parts: { boundary, classification } };
  };
}
