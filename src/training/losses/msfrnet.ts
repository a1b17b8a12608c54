/** MSFRNet's loss: its three heads, weighted. */
import { z } from 'zod';
import type { NetworkDefinition } from '../../models/network.js';
import { crossEntropyLoss } from './cross-entropy.js';
import { classWeights, labelSmoothing, weight } from './fields.js';
import type { Loss } from './loss.js';

/** `kind: msfrnet`. */
export const msfrnetSchema = z.strictObject({
  kind: z.literal('msfrnet'),
  shallow: weight('Weight of the head on the shallow stream.', 1),
  deep: weight('Weight of the head on the deep stream.', 10),
  joint: weight('Weight of the head on both.', 10),
  labelSmoothing,
  classWeights,
});

/**
 * `CE(shallow) + 10 CE(deep) + 10 CE(joint)` (Yu et al., "MSFRNet", IET Image Processing 2023; weights as in the released
 * code).
 *
 * @throws FramewitnessError FW_LOSS_UNFIT for a network of another number of heads
 */
export function msfrnetLoss({ shallow, deep, joint, ...spec }: z.infer<typeof msfrnetSchema>, network: NetworkDefinition): Loss {
  return crossEntropyLoss({ ...spec, heads: [shallow, deep, joint] }, network);
}
