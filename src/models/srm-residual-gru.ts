/**
 * `srm-residual-gru`: the frame network's features of a clip's faces, in order, through a gated recurrent unit. Dual level
 * in the sense of Pu et al., "Learning a deep dual-level network for robust DeepFake detection" (Pattern Recognition,
 * 2022): a head judges every face and another the clip.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { fullyConnected, recurrentLayers } from '../inference/layers.js';
import type { Dimension } from '../inference/shapes.js';
import type { NetworkDefinition } from './network.js';
import { SRM_RESIDUAL_FEATURES, SRM_RESIDUAL_INPUT_SIZE, srmResidualFeatures } from './srm-residual.js';

const CLIP_LENGTH = 16;
const HIDDEN_SIZE = 64;

function judged(g: GraphBuilder, clipLength: Dimension): Readonly<Record<string, Value>> {
  const size = SRM_RESIDUAL_INPUT_SIZE;
  const clips = g.input('input', ['N', clipLength, 3, size, size]);
  const faces = g.reshape(clips, [`${clipLength}*N`, 3, size, size], 'faces');
  const features = srmResidualFeatures(g.scope('backbone'), faces);
  const frame = g.reshape(fullyConnected(g, 'frame_head', features, 1), ['N', clipLength], 'frame-logits');
  const sequence = g.reshape(features, ['N', clipLength, SRM_RESIDUAL_FEATURES], 'sequence');
  const states = recurrentLayers(g, 'gru', sequence, { cell: 'gru', hiddenSize: HIDDEN_SIZE });
  return { clip: fullyConnected(g, 'clip_head', g.reduceMean(states, [1], false, 'mean-state'), 1), frame };
}

/** The clip network. */
export const SRM_RESIDUAL_GRU: NetworkDefinition = {
  name: 'srm-residual-gru',
  kind: 'clip',
  inputSize: SRM_RESIDUAL_INPUT_SIZE,
  clipLength: CLIP_LENGTH,
  range: 'rgb/127.5-1',
  outputs: [
    { name: 'clip', meaning: 'N × 1: logit of the clip, positive = forged' },
    { name: 'frame', meaning: 'N × 16: logit of each face, positive = forged' },
  ],
  decision: { kind: 'sigmoid', output: 'clip', fake: 1 },
  frameDecision: { kind: 'sigmoid', output: 'frame', fake: 1 },
  description: 'The features of srm-residual for 16 faces of one track into a GRU; a score for each face and for the clip.',
  define: (g) => judged(g, CLIP_LENGTH),
  defineForAnyLength: (g) => judged(g, 'T'),
};
