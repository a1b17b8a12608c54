/**
 * Capsule-Forensics: VGG-19 features up to the third pooling into primary capsules that keep mean and deviation of 16 maps,
 * and dynamic routing into a capsule for each class (Nguyen, Yamagishi, Echizen, "Capsule-Forensics", ICASSP 2019; second
 * version with ten primary capsules, "Use of a Capsule Network to Detect Fake Images and Videos", 2019). Routing runs as in
 * evaluation, without noise. Keys: `vgg_ext.` for the features, `capnet.` for the rest; published checkpoints hold the
 * rest alone, without the prefix, and the features are torchvision's VGG-19.
 *
 * Which class is which: the first version's lists have forged = 0 and authentic = 1, the second's authentic = 0, forged = 1.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution } from '../inference/layers.js';
import type { NetworkDefinition } from './network.js';
import { vgg19Features } from './vgg.js';

/** Modules of VGG-19's `features` that are used. */
const VGG_MODULES = 19;
/** Length of a primary capsule's vector. */
const PRIMARY_LENGTH = 8;
/** Length of a class's vector. */
const CLASS_LENGTH = 4;
const CLASSES = 2;
const ROUTING_ITERATIONS = 2;
/** Keeps the derivative of a length, and of a deviation, finite at zero. */
const SMALLEST_SQUARE = 1e-20;

/** Sum over one axis, which stays with extent 1. */
function sum(g: GraphBuilder, x: Value, axis: number, name: string): Value {
  return g.mul(g.reduceMean(x, [axis], true, `${name}.mean`), g.scalar(Number(x.shape[axis])), name);
}

/** `|x|² / (1 + |x|²) · x / |x|` along an axis. */
function squash(g: GraphBuilder, x: Value, axis: number, name: string): Value {
  const inner = g.scope(name);
  const square = inner.add(sum(inner, inner.mul(x, x, 'square'), axis, 'square-length'), inner.scalar(SMALLEST_SQUARE), 'above-zero');
  const scale = inner.div(inner.sqrt(square, 'length'), inner.add(square, inner.scalar(1), 'one-more'), 'scale');
  return g.mul(x, scale, name);
}

/** N×C×H×W to N×2×1×C: each map's mean, then its deviation (of a sample: divided by one less than the count). */
function mapStatistics(g: GraphBuilder, x: Value, name: string): Value {
  const inner = g.scope(name);
  const [, channels, height, width] = x.shape.map(Number) as [number, number, number, number];
  const mean = inner.reduceMean(x, [2, 3], true, 'mean');
  const centred = inner.sub(x, mean, 'centred');
  const square = inner.reduceMean(inner.mul(centred, centred, 'square'), [2, 3], true, 'variance');
  const unbiased = inner.mul(square, inner.scalar((height * width) / (height * width - 1)), 'unbiased');
  const deviation = inner.sqrt(inner.add(unbiased, inner.scalar(SMALLEST_SQUARE), 'above-zero'), 'deviation');
  const row = (value: Value, label: string): Value => inner.reshape(value, ['N', 1, 1, channels], label);
  return g.concat([row(mean, 'means'), row(deviation, 'deviations')], 1, name);
}

/** `torch.nn.Conv1d` with bias over the last axis of N×C×1×L. */
function convolution1d(g: GraphBuilder, name: string, x: Value, options: { readonly channels: number; readonly kernel: number; readonly stride: number }): Value {
  const { channels, kernel, stride } = options;
  const module = g.scope(name);
  const inputs = Number(x.shape[1]);
  const weight = module.reshape(module.parameter('weight', [channels, inputs, kernel]), [channels, inputs, 1, kernel], 'row');
  const padding = (kernel - 1) / 2;
  return g.conv2d(x, weight, { bias: module.parameter('bias', [channels]), stride: [1, stride], padding: [0, padding, 0, padding] }, name);
}

/** One primary capsule: N×256×H×W to N×8×1. */
function primaryCapsule(g: GraphBuilder, x: Value): Value {
  const first = g.relu(batchNormalisation(g, '1', convolution(g, '0', x, { channels: 64, kernel: 3, padding: 1, bias: true })), '2');
  const second = g.relu(batchNormalisation(g, '4', convolution(g, '3', first, { channels: 16, kernel: 3, padding: 1, bias: true })), '5');
  const third = batchNormalisation(g, '8', convolution1d(g, '7', mapStatistics(g, second, '6'), { channels: 8, kernel: 5, stride: 2 }));
  const fourth = batchNormalisation(g, '10', convolution1d(g, '9', third, { channels: 1, kernel: 3, stride: 1 }));
  return g.reshape(fourth, ['N', PRIMARY_LENGTH, 1], '11');
}

