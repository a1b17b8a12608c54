/**
 * The format of a training configuration: one zod schema from which the type, the messages and the reference come. What no
 * field's own schema can say is in config-rules.ts.
 */
import { z } from 'zod';
import { PREPROCESSING_NAMES } from '../models/preprocessing.js';
import { RECIPES } from './examples.js';
import { lossSpecSchema } from './losses/spec.js';

/** Format version that this release writes and reads. */
export const TRAINING_VERSION = '1.0';

const PATH = /^[^\u0000-\u001f\u007f-\u009f]{1,1024}$/;

interface Range {
  readonly about: string;
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}

const described = ({ about, unit }: Range): { description: string; 'x-unit'?: string } => ({ description: about, ...(unit === undefined ? {} : { 'x-unit': unit }) });
const number = (range: Range): z.ZodNumber => z.number().min(range.min).max(range.max).meta(described(range));
const whole = (range: Range): z.ZodInt => z.int().min(range.min).max(range.max).meta(described(range));
const path = (about: string, example: string): z.ZodString => z.string().regex(PATH).meta({ description: about, examples: [example], 'x-range': 'a path' });
const line = (about: string, example: string): z.ZodString => z.string().min(1).max(4096).meta({ description: about, examples: [example], 'x-range': 'text' });
const prefix = (about: string): z.ZodString => z.string().max(256).meta({ description: about, examples: ['backbone.'], 'x-range': 'the beginning of parameter names' });

/** Files of faces, and what is made of them. */
const sourceShape = {
  faces: z.array(path('Faces that prepare wrote (faces.jsonl), or manifests.', 'faces/train/faces.jsonl')).min(1).max(64).meta({ description: 'Where the faces come from. Relative paths start at the folder of this file.', examples: [['faces.jsonl']], 'x-range': 'a list of 1 to 64 paths' }),
  recipe: z.enum(RECIPES).default('as-is').meta({ description: 'How an example is made of faces: as-is reads labelled faces, the others forge real ones (docs/guides/augment.md).' }),
  options: z.record(z.string(), z.unknown()).default({}).meta({ description: 'Options of the recipe (docs/reference/recipes.md).', 'x-range': 'a group' }),
  cacheFolder: path('Where made examples are kept, one file a batch, so that they are made once.', 'cache/train').optional(),
  distinct: whole({ about: 'Batches that are really made and kept; later ones are put together anew from them. Needs cacheFolder.', min: 4, max: 1_000_000, unit: 'batches' }).optional(),
  workers: whole({ about: 'Processes that make examples ahead of the steps.', min: 1, max: 64, unit: 'processes' }).optional(),
};

const curriculum = z
  .strictObject({
    from: number({ about: 'Least strength at the first step.', min: 0, max: 1, unit: 'mean change' }).default(0.12),
    to: number({ about: 'Least strength once the curriculum is over.', min: 0, max: 1, unit: 'mean change' }).default(0.008),
    until: number({ about: 'Share of all steps after which it is over.', min: 0, max: 1 }).default(0.5),
  })
  .meta({ description: 'Coarse forgeries first: pairs whose strength (mean of the changed map) is below a floor are passed over, and the floor falls linearly. Needs a recipe that gives pairs.' });

const data = z
  .strictObject({
    train: z.strictObject({ ...sourceShape, split: z.enum(['train', 'val', 'test']).default('train').meta({ description: 'Split of the files that is used.' }) }).meta({ description: 'What is trained on.' }),
    val: z
      .strictObject({
        ...sourceShape,
        split: z.enum(['train', 'val', 'test']).default('val').meta({ description: 'Split of the files that is used.' }),
        batches: whole({ about: 'Batches that are scored each time: the same ones.', min: 1, max: 100_000, unit: 'batches' }).default(16),
        seed: whole({ about: 'Seed of the validation examples.', min: 0, max: 2 ** 31 - 1 }).default(3),
      })
      .meta({ description: 'What is validated on.' }),
    batchSize: whole({ about: 'Examples in a step.', min: 1, max: 4_096, unit: 'examples' }),
    flip: number({ about: 'Probability that an example (both of a pair) is mirrored.', min: 0, max: 1 }).default(0),
    reverse: number({ about: 'Probability that a clip (both of a pair) is played backwards.', min: 0, max: 1 }).default(0),
    methods: z.array(line('A method of forgery as the manifest has it.', 'Deepfakes')).max(64).default([]).meta({ description: 'Methods that are classes of their own, for losses of several classes: the first is class 1. Without it every forgery is class 1.', 'x-range': 'a list of 0 to 64 names' }),
    curriculum: curriculum.optional(),
  })
  .meta({ description: 'Examples.' });

