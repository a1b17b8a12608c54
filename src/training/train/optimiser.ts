/**
 * Optimisers over variables of the engine. TensorFlow.js has Adam and momentum too, but neither decoupled decay, nor rates
 * by group, nor a state that can be written down and read back; the arithmetic is PyTorch's (Kingma and Ba, "Adam", ICLR
 * 2015, algorithm 1; Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2).
 */
import type { FloatTensor } from '../../inference/tensor.js';
import type { Tensor, Tf, Variable } from '../../inference/tensorflow/tf.js';
import type { OptimiserConfig } from '../config-schema.js';

/** A parameter that is trained. */
export interface Trained {
  /** Name in checkpoints. */
  readonly key: string;
  readonly variable: Variable;
  /** What the rate is multiplied by. */
  readonly rate: number;
}

/** Gradients by the name of the variable, as `tf.variableGrads` gives them. */
export type Gradients = Readonly<Record<string, Tensor>>;

interface Slot extends Trained {
  /** Running means: of gradients, and for Adam of their squares. */
  readonly moments: readonly Variable[];
  readonly decay: number;
}

let optimisers = 0;

/** Moves parameters against their gradients. */
export class Optimiser {
  readonly #slots: readonly Slot[];
  #steps = 0;

  constructor(
    private readonly tf: Tf,
    private readonly config: OptimiserConfig,
    trained: readonly Trained[],
  ) {
    const prefix = `optimiser#${++optimisers}`;
    const names = config.kind !== 'sgd' ? ['mean', 'square'] : config.momentum > 0 ? ['mean'] : [];
    this.#slots = trained.map((parameter) => ({
      ...parameter,
      // A scale or a bias is not made small: it holds no direction that could overfit, and normalisation needs it.
      decay: parameter.variable.rank > 1 ? config.weightDecay : 0,
      moments: names.map((name) => {
        const zeros = tf.zeros(parameter.variable.shape);
        const moment = tf.variable(zeros, false, `${prefix}/${name}/${parameter.key}`);
        zeros.dispose();
        return moment;
      }),
    }));
  }

  /** Steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Takes a step.
   *
   * @param gradients - of every parameter that is trained; one without is left alone
   * @param rate - of this step
   * @returns joint norm of the gradients before they were clipped, a scalar for the caller to dispose of
   */
  apply(gradients: Gradients, rate: number): Tensor {
    const { tf } = this;
    this.#steps++;
    return tf.tidy(() => {
      const found = this.#slots.flatMap((slot) => {
        const gradient = gradients[slot.variable.name];
        return gradient === undefined ? [] : [{ slot, gradient }];
      });
      const norm: Tensor = found.length === 0 ? tf.scalar(0) : tf.sqrt(tf.addN(found.map(({ gradient }) => tf.sum(tf.square(gradient)))));
      const { clipNorm } = this.config;
      const scale = clipNorm === undefined ? undefined : tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)));
      for (const { slot, gradient } of found) {
        tf.tidy(() => {
          this.#move(slot, scale === undefined ? gradient : tf.mul(gradient, scale), rate * slot.rate);
        });
      }
      return norm;
    });
  }

  #move({ variable, moments, decay }: Slot, gradient: Tensor, rate: number): void {
    const { tf, config } = this;
    const coupled = decay > 0 && config.kind !== 'adamw' ? tf.add(gradient, tf.mul(variable, decay)) : gradient;
    const [mean, square] = moments;
    if (config.kind === 'sgd') {
      if (mean !== undefined) mean.assign(tf.add(tf.mul(mean, config.momentum), coupled));
      variable.assign(tf.sub(variable, tf.mul(mean ?? coupled, rate)));
      return;
    }
    if (mean === undefined || square === undefined) return;
    const { beta1, beta2, epsilon } = config;
    mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(coupled, 1 - beta1)));
    square.assign(tf.add(tf.mul(square, beta2), tf.mul(tf.square(coupled), 1 - beta2)));
    const root = tf.add(tf.mul(tf.sqrt(square), 1 / Math.sqrt(1 - beta2 ** this.#steps)), epsilon);
    const moved = tf.mul(tf.div(mean, root), rate / (1 - beta1 ** this.#steps));
    const kept = decay > 0 && config.kind === 'adamw' ? tf.mul(variable, 1 - rate * decay) : variable;
    variable.assign(tf.sub(kept, moved));
  }

  /** The running means as they are now, by name. */
  export(): Map<string, FloatTensor> {
    return new Map(this.#slots.flatMap(({ key, moments }) => moments.map((moment, i) => [`${i === 0 ? 'mean' : 'square'}/${key}`, { dims: [...moment.shape], data: Float32Array.from(moment.dataSync()) }] as const)));
  }

  /** Takes over what {@link Optimiser.export} gave after `steps` steps; running means that are not there stay zero. */
  restore(state: ReadonlyMap<string, FloatTensor>, steps: number): void {
    this.#steps = steps;
    for (const { key, moments } of this.#slots) {
      moments.forEach((moment, i) => {
        const stored = state.get(`${i === 0 ? 'mean' : 'square'}/${key}`);
        if (stored === undefined) return;
        const tensor = this.tf.tensor(stored.data.slice(), [...stored.dims]);
        moment.assign(tensor);
        tensor.dispose();
      });
    }
  }

  dispose(): void {
    for (const { moments } of this.#slots) for (const moment of moments) moment.dispose();
  }
}
