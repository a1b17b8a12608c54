/**
 * The dual-level network of Pu et al., "Learning a deep dual-level network for robust DeepFake detection" (Pattern
 * Recognition 130, 2022, 108832): ResNet-50 features of every face into three recurrent layers; one head judges every step,
 * another the whole clip after its T × H plane of states was averaged into 16 × 16. Layers run forward only, so that a
 * face's logit depends on no later face, or both ways, which the released code allows too.
 *
 * Labels: the released training lists have fake = 0 and real = 1, so positive logits speak for authentic faces. The released
 * demo reads them the other way round; a published checkpoint's `label_map` says which holds for it.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { fullyConnected, recurrentLayers } from '../inference/layers.js';
import { adaptiveAveragePlane } from './adaptive-pool.js';
import type { NetworkDefinition } from './network.js';
import { resNetTrunk, SEQUENTIAL_NAMES } from './resnet.js';

/** Side of a face crop. */
export const DUAL_LEVEL_INPUT_SIZE = 64;
/** Faces in a clip unless a card says otherwise; the paper's are 300 consecutive ones. */
export const DUAL_LEVEL_CLIP_LENGTH = 16;
/** Clip lengths that the networks can be built for. */
export const DUAL_LEVEL_CLIP_LENGTHS = { minimum: 1, maximum: 300 } as const;
/** Sides of face crops that they can be built for. */
export const DUAL_LEVEL_INPUT_SIZES = { minimum: 32, maximum: 320, multipleOf: 32 } as const;

/** Length of a face's feature vector. */
const FEATURES = 2048;
const HIDDEN_SIZE = 256;
const LAYERS = 3;
/** Bins of time and of hidden units in front of the clip's head. */
const BINS = 16;

/** Faces of clips, one after another: N × T × 3 × S × S to T·N × 3 × S × S. */
export function facesOfClips(g: GraphBuilder, clips: Value): Value {
  const [, length, ...face] = clips.shape;
  return g.reshape(clips, [`${length}*N`, ...face], 'faces');
}

/** Results of the two heads. */
export interface DualLevelResult extends Readonly<Record<string, Value>> {
  /** N × 1. */
  readonly clip: Value;
  /** N × T. */
  readonly frame: Value;
}

/** The recurrent half: feature vectors T·N × 2048, clip after clip, to the logits of clips and faces. */
export function dualLevelHeads(g: GraphBuilder, features: Value, clipLength: number, cell: 'gru' | 'lstm', bidirectional: boolean): DualLevelResult {
  const sequence = g.reshape(features, ['N', clipLength, FEATURES], 'sequence');
  const states = recurrentLayers(g, 'rnn', sequence, { cell, hiddenSize: HIDDEN_SIZE, layers: LAYERS, bidirectional });
  const steps = g.reshape(states, [`${clipLength}*N`, Number(states.shape[2])], 'steps');
  const frame = g.reshape(fullyConnected(g, 'fc_cnn', steps, 1), ['N', clipLength], 'frame-logits');
  const plane = adaptiveAveragePlane(g, states, BINS, 'global_pool');
  return { clip: fullyConnected(g, 'fc_rnn', g.flatten(plane), 1), frame };
}

/** What every variant with a head for faces and one for clips says of itself. */
export const DUAL_LEVEL_OUTPUTS = {
  outputs: [
    { name: 'clip', meaning: 'N × 1: logit of the clip, positive = authentic' },
    { name: 'frame', meaning: 'N × T: logit of each face, positive = authentic' },
  ],
  decision: { kind: 'sigmoid', output: 'clip', fake: 0 },
  frameDecision: { kind: 'sigmoid', output: 'frame', fake: 0 },
} as const satisfies Partial<NetworkDefinition>;

function dualLevel(cell: 'gru' | 'lstm', bidirectional: boolean): NetworkDefinition {
  const unit = cell.toUpperCase();
  return {
    name: `dual-level-${bidirectional ? 'bi' : ''}${cell}`,
    kind: 'clip',
    inputSize: DUAL_LEVEL_INPUT_SIZE,
    inputSizes: DUAL_LEVEL_INPUT_SIZES,
    clipLength: DUAL_LEVEL_CLIP_LENGTH,
    clipLengths: DUAL_LEVEL_CLIP_LENGTHS,
    range: 'rgb/imagenet',
    ...DUAL_LEVEL_OUTPUTS,
    fixture: { model: `dual_level_${bidirectional ? 'bi' : ''}${cell}`, outputs: { video_logit: 'clip', frame_logits: 'frame' }, layers: { cnn: 'cnn.8' } },
    description: `ResNet-50 and three ${bidirectional ? 'bidirectional ' : ''}${unit} layers with a head for faces and one for the clip (Pu et al., 2022).`,
    define(g, { inputSize, clipLength }) {
      const clips = g.input('input', ['N', clipLength, 3, inputSize, inputSize]);
      const cnn = g.scope('cnn');
      const maps = resNetTrunk(cnn, facesOfClips(g, clips), 50, SEQUENTIAL_NAMES);
      return dualLevelHeads(g, cnn.globalAveragePool(maps, '8'), clipLength, cell, bidirectional);
    },
  };
}

/** With gated recurrent units, as in the paper. */
export const DUAL_LEVEL_GRU = dualLevel('gru', false);
/** With long short-term memory. */
export const DUAL_LEVEL_LSTM = dualLevel('lstm', false);
/** With gated recurrent units both ways: for whole clips only. */
export const DUAL_LEVEL_BIGRU = dualLevel('gru', true);
/** With long short-term memory both ways. */
export const DUAL_LEVEL_BILSTM = dualLevel('lstm', true);