const optimiserCommon = {
  rate: number({ about: 'Highest learning rate; the schedule multiplies it.', min: 1e-9, max: 100 }),
  weightDecay: number({ about: 'Weight decay; never on parameters of one axis (biases, scales).', min: 0, max: 1 }).default(0),
  clipNorm: number({ about: 'Gradients are scaled so that their joint norm is at most this.', min: 1e-6, max: 1e6 }).optional(),
};
const beta = (about: string, fallback: number): z.ZodDefault<z.ZodNumber> => number({ about, min: 0, max: 0.999999 }).default(fallback);
const adam = {
  ...optimiserCommon,
  beta1: beta('Decay of the mean of gradients.', 0.9),
  beta2: beta('Decay of the mean of squared gradients.', 0.999),
  epsilon: number({ about: 'Added to the root of the squared gradients.', min: 1e-12, max: 1 }).default(1e-8),
};
const optimiserSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('adam'), ...adam }),
    z.strictObject({ kind: z.literal('adamw'), ...adam }),
    z.strictObject({ kind: z.literal('sgd'), ...optimiserCommon, momentum: number({ about: 'Momentum.', min: 0, max: 0.9999 }).default(0) }),
  ])
  .meta({ description: 'How parameters move. adam adds weight decay to the gradient, adamw takes it off the parameters.' });

const steps = whole({ about: 'Steps of the training.', min: 1, max: 100_000_000, unit: 'steps' });
const warmup = whole({ about: 'Steps over which the rate rises to its full value first.', min: 0, max: 1_000_000, unit: 'steps' }).default(0);
const scheduleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('constant'), steps, warmup }),
    z.strictObject({ kind: z.literal('step'), steps, warmup, every: whole({ about: 'Steps between two falls.', min: 1, max: 100_000_000, unit: 'steps' }), factor: number({ about: 'What the rate is multiplied by at each.', min: 1e-6, max: 1 }).default(0.1) }),
    z.strictObject({ kind: z.literal('cosine'), steps, warmup, floor: number({ about: 'Share of the rate that is left at the end.', min: 0, max: 1 }).default(0) }),
    z.strictObject({ kind: z.literal('polynomial'), steps, warmup, power: number({ about: 'Power of the share of steps that is left.', min: 0.01, max: 100 }).default(1) }),
    z.strictObject({
      kind: z.literal('plateau'),
      steps,
      warmup,
      patience: whole({ about: 'Validations in a row without a better one, after which the rate falls.', min: 1, max: 1_000, unit: 'validations' }).default(5),
      factor: number({ about: 'What the rate is multiplied by then.', min: 1e-6, max: 1 }).default(0.1),
    }),
  ])
  .meta({ description: 'How the rate goes.' });

const group = z.strictObject({
  parameters: prefix('Beginning of the names of the parameters of this group.'),
  rate: number({ about: 'What their rate is multiplied by.', min: 0, max: 1_000 }).default(1),
});

const auxiliary = z
  .strictObject({
    kind: z.literal('localiser').meta({ description: 'localiser: where in the face was something changed, by 1 × 1 convolutions of inner maps.' }),
    layers: z.array(z.string().min(1)).min(1).max(8).meta({ description: 'Layers whose maps it reads, finest first: the prediction has the size of the first.', examples: [['layer2', 'layer3']], 'x-range': 'a list of 1 to 8 names' }),
    target: z.enum(['changed', 'mask']).default('changed').meta({ description: 'changed: how much the forged of a pair differs from the real one. mask: the mask that comes with the example.' }),
    weight: number({ about: 'Weight beside the loss.', min: 0, max: 1_000 }).default(1),
  })
  .meta({ description: 'A second task that is trained along and whose head is thrown away.' });

