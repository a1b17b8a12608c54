/**
 * The variant of the dual-level network without recurrence (Pu et al., 2022, released code): ResNet-50 judges every face and
 * the clip's logits are the mean. The released code means over the two classes instead of over the faces, which says
 * nothing about either; the keys are the same.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { fullyConnected } from '../inference/layers.js';
import type { Dimension } from '../inference/shapes.js';
import { DUAL_LEVEL_CLIP_LENGTH, DUAL_LEVEL_CLIP_LENGTHS, DUAL_LEVEL_INPUT_SIZE, DUAL_LEVEL_INPUT_SIZES, facesOfClips } from './dual-level.js';
import type { NetworkDefinition } from './network.js';
import { resNetTrunk, SEQUENTIAL_NAMES } from './resnet.js';

function judged(g: GraphBuilder, inputSize: number, clipLength: Dimension): Readonly<Record<string, Value>> {
  const clips = g.input('input', ['N', clipLength, 3, inputSize, inputSize]);
  const cnn = g.scope('cnn');
  const features = cnn.globalAveragePool(resNetTrunk(cnn, facesOfClips(g, clips), 50, SEQUENTIAL_NAMES), '8');
  const frame = g.reshape(fullyConnected(g, 'cnn_out.0', g.flatten(features), 2), ['N', clipLength, 2], 'frames');
  return { clip: g.reduceMean(frame, [1], false, 'clips'), frame };
}

/** The clip network. */
export const DUAL_LEVEL_CNN: NetworkDefinition = {
  name: 'dual-level-cnn',
  kind: 'clip',
  inputSize: DUAL_LEVEL_INPUT_SIZE,
  inputSizes: DUAL_LEVEL_INPUT_SIZES,
  clipLength: DUAL_LEVEL_CLIP_LENGTH,
  clipLengths: DUAL_LEVEL_CLIP_LENGTHS,
  range: 'rgb/imagenet',
  outputs: [
    { name: 'clip', meaning: 'N × 2: logits of forged (0) and authentic (1), mean over the faces' },
    { name: 'frame', meaning: 'N × T × 2: the same of each face' },
  ],
  decision: { kind: 'softmax', output: 'clip', fake: 0 },
  frameDecision: { kind: 'softmax', output: 'frame', fake: 0 },
  fixture: { model: 'dual_level_cnn' },
  description: 'ResNet-50 on every face, mean over the clip (variant of Pu et al., 2022).',
  define: (g, { inputSize, clipLength }) => judged(g, inputSize, clipLength),
  defineForAnyLength: (g, inputSize) => judged(g, inputSize, 'T'),
};
