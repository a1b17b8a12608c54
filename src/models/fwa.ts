/**
 * DSP-FWA: residual network and spatial pyramid pooling against the traces of warping a synthesised face into a frame
 * (Li and Lyu, "Exposing DeepFake Videos By Detecting Face Warping Artifacts", CVPR Workshops 2019). Keys as in the
 * authors' PyTorch code, whose ResNet wrapper keeps two classifiers that nothing reads.
 *
 * Class 0 is taken as forged: the authors' demo averages the larger half of its probabilities over jittered crops, as their
 * first version does with the forged class, and draws the complement green where high; its README calls the complement the
 * "fake" probability. Check a checkpoint on known faces before trusting either.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { fullyConnected } from '../inference/layers.js';
import type { NetworkDefinition } from './network.js';
import { extentOf, resNetTrunk } from './resnet.js';

/** Maxima a side, of each level of the pyramid. */
const PYRAMID = [1, 2, 6] as const;

/** N×C×H×W to N×(41·C): the maxima of 1, 2 × 2 and 6 × 6 windows, level by level, channel by channel. */
function spatialPyramid(g: GraphBuilder, x: Value): Value {
  const [height, width] = extentOf(x);
  const levels = PYRAMID.map((side) => {
    const kernel = [Math.ceil(height / side), Math.ceil(width / side)] as const;
    const stride = [Math.floor(height / side), Math.floor(width / side)] as const;
    return g.flatten(g.maxPool(x, { kernel, stride }, `spp.pool${side}`), 1, `spp.flat${side}`);
  });
  return g.concat(levels, 1, 'spp');
}

/** The frame network. */
export const DSP_FWA: NetworkDefinition = {
  name: 'dsp-fwa',
  kind: 'frame',
  inputSize: 224,
  // Maps of 6 × 6 and 7 × 7 are the ones that the published windows cut into 6 × 6.
  inputSizes: { minimum: 192, maximum: 224, multipleOf: 32 },
  clipLength: 1,
  range: 'bgr/caffe',
  outputs: [{ name: 'logits', meaning: 'N × 2: logits of forged (0) and authentic (1)' }],
  decision: { kind: 'softmax', output: 'logits', fake: 0 },
  fixture: { model: 'fwa' },
  checkpoint: { unused: ['resnet.resnet.fc.', 'resnet.fc.'] },
  description: 'ResNet-50 and spatial pyramid pooling (1, 2, 6) for face warping artefacts (Li and Lyu, 2019).',
  define(g, { inputSize }) {
    const x = g.input('input', ['N', 3, inputSize, inputSize]);
    return { logits: fullyConnected(g, 'classifier', spatialPyramid(g, resNetTrunk(g.scope('resnet.resnet'), x, 50)), 2) };
  },
};
