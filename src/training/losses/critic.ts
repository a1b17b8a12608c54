/**
 * What works against a network while it trains: a critic that tells two kinds of input apart, and is itself trained to (the
 * Wasserstein distance with gradient penalty of Gulrajani, Ahmed, Arjovsky, Dumoulin and Courville, "Improved Training of
 * Wasserstein GANs", NIPS 2017, algorithm 1).
 */
import type { Graph } from '../../inference/graph.js';
import { runGraph } from '../../inference/tensorflow/run.js';
import { NetworkVariables } from '../../inference/tensorflow/stores.js';
import { bindSymbols } from '../../inference/tensorflow/symbols.js';
import type { Tensor, Tf, Variable } from '../../inference/tensorflow/tf.js';
import { parityInput, parityParameters } from '../../models/parity.js';
import { lengths } from './arithmetic.js';

/** How a critic learns. */
export interface CriticOptions {
  /** Weight of the penalty that keeps its slope at 1. */
  readonly penalty: number;
  readonly rate: number;
  /** Steps of the critic before each of the network, on the same batch. */
  readonly steps: number;
}

/** Adam's second decay, of algorithm 1; its first is 0. */
const DECAY = 0.9;
const EPSILON = 1e-8;
/** He initialisation, for layers that end in a (leaky) ReLU. */
const GAIN = Math.SQRT2;

/** A critic and what its optimiser keeps. */
export class Critic {
  readonly #weights: NetworkVariables;
  readonly #squares: ReadonlyMap<string, Variable>;

  /** @param graph - one input, `pair`, and one output, `score`, N × 1 */
  constructor(
    private readonly tf: Tf,
    private readonly graph: Graph,
    private readonly options: CriticOptions,
  ) {
    this.#weights = new NetworkVariables(tf, graph, parityParameters(graph, 'critic', GAIN));
    this.#squares = new Map([...this.#weights.byKey].map(([key, variable]) => [key, tf.tidy(() => tf.variable(tf.zeros(variable.shape), false))]));
  }

  /** Weights, and the running squares of their gradients, by key. */
  get byKey(): ReadonlyMap<string, Variable> {
    return new Map([
      ...[...this.#weights.byKey].map(([key, variable]) => [`loss.critic.${key}`, variable] as const),
      ...[...this.#squares].map(([key, variable]) => [`loss.critic.${key}.square`, variable] as const),
    ]);
  }

  /** N × 1, larger = more like the first kind. Gradients go through it to the input. */
  score(pair: Tensor): Tensor {
    const symbols = bindSymbols(this.graph, { pair: pair.shape });
    const { score } = runGraph(this.tf, this.graph, this.#weights, { pair }, symbols, { mode: 'evaluate', differentiable: true, dropoutSeed: 0, fixedStatistics: [] });
    if (score === undefined) throw new Error('a critic has the output score');
    return score;
  }

  /** `mean score(second) - mean score(first) + penalty · mean (|slope| - 1)²`, slopes at points between the two, drawn by the step. */
  loss(first: Tensor, second: Tensor, step: number): Tensor {
    const { tf } = this;
    const apart = tf.sub(tf.mean(this.score(second)), tf.mean(this.score(first)));
    const share = tf.tensor(parityInput(`critic ${step}`, [first.shape[0]], '[0,1)').data, [first.shape[0], ...first.shape.slice(1).map(() => 1)]);
    const between = tf.add(tf.mul(first, share), tf.mul(second, tf.sub(1, share)));
    const slope = tf.grad((x: Tensor) => tf.sum(this.score(x)))(between);
    const excess = tf.sub(lengths(tf, tf.reshape(slope, [between.shape[0], -1])), 1);
    return tf.add(apart, tf.mul(tf.mean(tf.square(excess)), this.options.penalty));
  }

  /** Learns to tell `first` from `second`; gives its last loss. */
  learn(first: Tensor, second: Tensor, step: number): Tensor {
    const { tf } = this;
    const { steps } = this.options;
    return tf.tidy(() => {
      let last: Tensor = tf.scalar(0);
      for (let turn = 0; turn < steps; turn++) {
        const number = step * steps + turn;
        const { value, grads } = tf.variableGrads(() => this.loss(first, second, number) as never, this.#weights.trainable);
        for (const [key, variable] of this.#weights.byKey) this.#move(key, variable, grads[variable.name], number + 1);
        last = value;
      }
      return last;
    });
  }

  /** Adam with a first decay of 0: the gradient over the root of its running square. @param count - steps so far, this one too */
  #move(key: string, variable: Variable, gradient: Tensor | undefined, count: number): void {
    const square = this.#squares.get(key);
    if (gradient === undefined || square === undefined) return;
    const { tf } = this;
    square.assign(tf.add(tf.mul(square, DECAY), tf.mul(tf.square(gradient), 1 - DECAY)));
    const root = tf.sqrt(tf.div(square, 1 - DECAY ** count));
    variable.assign(tf.sub(variable, tf.mul(tf.div(gradient, tf.add(root, EPSILON)), this.options.rate)));
  }

  dispose(): void {
    this.#weights.dispose();
    for (const square of this.#squares.values()) square.dispose();
  }
}
