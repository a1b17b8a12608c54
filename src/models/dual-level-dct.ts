/**
 * The frequency-domain variant of the dual-level network (Pu et al., 2022, released code; Xu et al., "Learning in the
 * Frequency Domain", CVPR 2020): ResNet-50 without its stem on the cosine coefficients of every face, which enter its first
 * stage by 3 × 3 convolutions; then the recurrent half as in the other variants. The faces' coefficients are computed in the
 * network, so that it takes face crops as all others do. With the gate, each face's coefficients are switched on or off by
 * what their means say; the released code computes the gates and then passes the ungated coefficients on, here they are applied.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution } from '../inference/layers.js';
import { blockCosines } from './block-cosines.js';
import { DUAL_LEVEL_CLIP_LENGTH, DUAL_LEVEL_CLIP_LENGTHS, DUAL_LEVEL_OUTPUTS, dualLevelHeads, facesOfClips } from './dual-level.js';
import type { NetworkDefinition } from './network.js';
import { residualStage } from './resnet.js';

/** Side of a face crop: 56 blocks of 8 × 8 when doubled. */
const INPUT_SIZE = 224;
const CHANNELS = 192;
/** Makes a step of a difference: anything above zero is at least 1 after it. */
const STEEPNESS = 1e30;

/** Vectors T·N × 2048 × 1 × 1 of coefficients T·N × 192 × S × S. */
export function frequencyFeatures(g: GraphBuilder, coefficients: Value): Value {
  const trunk = g.scope('cnn.0');
  let y = residualStage(trunk, '0', coefficients, { depth: 50, stage: 1, firstKernel: 3 });
  for (const stage of [2, 3, 4] as const) y = residualStage(trunk, `${stage - 1}`, y, { depth: 50, stage });
  return trunk.globalAveragePool(y, '4');
}

/** Coefficients times 0 or 1: on where the second number of a channel is above its first. Serving only: a step has no gradient. */
export function gatedCoefficients(g: GraphBuilder, name: string, x: Value): Value {
  const gate = g.scope(name);
  const hidden = convolution(gate, 'inp_gate.0', gate.globalAveragePool(x, 'avg_pool'), { channels: CHANNELS, kernel: 1, bias: true });
  const opened = gate.relu(batchNormalisation(gate, 'inp_gate.1', hidden), 'inp_gate');
  const both = convolution(gate, 'inp_gate_l', opened, { channels: 2 * CHANNELS, kernel: 1, groups: CHANNELS, bias: true });
  const pairs = gate.reshape(both, [x.shape[0] ?? 'N', CHANNELS, 2, 1], 'pairs');
  const difference = gate.sub(gate.slice(pairs, 2, 1, 2, 'on'), gate.slice(pairs, 2, 0, 1, 'off'), 'difference');
  const step = gate.clip(gate.mul(difference, gate.scalar(STEEPNESS), 'steep'), 0, 1, 'inp_gs');
  return g.mul(x, step, name);
}

function dualLevelDct(gated: boolean): NetworkDefinition {
  return {
    name: gated ? 'dual-level-dct-gated' : 'dual-level-dct',
    kind: 'clip',
    inputSize: INPUT_SIZE,
    clipLength: DUAL_LEVEL_CLIP_LENGTH,
    clipLengths: DUAL_LEVEL_CLIP_LENGTHS,
    range: 'rgb/255',
    ...DUAL_LEVEL_OUTPUTS,
    fixture: { model: gated ? 'dual_level_dct_gated' : 'dual_level_dct', outputs: { video_logit: 'clip', frame_logits: 'frame' } },
    description: `ResNet-50 on ${gated ? 'gated ' : ''}cosine coefficients of 8 × 8 blocks and three GRU layers (variant of Pu et al., 2022).`,
    define(g, { inputSize, clipLength }) {
      const clips = g.input('input', ['N', clipLength, 3, inputSize, inputSize]);
      const coefficients = blockCosines(g.scope('dct'), facesOfClips(g, clips));
      const features = frequencyFeatures(g, gated ? gatedCoefficients(g, 'inp_GM', coefficients) : coefficients);
      return dualLevelHeads(g, features, clipLength, 'gru', false);
    },
  };
}

/** All coefficients. */
export const DUAL_LEVEL_DCT = dualLevelDct(false);
/** Coefficients that the gate lets through. */
export const DUAL_LEVEL_DCT_GATED = dualLevelDct(true);
