/** From specification to loss. */
import type { NetworkDefinition } from '../../models/network.js';
import { criterionOf } from './criteria.js';
import { crossEntropyLoss } from './cross-entropy.js';
import { dualLevelLoss } from './dual-level.js';
import type { CreatedLoss, Loss } from './loss.js';
import { forgedLogOdds } from './reading.js';
import type { LossSpec } from './spec.js';

const NOTHING = { masks: false, pairs: false } as const;

/**
 * The loss of a network.
 *
 * @param spec - as `lossSpecSchema` gives it
 * @throws FramewitnessError FW_LOSS_UNFIT where the loss reads what the network does not give
 */
export function createLoss(spec: LossSpec, network: NetworkDefinition): CreatedLoss {
  return { loss: lossOf(spec, network), needs: NOTHING };
}

function lossOf(spec: LossSpec, network: NetworkDefinition): Loss {
  switch (spec.kind) {
    case 'cross-entropy':
      return crossEntropyLoss(spec, network);
    case 'dual-level':
      return dualLevelLoss(spec, network);
    default: {
      const criterion = criterionOf(spec);
      return (input) => criterion(input.tf, forgedLogOdds(input, network.decision), input.labels);
    }
  }
}
