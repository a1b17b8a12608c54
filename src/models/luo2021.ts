/**
 * `luo2021`: Luo, Zhang, Yan and Liu, "Generalizing Face Forgery Detection with High-frequency Features" (CVPR 2021): one
 * Xception sees the picture, another its noise residuals; residuals guide where the first one looks, the two exchange
 * features by cross-modality attention, and their last features are fused. `luo2021-deepfakebench` is DeepfakeBench's
 * version of it (Yan et al., NeurIPS 2023), with other keys, no dropout, and a fusion without the residual path.
 *
 * The paper's networks take 256 × 256 faces. Any multiple of 16 gives maps that the attention can be built for, but its
 * weights then have another shape: they depend on the number of places.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation } from '../inference/layers.js';
import { dualCrossAttention, featureResiduals, fusedStreams, pictureResiduals, residualAttention } from './luo2021-attention.js';
import type { NetworkDefinition, NetworkShape } from './network.js';
import { xceptionBlocks, xceptionExit, xceptionFirst, xceptionSecond } from './xception-blocks.js';

/** How the two published versions differ. */
interface Version {
  /** Scopes of the two Xceptions. */
  readonly rgb: string;
  readonly noise: string;
  /** Whether fusion adds the features to what the channel attention leaves of them. */
  readonly residual: boolean;
  /** Scope of the classifier's linear layer, below the first Xception's. */
  readonly classifier: string;
  /** Rate of dropout before it. */
  readonly dropout: number;
}

function defineTwoStreams(g: GraphBuilder, { inputSize }: NetworkShape, version: Version): Readonly<Record<string, Value>> {
  const [rgb, noise] = [g.scope(version.rgb), g.scope(version.noise)];
  const x = g.input('input', ['N', 3, inputSize, inputSize]);
  const residuals = pictureResiduals(g, 'srm_conv0', x);

  // The noise stream takes the residuals of the other's features in at the first two stages.
  let r = xceptionFirst(rgb, x);
  let n = g.relu(g.add(xceptionFirst(noise, residuals), featureResiduals(g, 'srm_conv1', r), 'noise1'));
  r = xceptionSecond(rgb, r);
  n = g.relu(g.add(xceptionSecond(noise, n), featureResiduals(g, 'srm_conv2', r), 'noise2'));

  const attention = residualAttention(g, 'srm_sa', residuals);
  const guided = g.add(g.mul(r, attention, 'attended'), r, 'guided');
  r = g.relu(batchNormalisation(g, 'srm_sa_post.0', guided), 'srm_sa_post.1');

  [r, n] = dualCrossAttention(g, 'dual_cma0', xceptionBlocks(rgb, r, 1, 3), xceptionBlocks(noise, n, 1, 3));
  [r, n] = dualCrossAttention(g, 'dual_cma1', xceptionBlocks(rgb, r, 4, 7), xceptionBlocks(noise, n, 4, 7));
  r = xceptionExit(rgb, xceptionBlocks(rgb, r, 8, 12));
  n = xceptionExit(noise, xceptionBlocks(noise, n, 8, 12));

  const fused = rgb.relu(fusedStreams(g, 'fusion', r, n, version), 'activated');
  const features = g.flatten(g.globalAveragePool(fused, 'pooled'), 1, 'features');
  const linear = rgb.scope(version.classifier);
  const dropped = version.dropout > 0 ? g.dropout(features, version.dropout) : features;
  const logits = rgb.linear(dropped, linear.parameter('weight', [2, 2048]), linear.parameter('bias', [2]), 'last_linear');
  return { logits, features, attention };
}

/** What both versions have in common. */
const TWO_STREAMS = {
  kind: 'frame',
  inputSize: 256,
  inputSizes: { minimum: 32, maximum: 1024, multipleOf: 16 },
  clipLength: 1,
  range: 'rgb/127.5-1',
  outputs: [
    { name: 'logits', meaning: 'N × 2: logit of each class, 0 = real, 1 = forged' },
    { name: 'features', meaning: 'N × 2048: what the classifier reads; no direction' },
    { name: 'attention', meaning: 'N × 1 × 125 × 125 (input 256): how much the noise residuals draw attention to each place' },
  ],
  decision: { kind: 'softmax', output: 'logits', fake: 1 },
  map: { output: 'attention', meaning: 'where the noise residuals draw attention; not by itself a sign of forgery' },
} as const satisfies Partial<NetworkDefinition>;

/** Fixed filters, which checkpoints hold as tensors. */
const FIXED = ['srm_conv0.kernel', 'srm_conv1.kernel', 'srm_conv2.kernel', 'srm_sa.srm.kernel'];

const AUTHORS: Version = { rgb: 'xception_rgb.model', noise: 'xception_srm.model', residual: true, classifier: 'last_linear.1', dropout: 0.5 };
const DEEPFAKEBENCH: Version = { rgb: 'backbone_rgb', noise: 'backbone_srm', residual: false, classifier: 'last_linear', dropout: 0 };

/** The authors' version. */
export const LUO2021: NetworkDefinition = {
  ...TWO_STREAMS,
  name: 'luo2021',
  fixture: {
    model: 'luo2021',
    layers: {
      'srm_conv0': 'srm_conv0.truc',
      'srm_conv1': 'srm_conv1.out_conv.2',
      'srm_conv1.out_conv': 'srm_conv1.out_conv.2',
      'srm_conv2': 'srm_conv2.out_conv.2',
      'srm_conv2.out_conv': 'srm_conv2.out_conv.2',
      'srm_sa.srm': 'srm_sa.srm.truc',
      'srm_sa.conv': 'srm_sa.conv.5',
      'srm_sa.pa': 'srm_sa.pa.sigmoid',
      'srm_sa': 'srm_sa.pa.sigmoid',
      'srm_sa_post': 'srm_sa_post.1',
      'dual_cma0': 'dual_cma0.out1',
      'dual_cma1': 'dual_cma1.out1',
      'fusion.convblk': 'fusion.convblk.2',
      'fusion.ca.sharedMLP': 'fusion.ca.sharedMLP.2',
      'fusion.ca': 'fusion.ca.sigmoid',
      'fusion': 'fusion.fused',
    },
  },
  checkpoint: { unused: [...FIXED, 'xception_srm.model.last_linear.'] },
  description: 'Two Xceptions, on the picture and on its noise residuals, with attention between them; one face.',
  define: (g, shape) => defineTwoStreams(g, shape, AUTHORS),
};

/** DeepfakeBench's version, there called SRM. */
export const LUO2021_DEEPFAKEBENCH: NetworkDefinition = {
  ...TWO_STREAMS,
  name: 'luo2021-deepfakebench',
  checkpoint: { unused: [...FIXED, 'backbone_srm.last_linear.', 'backbone_rgb.adjust_channel.', 'backbone_srm.adjust_channel.', 'blur.weight'] },
  description: "DeepfakeBench's version of luo2021 (there SRM): its keys, no dropout, fusion without the residual path; one face.",
  define: (g, shape) => defineTwoStreams(g, shape, DEEPFAKEBENCH),
};
