/**
 * MesoNet's second network (Afchar et al., WIFS 2018): two inception modules with dilated convolutions, then two
 * convolutions and the classifier of the first network. Published in the same two forms, see meso4.ts; in the PyTorch
 * form there is no ReLU inside the modules, in the authors' form one after each of their convolutions.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution } from '../inference/layers.js';
import { MESO_KERAS, MESO_ONE_OUTPUT, MESO_TORCH, MESO_TWO_CLASSES, mesoClassifier, mesoKerasClassifier, mesoStage } from './meso4.js';
import type { NetworkDefinition } from './network.js';

/** Channels of the four branches. */
type Branches = readonly [number, number, number, number];

/** 1 × 1 alone, and before 3 × 3 with dilation 1, 2 and 3; then normalisation and pooling. Keys begin with `prefix`. */
function inceptionModule(g: GraphBuilder, prefix: string, x: Value, [a, b, c, d]: Branches, form: typeof MESO_TORCH): Value {
  const convolve = (name: string, input: Value, channels: number, dilation: number): Value => {
    const options = { channels, bias: form.bias, ...(dilation === 0 ? { kernel: 1 } : { kernel: 3, padding: dilation, dilation }) };
    const y = convolution(g, `${prefix}_conv${name}`, input, options);
    // Only the authors' form, which has a bias, has a ReLU here.
    return form.bias ? g.relu(y) : y;
  };
  const branch = (index: number, channels: number, dilation: number): Value => convolve(`${index}_2`, convolve(`${index}_1`, x, channels, 0), channels, dilation);
  const joined = g.concat([convolve('1', x, a, 0), branch(2, b, 1), branch(3, c, 2), branch(4, d, 3)], 1, `${prefix}_branches`);
  return g.maxPool(batchNormalisation(g, `${prefix}_bn`, joined, form.epsilon), { kernel: 2 }, 'maxpooling1');
}

const FIRST: Branches = [1, 4, 4, 2];
const SECOND: Branches = [2, 4, 4, 2];

/** The form of two classes; `Incption` is how its published keys are spelt. */
export const MESO_INCEPTION4: NetworkDefinition = {
  ...MESO_TWO_CLASSES,
  name: 'meso-inception4',
  fixture: { model: 'meso_inception4', outputs: { output1: 'features' } },
  description: 'MesoInception-4, two classes (PyTorch); one face.',
  define(g, { inputSize }) {
    let y = g.input('input', ['N', 3, inputSize, inputSize]);
    y = inceptionModule(g, 'Incption1', y, FIRST, MESO_TORCH);
    y = inceptionModule(g, 'Incption2', y, SECOND, MESO_TORCH);
    y = mesoStage(g, y, { convolution: 'conv1', normalisation: 'bn1', channels: 16, kernel: 5, pool: 2 }, MESO_TORCH);
    y = mesoStage(g, y, { convolution: 'conv2', normalisation: 'bn1', channels: 16, kernel: 5, pool: 4 }, MESO_TORCH);
    return mesoClassifier(g, y);
  },
};

const KERAS_BRANCHES = ['conv1', 'conv2_1', 'conv2_2', 'conv3_1', 'conv3_2', 'conv4_1', 'conv4_2'];

/** The authors' form. */
export const MESO_INCEPTION4_KERAS: NetworkDefinition = {
  ...MESO_ONE_OUTPUT,
  name: 'meso-inception4-keras',
  checkpoint: {
    keras: {
      conv2d: [...KERAS_BRANCHES.map((name) => `inception1_${name}`), ...KERAS_BRANCHES.map((name) => `inception2_${name}`), 'conv_1', 'conv_2'],
      batch_normalization: ['inception1_bn', 'inception2_bn', 'bn_1', 'bn_2'],
      dense: ['dense_1', 'dense_2'],
    },
  },
  description: "MesoInception-4 as its authors published it (Keras; output 1 = real); one face.",
  define(g, { inputSize }) {
    let y = g.input('input', ['N', 3, inputSize, inputSize]);
    y = inceptionModule(g, 'inception1', y, FIRST, MESO_KERAS);
    y = inceptionModule(g, 'inception2', y, SECOND, MESO_KERAS);
    y = mesoStage(g, y, { convolution: 'conv_1', normalisation: 'bn_1', channels: 16, kernel: 5, pool: 2 }, MESO_KERAS);
    y = mesoStage(g, y, { convolution: 'conv_2', normalisation: 'bn_2', channels: 16, kernel: 5, pool: 4 }, MESO_KERAS);
    return { real: mesoKerasClassifier(g, y) };
  },
};
