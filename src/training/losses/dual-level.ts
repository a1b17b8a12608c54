/** A loss on clips and one on their faces together. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import type { NetworkDefinition } from '../../models/network.js';
import { weightedSum } from './arithmetic.js';
import { criterionOf, criterionSchema } from './criteria.js';
import { weight } from './fields.js';
import type { Loss } from './loss.js';
import { forgedLogOdds } from './reading.js';

/** `kind: dual-level`. */
export const dualLevelSchema = z.strictObject({
  kind: z.literal('dual-level'),
  clip: weight('Weight of the loss on clips.', 0.6),
  frame: weight('Weight of the loss on all faces of all clips.', 0.4),
  of: criterionSchema.prefault({ kind: 'bce' }).meta({ description: 'The loss that is taken on both levels.' }),
});

/**
 * `clip · L(clips) + frame · L(faces)` with the labels of clips for their faces (Pu et al., "Learning a deep dual-level
 * network for robust DeepFake detection", Pattern Recognition 2022, section 3: video level and frame level; released code:
 * 0.6 and 0.4). A loss that compares pairs compares the faces of the whole batch.
 *
 * @throws FramewitnessError FW_LOSS_UNFIT where the network does not judge both
 */
export function dualLevelLoss(spec: z.infer<typeof dualLevelSchema>, network: NetworkDefinition): Loss {
  const { decision, frameDecision } = network;
  if (frameDecision === undefined) throw new FramewitnessError('FW_LOSS_UNFIT', `${network.name} does not judge clips and faces both, as loss.kind dual-level needs`);
  const criterion = criterionOf(spec.of);
  return (input) => {
    const { tf, labels } = input;
    const clip = criterion(tf, forgedLogOdds(input, decision), labels);
    const frame = criterion(tf, forgedLogOdds(input, frameDecision), labels);
    return { total: weightedSum(tf, [[spec.clip, clip.total], [spec.frame, frame.total]]), parts: { clip: clip.total, frame: frame.total } };
  };
}
