/** The losses of Cao et al. 2021 together: radii, pairs of qualities, masks, attention, and the critic. */
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';
import { buildGraph } from '../../inference/graph-builder.js';
import type { Graph } from '../../inference/graph.js';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import { CAO2021, caoHead, caoTail } from '../../models/cao2021.js';
import { caoDiscriminator } from '../../models/cao2021-discriminator.js';
import type { NetworkDefinition, NetworkShape } from '../../models/network.js';
import { lengths, weightedSum } from './arithmetic.js';
import { Critic } from './critic.js';
import { classWeights, number, weight } from './fields.js';
import type { CreatedLoss, LossInput, LossState, LossValue } from './loss.js';
import { mapCrossEntropy, planesOf, resizedMasks } from './masks.js';
import { radii, radiiCost } from './metric.js';
import { qualityPairs, rowsOf } from './pairs.js';
import { masksOf, outputOf } from './reading.js';

/** `kind: cao2021`. */
export const cao2021Schema = z.strictObject({
  kind: z.literal('cao2021'),
  ...radii,
  metric: weight('Weight of the radii; 2, because the authors add the loss of either quality.', 2),
  pair: weight('Weight of the distance between the embeddings of one face at two qualities; 0: no pairs are needed.', 0.2),
  mask: weight('Weight of the mask; 2, because the authors add the loss of either quality. 0: no masks are needed.', 2),
  attention: weight('Weight of the distance between the masks of one face at two qualities.', 1),
  adversarial: weight('Weight of what the critic finds; the released program has no critic.', 0),
  penalty: weight('Weight of the penalty on the slope of the critic.', 10),
  criticRate: number({ about: 'Learning rate of the critic.', min: 1e-7, max: 1, default: 1e-4 }),
  criticSteps: z.int().min(1).max(20).default(1).meta({ description: 'Steps of the critic before each of the network.' }),
  maskThreshold: number({ about: 'A place of the mask is forged where more than this share of it is.', min: 0, max: 1, default: 0.2 }),
  classWeights,
});

type Spec = z.infer<typeof cao2021Schema>;

/** Distance of what both qualities of a face give, meant over pairs; rows of N × D. */
function pairDistance(tf: Tf, rows: Tensor, pairs: ReturnType<typeof qualityPairs>): Tensor {
  const [better, worse] = [rowsOf(tf, rows, pairs.map(([first]) => first)), rowsOf(tf, rows, pairs.map(([, second]) => second))];
  return tf.mean(lengths(tf, tf.sub(better, worse)));
}

/** Both qualities of the faces' features side by side, in the right order and the other way round. */
function orders(input: LossInput): readonly [right: Tensor, wrong: Tensor] {
  const { tf } = input;
  const pairs = qualityPairs(input);
  const features = outputOf(input, 'features');
  const [better, worse] = [rowsOf(tf, features, pairs.map(([first]) => first)), rowsOf(tf, features, pairs.map(([, second]) => second))];
  return [tf.concat([better, worse], 1), tf.concat([worse, better], 1)];
}

/** The network with the head's features as an output. */
function graphWithFeatures({ inputSize }: NetworkShape): Graph {
  return buildGraph(CAO2021.name, (g) => {
    const { masked, mask, features } = caoHead(g.scope('head'), g.input('input', ['N', 3, inputSize, inputSize]));
    return { embedding: caoTail(g.scope('tail'), masked), mask, features };
  });
}

/** The critic as state of the loss. */
class CriticState implements LossState {
  readonly trainable = [];
  readonly critic: Critic;

  constructor(tf: Tf, features: readonly number[], width: number | undefined, { penalty, criticRate, criticSteps }: Spec) {
    const [channels, height, width2] = features as [number, number, number];
    const graph = buildGraph('critic', (g) => ({ score: caoDiscriminator(g, g.input('pair', ['N', 2 * channels, height, width2]), width) }));
    this.critic = new Critic(tf, graph, { penalty, rate: criticRate, steps: criticSteps });
  }

  get byKey(): LossState['byKey'] {
    return this.critic.byKey;
  }

  adversary(input: LossInput): Tensor {
    return input.tf.tidy(() => this.critic.learn(...orders(input), input.step));
  }

