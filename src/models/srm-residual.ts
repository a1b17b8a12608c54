/**
 * `srm-residual`: a small two-stream network for one face. One stream sees the picture, the other what three fixed
 * high-pass filters of the steganalysis rich model leave of it (the noise stream of Zhou et al., "Learning Rich Features
 * for Image Manipulation Detection", CVPR 2018, section 3.2); residual blocks (He et al., CVPR 2016) judge both together.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution, fullyConnected } from '../inference/layers.js';
import type { NetworkDefinition } from './network.js';
import { SRM_FILTERS } from './srm-filters.js';

/** Length of a face's feature vector. */
export const SRM_RESIDUAL_FEATURES = 160;
/** Height and width of a face crop. */
export const SRM_RESIDUAL_INPUT_SIZE = 128;

/** Residuals are clipped at this many grey levels, then scaled to [-1, 1]. */
const RESIDUAL_LIMIT = 4;
const GREY_LEVELS = 127.5;

/** N×3×H×W in [-1, 1] to N×9×H×W in [-1, 1]: channel 3c + k is filter k on colour c. */
function noiseResiduals(g: GraphBuilder, x: Value): Value {
  const bank = SRM_FILTERS.flat();
  const filters = g.constant('srm', [9, 1, 5, 5], [...bank, ...bank, ...bank]);
  const residuals = g.conv2d(g.mul(x, g.scalar(GREY_LEVELS), 'grey-levels'), filters, { padding: 2, groups: 3 }, 'residuals');
  return g.mul(g.clip(residuals, -RESIDUAL_LIMIT, RESIDUAL_LIMIT, 'residuals.clip'), g.scalar(1 / RESIDUAL_LIMIT), 'residuals.scale');
}

/** First layer of a stream: strided convolution, normalisation, ReLU; the layer's name is the stream's. */
function stem(g: GraphBuilder, name: string, x: Value): Value {
  const module = g.scope(name);
  const y = convolution(module, 'conv', x, { channels: 16, kernel: 3, stride: 2, padding: 1 });
  return g.relu(batchNormalisation(module, 'bn', y), name);
}

/** Residual block with a strided first convolution and a projected shortcut. */
function basicBlock(g: GraphBuilder, name: string, x: Value, channels: number): Value {
  const block = g.scope(name);
  const first = batchNormalisation(block, 'bn1', convolution(block, 'conv1', x, { channels, kernel: 3, stride: 2, padding: 1 }));
  const second = batchNormalisation(block, 'bn2', convolution(block, 'conv2', block.relu(first), { channels, kernel: 3, padding: 1 }));
  const shortcut = batchNormalisation(block, 'downsample.1', convolution(block, 'downsample.0', x, { channels, kernel: 1, stride: 2 }));
  return g.relu(block.add(second, shortcut), name);
}

/** Features of faces: n × 3 × 128 × 128 in [-1, 1] to n × 160. */
export function srmResidualFeatures(g: GraphBuilder, x: Value): Value {
  let y = g.concat([stem(g, 'rgb', x), stem(g, 'noise', noiseResiduals(g, x))], 1, 'streams');
  for (const [index, channels] of [48, 96, SRM_RESIDUAL_FEATURES].entries()) y = basicBlock(g, `layer${index + 1}`, y, channels);
  return g.flatten(g.globalAveragePool(y), 1, 'features');
}

/** The frame network. */
export const SRM_RESIDUAL: NetworkDefinition = {
  name: 'srm-residual',
  kind: 'frame',
  inputSize: SRM_RESIDUAL_INPUT_SIZE,
  clipLength: 1,
  range: 'rgb/127.5-1',
  outputs: [{ name: 'frame', meaning: 'N × 1: logit, positive = forged' }],
  decision: { kind: 'sigmoid', output: 'frame', fake: 1 },
  description: 'Two streams (RGB and SRM noise residuals) into three residual blocks; one face.',
  define(g) {
    const x = g.input('input', ['N', 3, SRM_RESIDUAL_INPUT_SIZE, SRM_RESIDUAL_INPUT_SIZE]);
    return { frame: fullyConnected(g, 'frame_head', srmResidualFeatures(g, x), 1) };
  },
};