const output = z
  .strictObject({
    card: path('Where the model card is written, with the weights beside it.', 'weights/name.card.json'),
    name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/).meta({ description: 'Name of the model.', examples: ['srm-residual'], 'x-range': 'lower-case letters, digits, points and dashes' }),
    version: line('Version of the weights.', '1').default('1'),
    description: line('What the model is, in a sentence.', 'Says of one face whether it was blended in.'),
    cropScale: number({ about: 'Side of the crops as a multiple of the face box.', min: 1, max: 4 }).default(1.3),
    trainedOn: z.array(z.strictObject({ data: line('A data set.', 'UTKFace'), items: z.union([z.int().min(0), z.string().min(1)]).meta({ description: 'How many items of it.', 'x-range': 'a number or text' }), terms: line('Its terms of use.', 'non-commercial research') })).min(1).meta({ description: 'Data sets and their terms.', 'x-range': 'a list of data, items, terms' }),
    limits: z.array(z.string().min(1)).default([]).meta({ description: 'What the model cannot do.', 'x-range': 'a list of sentences' }),
    licence: z.strictObject({ weights: line('Terms of the weights.', 'research use only'), code: line('Licence of the code.', 'Apache-2.0').default('Apache-2.0') }).meta({ description: 'Terms.' }),
  })
  .meta({ description: 'The model that comes out.' });

/** Schema of a training configuration. */
export const trainingConfigSchema = z.strictObject({
  version: z.literal(TRAINING_VERSION).meta({ description: 'Version of this format; in quotes.', examples: [TRAINING_VERSION] }),
  network: z.string().min(1).meta({ description: 'Registered network (docs/reference/networks.md).', examples: ['srm-residual'], 'x-range': 'the name of a network' }),
  inputSize: whole({ about: 'Side of the faces; absent: the usual one of the network.', min: 1, max: 4_096, unit: 'pixels' }).optional(),
  clipLength: whole({ about: 'Faces in a clip; absent: the usual number of the network.', min: 1, max: 1_024, unit: 'faces' }).optional(),
  range: z.enum(PREPROCESSING_NAMES).optional().meta({ description: 'How colours become the input; absent: as usual for the network.' }),
  start: z
    .strictObject({
      weights: path('A model card, a checkpoint of a training, or any file of weights that models import reads.', 'weights/name.card.json'),
      rename: z.array(z.strictObject({ from: prefix('Beginning of names there.'), to: prefix('What stands for it here.') })).max(64).default([]).meta({ description: 'How names of parameters differ: from the beginning of a name there to its beginning here. Each rule that makes a name of the network counts, so that two streams can start from one file; where none does, the name stays.', 'x-range': 'a list of from and to' }),
    })
    .optional()
    .meta({ description: 'Weights to start from. Parameters that they lack start at random.' }),
  frozen: z.array(prefix('Beginning of the names of parameters that stay as they are.')).max(256).default([]).meta({ description: 'Parameters that do not move.', 'x-range': 'a list of beginnings of names' }),
  fixedStatistics: z.array(prefix('Beginning of the names of normalisations.')).max(256).default([]).meta({ description: 'Normalisations that use their running statistics in training too, and do not move them.', 'x-range': 'a list of beginnings of names' }),
  data,
  loss: lossSpecSchema.meta({ description: 'What is made small (docs/reference/losses.md).' }),
  auxiliary: auxiliary.optional(),
  optimiser: optimiserSchema,
  groups: z.array(group).max(64).default([]).meta({ description: 'Rates of their own; the first whose beginning fits counts.', 'x-range': 'a list of parameters and rate' }),
  schedule: scheduleSchema,
  averaging: number({ about: 'What is kept of the average of the weights at each step; the average is validated and put out.', min: 0, max: 0.999999 }).optional(),
  validate: z
    .strictObject({
      every: whole({ about: 'Steps between two validations.', min: 1, max: 100_000_000, unit: 'steps' }),
      metric: z.enum(['auc', 'loss']).default('auc').meta({ description: 'What the best weights are chosen by.' }),
      patience: whole({ about: 'Validations in a row without a better one, after which training ends; absent: never.', min: 1, max: 100_000, unit: 'validations' }).optional(),
    })
    .meta({ description: 'Validation.' }),
  checkpoint: z
    .strictObject({
      folder: path('Folder of checkpoints, history and page.', 'runs/name'),
      every: whole({ about: 'Steps between two checkpoints: the most that is lost when the process is killed.', min: 1, max: 100_000_000, unit: 'steps' }).default(100),
    })
    .meta({ description: 'What outlives the process.' }),
  output,
  seed: whole({ about: 'Seed of weights, examples, mirroring and dropout.', min: 0, max: 2 ** 31 - 1 }).default(1),
});

/** A training configuration, defaults put in. */
export type TrainingConfig = z.infer<typeof trainingConfigSchema>;
/** Its optimiser. */
export type OptimiserConfig = TrainingConfig['optimiser'];
/** Its schedule. */
export type ScheduleConfig = TrainingConfig['schedule'];
/** Its auxiliary task. */
export type AuxiliaryConfig = NonNullable<TrainingConfig['auxiliary']>;
