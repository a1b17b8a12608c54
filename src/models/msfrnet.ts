/**
 * `msfrnet`: Yu, Zhang, Li and Lei, "MSFRNet: Two-stream deep forgery detector via multi-scale feature extraction" (IET
 * Image Processing, 2023). Both streams see the picture: the shallow one after two convolutions of VGG-16, the deep one
 * after seven. Each goes through a small feature pyramid, and three heads judge the shallow features, the deep ones and
 * both together. Their logits are added.
 *
 * Class 0 is forged and class 1 real, in the order of the folders' names with which the authors trained. They report the
 * class with the larger sum of logits, which is also what is decided here; as a score they take the sigmoid of the summed
 * logit of class 1 alone.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution, fullyConnected } from '../inference/layers.js';
import type { NetworkDefinition } from './network.js';
import { vgg16Features } from './vgg.js';

/** Channels and form of a pyramid. */
interface PyramidOptions {
  /** Channels that come from the full size, the half and the quarter; the eighth has as many as the quarter. */
  readonly laterals: readonly [full: number, half: number, quarter: number];
  /** Whether these end in a ReLU. */
  readonly lateralRelu: boolean;
}

const sizeOf = (x: Value): readonly [number, number] => [Number(x.shape[2]), Number(x.shape[3])];

/**
 * N × C × H × W to N × (C + the lateral channels) × H × W: three times halved, then added up from the smallest to the
 * full size, and what each size says stacked. Module names are as published.
 */
function pyramid(g: GraphBuilder, name: string, x: Value, { laterals: [full, half, quarter], lateralRelu }: PyramidOptions): Value {
  const module = g.scope(name);
  const channels = Number(x.shape[1]);
  const grow = (input: Value, like: Value): Value => module.resizeBilinear(input, sizeOf(like), 'half-pixel', 'grown');
  const normal = (layer: string, input: Value, outputs: number, last: string): Value => {
    const y = convolution(module, `${layer}.0`, input, { channels: outputs, kernel: 3, padding: 1, bias: true });
    return module.relu(batchNormalisation(module, `${layer}.1`, y), last);
  };
  const shrink = (layer: string, input: Value): Value => module.maxPool(normal(layer, input, channels, `${layer}.2`), { kernel: 2 }, layer);
  const lateral = (layer: string, input: Value, outputs: number): Value => {
    const y = batchNormalisation(module, `${layer}.1`, convolution(module, `${layer}.0`, input, { channels: outputs, kernel: 1 }));
    return lateralRelu ? module.relu(y, layer) : y;
  };
  const halved = shrink('MaxPooling2D11', x);
  const quartered = shrink('MaxPooling2D22', halved);
  const smallest = lateral('conv33', shrink('MaxPooling2D33', quartered), quarter);
  const a = normal('Conv11', module.add(grow(smallest, quartered), lateral('conv22', quartered, quarter), 'sum11'), half, 'Conv11');
  const b = normal('Conv111', module.add(grow(a, halved), lateral('conv11', halved, half), 'sum111'), full, 'Conv111');
  const c = normal('Conv1111', module.add(grow(b, x), lateral('conv44', x, full), 'sum1111'), channels, 'Conv1111');
  return g.concat([c, grow(b, x), grow(a, x), grow(smallest, x)], 1, name);
}

/** Linear, ReLU, dropout, linear to two classes. */
function classifier(g: GraphBuilder, name: string, x: Value, hidden: number): Value {
  const module = g.scope(name);
  return fullyConnected(module, '3', module.dropout(module.relu(fullyConnected(module, '0', x, hidden), '1'), 0.5, '2'), 2);
}

/** Layers of `Conv3`: each 3 × 3 convolution (bias) with normalisation and ReLU counts as three, a pooling as one. */
const JOINT: readonly ('convolve' | 'pool')[] = ['convolve', 'convolve', 'convolve', 'pool', 'convolve', 'convolve', 'pool', 'convolve', 'pool'];

function jointStream(g: GraphBuilder, x: Value): Value {
  let y = x;
  let index = 0;
  for (const layer of JOINT) {
    if (layer === 'pool') {
      y = g.maxPool(y, { kernel: 2 }, `${index}`);
      index += 1;
    } else {
      y = batchNormalisation(g, `${index + 1}`, convolution(g, `${index}`, y, { channels: 512, kernel: 3, padding: 1, bias: true }));
      y = g.relu(y, `${index + 2}`);
      index += 3;
    }
  }
  return y;
}

/** The frame network. */
export const MSFRNET: NetworkDefinition = {
  name: 'msfrnet',
  kind: 'frame',
  inputSize: 224,
  clipLength: 1,
  range: 'rgb/imagenet',
  outputs: [
    { name: 'scale1', meaning: 'N × 2: logits of the shallow stream, 0 = forged, 1 = REAL' },
    { name: 'scale2', meaning: 'N × 2: logits of the deep stream, 0 = forged, 1 = REAL' },
    { name: 'scale3', meaning: 'N × 2: logits of both streams together, 0 = forged, 1 = REAL' },
  ],
  decision: { kind: 'softmax', output: ['scale1', 'scale2', 'scale3'], fake: 0 },
  fixture: {
    model: 'msfrnet',
    layers: {
      module1: 'module1.3',
      AVP: 'AVP.0',
      module2: 'module2.16',
      Conv2: 'Conv2.0',
      Conv3: 'Conv3.20',
      Classifier1: 'Classifier1.3',
      Classifier2: 'Classifier2.3',
      Classifier3: 'Classifier3.3',
      ...Object.fromEntries(['conv11', 'conv22', 'conv33', 'conv44'].map((layer) => [`Multi2.${layer}`, `Multi2.${layer}.1`])),
    },
  },
  description: 'VGG-16 layers into two feature pyramids, shallow and deep; three heads, one for each and one for both; one face.',
  define(g, { inputSize }) {
    const x = g.input('input', ['N', 3, inputSize, inputSize]);
    const first = vgg16Features(g.scope('module1'), x, 0, 4);
    // What is left of each channel without its mean over the picture.
    const centred = g.sub(first, g.globalAveragePool(first, 'AVP.0'), 'centred');
    const shallow = pyramid(g, 'Multi1', centred, { laterals: [32, 16, 8], lateralRelu: true });
    const layers = vgg16Features(g.scope('module2'), centred, 4, 17);
    const deep = pyramid(g, 'Multi2', layers, { laterals: [128, 56, 28], lateralRelu: false });
    const joint = jointStream(g.scope('Conv3'), g.concat([g.maxPool(shallow, { kernel: 8 }, 'Conv2.0'), deep], 1, 'streams'));
    const pooled = (features: Value): Value => g.flatten(g.globalAveragePool(features, 'avgpool'));
    return {
      scale1: classifier(g, 'Classifier1', pooled(shallow), 100),
      scale2: classifier(g, 'Classifier2', pooled(deep), 100),
      scale3: classifier(g, 'Classifier3', g.flatten(joint), 500),
    };
  },
};