/**
 * Dynamic routing (Sabour, Frosst, Hinton, NeurIPS 2017), with a coefficient for each element of a vector as the released
 * code has it: N × 8 × primary capsules to N × 4 × classes.
 */
function routing(g: GraphBuilder, capsules: Value, name: string): Value {
  const inner = g.scope(name);
  const count = Number(capsules.shape[2]);
  const weights = inner.parameter('route_weights', [CLASSES, count, CLASS_LENGTH, PRIMARY_LENGTH]);
  const vectors = inner.reshape(inner.transpose(capsules, [0, 2, 1], 'vectors'), ['N', 1, count, PRIMARY_LENGTH, 1], 'columns');
  const priors = inner.matMul(inner.reshape(weights, [1, CLASSES, count, CLASS_LENGTH, PRIMARY_LENGTH], 'weights'), vectors, 'priors');
  // Coefficients start equal: the first weighted sum is a mean.
  let outputs = squash(inner, inner.reduceMean(priors, [2], true, 'sum0'), 3, 'outputs0');
  let logits: Value | undefined;
  for (let iteration = 1; iteration < ROUTING_ITERATIONS; iteration++) {
    const agreement = inner.mul(priors, outputs, `agreement${iteration}`);
    logits = logits === undefined ? agreement : inner.add(logits, agreement, `logits${iteration}`);
    const routed = inner.mul(inner.softmax(logits, 2, `coefficients${iteration}`), priors, `routed${iteration}`);
    outputs = squash(inner, sum(inner, routed, 2, `sum${iteration}`), 3, `outputs${iteration}`);
  }
  return g.transpose(inner.reshape(outputs, ['N', CLASSES, CLASS_LENGTH], 'classes'), [0, 2, 1], name);
}

interface Version {
  readonly version: 1 | 2;
  readonly inputSize: number;
  /** Module of each primary capsule. */
  readonly capsules: readonly string[];
  /** Class that means forged. */
  readonly fake: 0 | 1;
}

function capsuleForensics({ version, inputSize, capsules, fake }: Version): NetworkDefinition {
  const [zero, one] = fake === 0 ? ['forged', 'authentic'] : ['authentic', 'forged'];
  return {
    name: `capsule-forensics-v${version}`,
    kind: 'frame',
    inputSize,
    inputSizes: { minimum: 64, maximum: 512 },
    clipLength: 1,
    range: 'rgb/imagenet',
    outputs: [
      { name: 'class_probabilities', meaning: `N × 2: probability of ${zero} (0) and ${one} (1), mean over the 4 elements of the class vectors` },
      { name: 'z', meaning: `N × 4 × 2: class vectors of ${zero} (0) and ${one} (1); what the loss reads` },
    ],
    decision: { kind: 'probability', output: 'class_probabilities', fake },
    fixture: {
      model: version === 2 ? 'capsule' : 'capsule_v1',
      layers: { 'vgg_ext.vgg_1': 'vgg_ext.vgg_1.18', vgg_ext: 'vgg_ext.vgg_1.18', capnet: 'capnet.routing_stats' },
    },
    checkpoint: {
      unused: ['classifier.', ...['19', '21', '23', '25', '28', '30', '32', '34'].map((module) => `features.${module}.`)],
      renamed: [
        { from: 'fea_ext.', to: 'capnet.fea_ext.' },
        { from: 'routing_stats.', to: 'capnet.routing_stats.' },
        { from: 'features.', to: 'vgg_ext.vgg_1.' },
      ],
    },
    description: `VGG-19 features, ${capsules.length} primary capsules and dynamic routing (Capsule-Forensics${version === 1 ? '' : '-v2'}, Nguyen et al., 2019).`,
    define(g, { inputSize: size }) {
      const features = vgg19Features(g.scope('vgg_ext.vgg_1'), g.input('input', ['N', 3, size, size]), VGG_MODULES);
      const extractor = g.scope('capnet.fea_ext');
      const primaries = capsules.map((module) => primaryCapsule(extractor.scope(module), features));
      const net = g.scope('capnet');
      const z = routing(net, squash(net, net.concat(primaries, 2, 'fea_ext.stack'), 2, 'fea_ext'), 'routing_stats');
      return { class_probabilities: g.reduceMean(g.softmax(z, 2, 'classes'), [1], false, 'class_probabilities'), z };
    },
  };
}

/** Three primary capsules; published for crops of 128 pixels. */
export const CAPSULE_FORENSICS_V1 = capsuleForensics({ version: 1, inputSize: 128, capsules: [1, 2, 3].map((n) => `ext_${n}`), fake: 0 });
/** Ten primary capsules, 300 pixels. */
export const CAPSULE_FORENSICS_V2 = capsuleForensics({ version: 2, inputSize: 300, capsules: Array.from({ length: 10 }, (_, n) => `capsules.${n}`), fake: 1 });