  dispose(): void {
    this.critic.dispose();
  }
}

/** The critic of one shape of features, for {@link cao2021Loss}. @param width - channels of its layers, default as published */
export function criticState(tf: Tf, features: readonly [channels: number, height: number, width: number], spec: Spec, width?: number): LossState {
  return new CriticState(tf, features, width, spec);
}

function criticOf({ state }: LossInput): Critic {
  if (!(state instanceof CriticState)) throw new FramewitnessError('FW_LOSS_UNFIT', 'loss.adversarial needs the critic that createLoss(…).variables makes');
  return state.critic;
}

/**
 * `2 radii + 0.2 pairs + 2 masks + attention (+ adversarial)` (Cao et al., "Metric Learning for Anti-Compression Facial
 * Forgery Detection", ACM MM 2021; weights as in the released program). Batches hold faces at two qualities; the first of a
 * pair is the better one. Pairs: distance of their embeddings. Masks: binary cross-entropy. Attention: distance of their masks,
 * each scaled to length 1. Adversarial: a critic tells (better, worse) from (worse, better) features, and the head is to leave
 * it nothing to tell by.
 *
 * The released program divides the radii's loss by the size of the batch twice, which makes it 64 times smaller than its mean
 * there: `metric: 0.03125` is that. It has a head for each quality; here one head sees both.
 *
 * @throws FramewitnessError FW_LOSS_UNFIT for another network than `cao2021`
 */
export function cao2021Loss(spec: Spec, network: NetworkDefinition): CreatedLoss {
  if (network.name !== CAO2021.name) throw new FramewitnessError('FW_LOSS_UNFIT', `loss.kind cao2021 is for the network cao2021, not for ${network.name}`);
  const paired = spec.pair > 0 || spec.attention > 0 || spec.adversarial > 0;
  const loss = (input: LossInput): LossValue => {
    const { tf, labels } = input;
    const embedding = outputOf(input, 'embedding');
    const terms: [string, number, Tensor][] = [['metric', spec.metric, radiiCost(tf, embedding, labels, spec)]];
    const mask = planesOf(tf, outputOf(input, 'mask'), 'mask');
    const [items, height, width] = mask.shape as [number, number, number];
    if (spec.mask > 0) {
      const forged = tf.cast(tf.greater(resizedMasks(tf, masksOf(input), height, width), spec.maskThreshold), 'float32');
      terms.push(['mask', spec.mask, mapCrossEntropy(tf, mask, forged)]);
    }
    const pairs = paired ? qualityPairs(input) : [];
    if (spec.pair > 0) terms.push(['pair', spec.pair, pairDistance(tf, embedding, pairs)]);
    if (spec.attention > 0) {
      const flat = tf.reshape(mask, [items, -1]);
      terms.push(['attention', spec.attention, pairDistance(tf, tf.div(flat, tf.reshape(lengths(tf, flat), [-1, 1])), pairs)]);
    }
    if (spec.adversarial > 0) {
      const critic = criticOf(input);
      const [right, wrong] = orders(input);
      terms.push(['adversarial', spec.adversarial, tf.sub(tf.mean(critic.score(right)), tf.mean(critic.score(wrong)))]);
    }
    return { total: weightedSum(tf, terms.map(([, share, term]) => [share, term] as const)), parts: Object.fromEntries(terms.map(([name, , term]) => [name, term])) };
  };
  const needs = { masks: spec.mask > 0, pairs: paired };
  if (spec.adversarial === 0) return { loss, needs };
  return {
    loss,
    needs,
    graph: graphWithFeatures,
    variables: (tf, shape) => {
      const features = graphWithFeatures(shape).outputs.find(({ name }) => name === 'features')?.value.shape.slice(1).map(Number) ?? [];
      const [channels = 0, height = 0, width = 0] = features;
      if (Math.min(height, width) < 16) throw new FramewitnessError('FW_LOSS_UNFIT', `the critic needs maps of 16 × 16 or more, and ${network.name} has ${height} × ${width} at input size ${shape.inputSize}: use 256 or more`);
      return criticState(tf, [channels, height, width], spec);
    },
  };
}
