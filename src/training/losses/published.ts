/** The loss that each network was published with, built right where the released program is broken. */
import type { NetworkDefinition } from '../../models/network.js';
import { lossSpecSchema, type LossSpec, type WrittenLossSpec } from './spec.js';

/** Both levels of Pu et al. 2022 at the weights of their released program, 0.6 and 0.4, each with its AUC loss. */
const DUAL_LEVEL: WrittenLossSpec = { kind: 'dual-level', of: { kind: 'auc' } };

/** Specifications by the network's name, defaults left out. */
export const PUBLISHED_LOSSES: Readonly<Record<string, WrittenLossSpec>> = {
  'srm-residual': { kind: 'bce', labelSmoothing: 0.03 },
  'srm-residual-gru': { kind: 'dual-level', clip: 1, frame: 1 },
  'msfrnet': { kind: 'msfrnet' },
  'luo2021': { kind: 'am-softmax' },
  'luo2021-deepfakebench': { kind: 'cross-entropy' },
  'cao2021': { kind: 'cao2021' },
  'xception': { kind: 'cross-entropy' },
  'meso4': { kind: 'cross-entropy' },
  'meso4-keras': { kind: 'squared-error' },
  'meso-inception4': { kind: 'cross-entropy' },
  'meso-inception4-keras': { kind: 'squared-error' },
  'dual-level-gru': DUAL_LEVEL,
  'dual-level-lstm': DUAL_LEVEL,
  'dual-level-bigru': DUAL_LEVEL,
  'dual-level-bilstm': DUAL_LEVEL,
  'dual-level-crnn-gru': { kind: 'auc' },
  'dual-level-crnn-lstm': { kind: 'auc' },
  'dual-level-cnn': DUAL_LEVEL,
  'dual-level-dct': DUAL_LEVEL,
  'dual-level-dct-gated': DUAL_LEVEL,
  'dual-level-resnet3d': { kind: 'auc' },
  'dual-level-vit': { kind: 'auc' },
  'dual-level-resvit': { kind: 'auc' },
  'lgrr': { kind: 'lgrr' },
  'capsule-forensics-v1': { kind: 'capsule' },
  'capsule-forensics-v2': { kind: 'capsule' },
  'dsp-fwa': { kind: 'cross-entropy' },
};

/** The published loss of a network; binary cross-entropy where none was published. */
export function publishedLoss({ name }: Pick<NetworkDefinition, 'name'>): LossSpec {
  return lossSpecSchema.parse(PUBLISHED_LOSSES[name] ?? { kind: 'bce' });
}
