/**
 * The convolutional recurrent variant of the dual-level network (Pu et al., 2022, released code): ResNet-50 maps of every
 * face through three ConvLSTM or ConvGRU layers; the clip's logit from what the last layer remembers at the end. The
 * released ConvLSTM variant reads the cell there and not the state; so does this one, for checkpoints to mean the same.
 */
import { fullyConnected } from '../inference/layers.js';
import { convolutionalRecurrentLayers } from './convolutional-recurrent.js';
import { DUAL_LEVEL_CLIP_LENGTH, DUAL_LEVEL_INPUT_SIZE, DUAL_LEVEL_INPUT_SIZES, DUAL_LEVEL_OUTPUTS, facesOfClips } from './dual-level.js';
import type { NetworkDefinition } from './network.js';
import { extentOf, resNetTrunk, SEQUENTIAL_NAMES } from './resnet.js';

const CHANNELS = [256, 256, 512] as const;
/** The steps are spelt out in the graph; ONNX Runtime takes minutes to load hundreds of them. */
const CLIP_LENGTHS = { minimum: 1, maximum: 64 } as const;

function dualLevelCrnn(cell: 'gru' | 'lstm'): NetworkDefinition {
  return {
    name: `dual-level-crnn-${cell}`,
    kind: 'clip',
    inputSize: DUAL_LEVEL_INPUT_SIZE,
    inputSizes: DUAL_LEVEL_INPUT_SIZES,
    clipLength: DUAL_LEVEL_CLIP_LENGTH,
    clipLengths: CLIP_LENGTHS,
    range: 'rgb/imagenet',
    outputs: [DUAL_LEVEL_OUTPUTS.outputs[0]],
    decision: DUAL_LEVEL_OUTPUTS.decision,
    fixture: { model: `dual_level_crnn_${cell}`, outputs: { video_logit: 'clip' }, layers: { cnn: 'cnn.7', fc: 'fc.0' } },
    description: `ResNet-50 and three convolutional ${cell.toUpperCase()} layers, one logit a clip (variant of Pu et al., 2022).`,
    define(g, { inputSize, clipLength }) {
      const clips = g.input('input', ['N', clipLength, 3, inputSize, inputSize]);
      const maps = resNetTrunk(g.scope('cnn'), facesOfClips(g, clips), 50, SEQUENTIAL_NAMES);
      const sequence = g.reshape(maps, ['N', clipLength, Number(maps.shape[1]), ...extentOf(maps)], 'sequence');
      const { memory } = convolutionalRecurrentLayers(g, 'cRNN', sequence, { cell, channels: CHANNELS, kernel: 1 });
      return { clip: fullyConnected(g, 'fc.0', g.flatten(g.globalAveragePool(memory, 'global_pool')), 1) };
    },
  };
}

/** With ConvLSTM layers. */
export const DUAL_LEVEL_CRNN_LSTM = dualLevelCrnn('lstm');
/** With ConvGRU layers. */
export const DUAL_LEVEL_CRNN_GRU = dualLevelCrnn('gru');
