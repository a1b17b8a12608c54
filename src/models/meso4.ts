/**
 * MesoNet's first network (Afchar et al., "MesoNet: a Compact Facial Video Forgery Detection Network", WIFS 2018): four
 * convolutions and a small classifier, in two published forms. `meso4` is the one of two classes whose PyTorch weights
 * circulate; it shares normalisations between layers and numbers 1 as forged. `meso4-keras` is the authors' own, with one
 * output that is 1 for a REAL face.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution, fullyConnected, leakyRelu } from '../inference/layers.js';
import type { NetworkDefinition } from './network.js';

/** Height and width of a face crop. */
export const MESO_INPUT_SIZE = 256;
/** What Keras adds to a variance, and PyTorch does not. */
export const KERAS_EPSILON = 1e-3;

/** Convolution that keeps height and width, ReLU, normalisation, pooling, as both networks end. */
export interface MesoStage {
  readonly convolution: string;
  readonly normalisation: string;
  readonly channels: number;
  readonly kernel: 3 | 5;
  /** Side of the pooling window. */
  readonly pool: 2 | 4;
}

/** How the two published forms of a stage differ. */
export interface MesoForm {
  readonly bias: boolean;
  readonly epsilon: number;
}

/** PyTorch, two classes. */
export const MESO_TORCH: MesoForm = { bias: false, epsilon: 1e-5 };
/** Keras, one output. */
export const MESO_KERAS: MesoForm = { bias: true, epsilon: KERAS_EPSILON };

/** One {@link MesoStage}. */
export function mesoStage(g: GraphBuilder, x: Value, stage: MesoStage, { bias, epsilon }: MesoForm): Value {
  const { channels, kernel, pool } = stage;
  const y = convolution(g, stage.convolution, x, { channels, kernel, padding: (kernel - 1) / 2, bias });
  const normal = batchNormalisation(g, stage.normalisation, g.relu(y), epsilon);
  return g.maxPool(normal, { kernel: pool }, pool === 2 ? 'maxpooling1' : 'maxpooling2');
}

/** N × 16 × 8 × 8 to two logits (`fc2`), with the features that they are made from. */
export function mesoClassifier(g: GraphBuilder, x: Value): Readonly<Record<'logits' | 'features', Value>> {
  const features = g.flatten(x, 1, 'features');
  const hidden = leakyRelu(g, fullyConnected(g, 'fc1', g.dropout(features, 0.5), 16), 0.1, 'leakyrelu');
  return { logits: fullyConnected(g, 'fc2', g.dropout(hidden, 0.5), 2), features };
}

/** N × 16 × 8 × 8, flattened with the channel last as Keras does, to the probability of a real face (`dense_2`). */
export function mesoKerasClassifier(g: GraphBuilder, x: Value): Value {
  const features = g.flatten(g.transpose(x, [0, 2, 3, 1], 'channels-last'), 1, 'features');
  const hidden = leakyRelu(g, fullyConnected(g, 'dense_1', g.dropout(features, 0.5), 16), 0.1, 'leakyrelu');
  return g.sigmoid(fullyConnected(g, 'dense_2', g.dropout(hidden, 0.5), 1), 'real');
}

/** What both networks of MesoNet have in common in the form of two classes. */
export const MESO_TWO_CLASSES = {
  kind: 'frame',
  inputSize: MESO_INPUT_SIZE,
  inputSizes: { minimum: 64, maximum: 1024, multipleOf: 32 },
  clipLength: 1,
  range: 'rgb/127.5-1',
  outputs: [
    { name: 'logits', meaning: 'N × 2: logit of each class, 0 = real, 1 = forged' },
    { name: 'features', meaning: 'N × 1024: what the classifier reads; no direction' },
  ],
  decision: { kind: 'softmax', output: 'logits', fake: 1 },
} as const satisfies Partial<NetworkDefinition>;

/** What both networks of MesoNet have in common in the authors' form. */
export const MESO_ONE_OUTPUT = {
  kind: 'frame',
  inputSize: MESO_INPUT_SIZE,
  clipLength: 1,
  range: 'rgb/255',
  outputs: [{ name: 'real', meaning: 'N × 1: probability of a REAL face; 0 = forged' }],
  decision: { kind: 'probability', output: 'real', fake: 0 },
} as const satisfies Partial<NetworkDefinition>;

/** The form of two classes. */
export const MESO4: NetworkDefinition = {
  ...MESO_TWO_CLASSES,
  name: 'meso4',
  fixture: { model: 'meso4', outputs: { output1: 'features' } },
  description: 'MesoNet-4, two classes (PyTorch); one face.',
  define(g, { inputSize }) {
    let y = g.input('input', ['N', 3, inputSize, inputSize]);
    const stages: readonly MesoStage[] = [
      { convolution: 'conv1', normalisation: 'bn1', channels: 8, kernel: 3, pool: 2 },
      { convolution: 'conv2', normalisation: 'bn1', channels: 8, kernel: 5, pool: 2 },
      { convolution: 'conv3', normalisation: 'bn2', channels: 16, kernel: 5, pool: 2 },
      { convolution: 'conv4', normalisation: 'bn2', channels: 16, kernel: 5, pool: 4 },
    ];
    for (const stage of stages) y = mesoStage(g, y, stage, MESO_TORCH);
    return mesoClassifier(g, y);
  },
};

/** The authors' form. */
export const MESO4_KERAS: NetworkDefinition = {
  ...MESO_ONE_OUTPUT,
  name: 'meso4-keras',
  checkpoint: {
    keras: {
      conv2d: ['conv_1', 'conv_2', 'conv_3', 'conv_4'],
      batch_normalization: ['bn_1', 'bn_2', 'bn_3', 'bn_4'],
      dense: ['dense_1', 'dense_2'],
    },
  },
  description: "MesoNet-4 as its authors published it (Keras; output 1 = real); one face.",
  define(g, { inputSize }) {
    let y = g.input('input', ['N', 3, inputSize, inputSize]);
    const stages = [
      { channels: 8, kernel: 3, pool: 2 },
      { channels: 8, kernel: 5, pool: 2 },
      { channels: 16, kernel: 5, pool: 2 },
      { channels: 16, kernel: 5, pool: 4 },
    ] as const;
    for (const [index, stage] of stages.entries()) {
      y = mesoStage(g, y, { ...stage, convolution: `conv_${index + 1}`, normalisation: `bn_${index + 1}` }, MESO_KERAS);
    }
    return { real: mesoKerasClassifier(g, y) };
  },
};
