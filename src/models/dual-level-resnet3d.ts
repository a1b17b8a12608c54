/**
 * The spatio-temporal variant of the dual-level network (Pu et al., 2022, released code): a residual network of ten layers
 * whose convolutions run over time too (Hara, Kataoka, Satoh, "Can Spatiotemporal 3D CNNs Retrace the History of 2D CNNs
 * and ImageNet?", CVPR 2018; projected shortcuts). The last maps are averaged whatever their extent, where the released
 * window fits only clips of 16 faces of 112 pixels.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { fullyConnected } from '../inference/layers.js';
import { DUAL_LEVEL_CLIP_LENGTH, DUAL_LEVEL_CLIP_LENGTHS, DUAL_LEVEL_INPUT_SIZE, DUAL_LEVEL_INPUT_SIZES } from './dual-level.js';
import type { NetworkDefinition } from './network.js';
import { maxPool3d, normalisedConvolution3d } from './volume-layers.js';

/** Channels of the four stages, of one block each. */
const STAGES = [64, 128, 256, 512] as const;
const CUBE = { time: 3, space: 3 } as const;

function basicBlock3d(g: GraphBuilder, name: string, x: Value, channels: number): Value {
  const block = g.scope(`${name}.0`);
  const step = channels === Number(x.shape[2]) ? 1 : 2;
  const stride = { time: step, space: step };
  const first = block.relu(normalisedConvolution3d(block, { conv: 'conv1', bn: 'bn1' }, x, { channels, kernel: CUBE, stride }));
  const second = normalisedConvolution3d(block, { conv: 'conv2', bn: 'bn2' }, first, { channels, kernel: CUBE });
  const projection = { channels, kernel: { time: 1, space: 1 }, stride };
  const shortcut = step === 1 ? x : normalisedConvolution3d(block, { conv: 'downsample.0', bn: 'downsample.1' }, x, projection);
  return g.relu(block.add(second, shortcut), `${name}.clips`);
}

/** The clip network. */
export const DUAL_LEVEL_RESNET3D: NetworkDefinition = {
  name: 'dual-level-resnet3d',
  kind: 'clip',
  inputSize: DUAL_LEVEL_INPUT_SIZE,
  inputSizes: DUAL_LEVEL_INPUT_SIZES,
  clipLength: DUAL_LEVEL_CLIP_LENGTH,
  clipLengths: DUAL_LEVEL_CLIP_LENGTHS,
  range: 'rgb/imagenet',
  outputs: [{ name: 'clip', meaning: 'N × 2: logits of forged (0) and authentic (1)' }],
  decision: { kind: 'softmax', output: 'clip', fake: 0 },
  fixture: { model: 'dual_level_resnet3d' },
  description: 'Residual network of ten layers over space and time (variant of Pu et al., 2022).',
  define(g, { inputSize, clipLength }) {
    const clips = g.input('input', ['N', clipLength, 3, inputSize, inputSize]);
    const stem = normalisedConvolution3d(g, { conv: 'conv1', bn: 'bn1' }, clips, { channels: 64, kernel: { time: 7, space: 7 }, stride: { time: 1, space: 2 } });
    let y = maxPool3d(g, 'maxpool', g.relu(stem, 'relu.clips'));
    for (const [index, channels] of STAGES.entries()) y = basicBlock3d(g, `layer${index + 1}`, y, channels);
    return { clip: fullyConnected(g, 'fc', g.reduceMean(y, [1, 3, 4], false, 'avgpool'), 2) };
  },
};
