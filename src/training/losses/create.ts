/** From specification to loss. */
import { decisionOutputs } from '../../models/decision.js';
import type { NetworkDefinition } from '../../models/network.js';
import { FramewitnessError } from '../../domain/errors.js';
import { cao2021Loss } from './cao2021.js';
import { capsuleLoss } from './capsule.js';
import { criterionOf } from './criteria.js';
import { crossEntropyLoss } from './cross-entropy.js';
import { dualLevelLoss } from './dual-level.js';
import { faceXrayLoss } from './face-xray.js';
import { lgrrLoss } from './lgrr.js';
import type { CreatedLoss, Loss } from './loss.js';
import { metricLoss } from './metric.js';
import { msfrnetLoss } from './msfrnet.js';
import { forgedLogOdds } from './reading.js';
import type { LossSpec } from './spec.js';

/**
 * The loss of a network.
 *
 * @param spec - as `lossSpecSchema` gives it
 * @throws FramewitnessError FW_LOSS_UNFIT where the loss reads what the network does not give
 */
export function createLoss(spec: LossSpec, network: NetworkDefinition): CreatedLoss {
  if (spec.kind === 'cao2021') return cao2021Loss(spec, network);
  return { loss: lossOf(spec, network), needs: { masks: spec.kind === 'face-xray', pairs: false } };
}

function lossOf(spec: Exclude<LossSpec, { kind: 'cao2021' }>, network: NetworkDefinition): Loss {
  switch (spec.kind) {
    case 'cross-entropy':
      return crossEntropyLoss(spec, network);
    case 'dual-level':
      return dualLevelLoss(spec, network);
    case 'metric':
      return metricLoss(spec, network);
    case 'msfrnet':
      return msfrnetLoss(spec, network);
    case 'lgrr':
      return lgrrLoss(spec, network);
    case 'face-xray':
      return faceXrayLoss(spec, network);
    case 'capsule':
      return capsuleLoss(spec, network);
    default: {
      const { decision } = network;
      if (decision.kind === 'length') throw new FramewitnessError('FW_LOSS_UNFIT', `${network.name} decides by the length of ${decisionOutputs(decision).join(', ')}, which is no probability: use kind cao2021 or metric`);
      const criterion = criterionOf(spec);
      return (input) => criterion(input.tf, forgedLogOdds(input, decision), input.labels);
    }
  }
}
