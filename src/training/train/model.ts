/** Everything of a training that lives in the engine: weights, their average, what is trained along, and the optimiser. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Graph } from '../../inference/graph.js';
import type { FloatTensor } from '../../inference/tensor.js';
import type { TensorflowExecutor } from '../../inference/tensorflow/executor.js';
import type { NetworkVariables } from '../../inference/tensorflow/stores.js';
import type { Tensor, Variable } from '../../inference/tensorflow/tf.js';
import { decide, decisionOutputs } from '../../models/decision.js';
import type { NetworkDefinition, NetworkShape } from '../../models/network.js';
import { networkGraph } from '../../models/registry.js';
import type { TrainingConfig } from '../config-schema.js';
import { createLoss } from '../losses/create.js';
import type { CreatedLoss, LossInput, LossState } from '../losses/loss.js';
import { withLayers, Localiser } from './auxiliary.js';
import { moveAverage } from './averaging.js';
import type { BatchArrays } from './batch-arrays.js';
import { prefixed, unprefixed } from './checkpoint.js';
import { initialParameters } from './initialise.js';
import { Optimiser, type Trained } from './optimiser.js';

/** What a step came to. */
export interface StepResult {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly gradientNorm: number;
}

/** What a step needs beside its batch. */
export interface StepOptions {
  /** From 0. */
  readonly step: number;
  readonly rate: number;
  /** N × 1 × side × side of the localiser, where there is one. */
  readonly places?: Float32Array;
}

/** The graph that a configuration trains, with random weights. */
export function trainingGraph(network: NetworkDefinition, shape: NetworkShape, created: CreatedLoss, config: TrainingConfig): Graph {
  const graph = created.graph?.(shape) ?? networkGraph(network, shape);
  return config.auxiliary === undefined ? graph : withLayers(graph, config.auxiliary.layers);
}

/** A network in training. */
export class TrainingModel {
  readonly localiser: Localiser | undefined;
  readonly #graph: Graph;
  readonly #created: CreatedLoss;
  readonly #weights: NetworkVariables;
  readonly #average: NetworkVariables | undefined;
  readonly #state: LossState | undefined;
  readonly #optimiser: Optimiser;
  readonly #trained: readonly Variable[];

  /** @param initial - a tensor for every parameter; default: random ones */
  constructor(
    private readonly executor: TensorflowExecutor,
    private readonly network: NetworkDefinition,
    shape: NetworkShape,
    private readonly config: TrainingConfig,
    initial?: ReadonlyMap<string, FloatTensor>,
  ) {
    const { tf } = executor;
    this.#created = createLoss(config.loss, network);
    this.#graph = trainingGraph(network, shape, this.#created, config);
    const parameters = initial ?? initialParameters(this.#graph, config.seed);
    this.#weights = executor.createVariables(this.#graph, parameters);
    this.#average = config.averaging === undefined ? undefined : executor.createVariables(this.#graph, parameters);
    this.localiser = config.auxiliary === undefined ? undefined : new Localiser(executor, this.#graph, config.auxiliary, config.seed);
    this.#state = this.#created.variables?.(tf, shape);
    const trained = [
      ...[...this.#weights.byKey].filter(([key]) => !this.#weights.statistics.has(key) && !config.frozen.some((beginning) => key.startsWith(beginning))).map(([key, variable]) => this.#slot('weights', key, variable)),
      ...(this.localiser === undefined ? [] : [...this.localiser.variables.byKey].map(([key, variable]) => this.#slot('auxiliary', key, variable))),
      ...(this.#state === undefined ? [] : [...this.#state.byKey].filter(([, variable]) => this.#state?.trainable.includes(variable)).map(([key, variable]) => this.#slot('loss', key, variable))),
    ];
    if (trained.length === 0) throw new FramewitnessError('FW_TRAINING_CONFIG', 'every parameter is frozen: nothing would be trained');
    this.#trained = trained.map(({ variable }) => variable);
    this.#optimiser = new Optimiser(tf, config.optimiser, trained);
  }

  /** What a batch must bring along for the loss. */
  get needs(): CreatedLoss['needs'] {
    return this.#created.needs;
  }

  /** Trains on one batch. @throws FramewitnessError FW_TRAINING_DIVERGED where loss or gradients are not finite: the weights are then of no use */
  step(arrays: BatchArrays, { step, rate, places }: StepOptions): StepResult {
    const { tf } = this.executor;
    this.executor.activate();
    const { fixedStatistics } = this.config;
    return tf.tidy(() => {
      const fed = this.#feeds(arrays);
      const forward = this.executor.asFunction(this.#graph, this.#weights, { mode: 'train', dropoutSeed: step, fixedStatistics });
      if (this.#state?.adversary !== undefined) {
        const still = this.executor.asFunction(this.#graph, this.#weights, { mode: 'evaluate' })({ input: fed.input });
        this.#state.adversary(this.#lossInput(still, fed, step));
      }
      const parts: Record<string, Tensor> = {};
      const { value, grads } = tf.variableGrads(() => {
        const outputs = forward({ input: fed.input });
        const { total, parts: named } = this.#created.loss(this.#lossInput(outputs, fed, step));
        for (const [name, part] of Object.entries(named)) parts[name] = tf.keep(tf.clone(part));
        if (this.localiser === undefined || places === undefined) return total as ReturnType<typeof tf.scalar>;
        const { side, config } = this.localiser;
        const where = this.localiser.loss(tf, outputs, tf.tensor(places, [arrays.count, 1, side, side]));
        parts[config.kind] = tf.keep(tf.clone(where));
        return tf.add(total, tf.mul(where, config.weight));
      }, [...this.#trained]);
      const loss = read(value);
      const values = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, read(part)]));
      for (const part of Object.values(parts)) part.dispose();
      if (!Number.isFinite(loss)) throw new FramewitnessError('FW_TRAINING_DIVERGED', `step ${step + 1}: the loss is ${loss}`);
      const gradientNorm = read(this.#optimiser.apply(grads, rate));
      if (!Number.isFinite(gradientNorm)) throw new FramewitnessError('FW_TRAINING_DIVERGED', `step ${step + 1}: the norm of the gradients is ${gradientNorm}`);
      if (this.#average !== undefined && this.config.averaging !== undefined) moveAverage(tf, this.#average, this.#weights, this.config.averaging, step);
      return { loss, parts: values, gradientNorm };
    });
  }

  /** Log-odds that each item of a batch is forged, and the loss, by the averaged weights where there are some. */
  evaluate(arrays: BatchArrays, step: number): { readonly scores: number[]; readonly loss: number } {
    const { tf } = this.executor;
    this.executor.activate();
    return tf.tidy(() => {
      const fed = this.#feeds(arrays);
      const outputs = this.executor.asFunction(this.#graph, this.#average ?? this.#weights)({ input: fed.input });
      const loss = read(this.#created.loss(this.#lossInput(outputs, fed, step)).total);
      const named = Object.fromEntries(decisionOutputs(this.network.decision).map((name) => {
        const output = outputs[name] as Tensor;
        return [name, { data: Float32Array.from(output.dataSync()), dims: [...output.shape] }];
      }));
      return { scores: [...decide(this.network.decision, named, arrays.count)], loss };
    });
  }

  /** The weights that validation sees and that come out: the average where there is one. */
  result(): Map<string, FloatTensor> {
    return (this.#average ?? this.#weights).export();
  }

  /** Puts other weights where validation looks. */
  use(parameters: ReadonlyMap<string, FloatTensor>): void {
    this.executor.activate();
    this.#put((this.#average ?? this.#weights).byKey, parameters, 'the best weights');
  }

  /** All that {@link TrainingModel.restore} needs. */
  export(): { readonly tensors: Map<string, FloatTensor>; readonly optimiserSteps: number } {
    const kept = this.#state === undefined ? [] : [...this.#state.byKey].map(([key, variable]): [string, FloatTensor] => [key, { dims: [...variable.shape], data: Float32Array.from(variable.dataSync()) }]);
    return {
      tensors: new Map([
        ...prefixed('weights', this.#weights.export()),
        ...(this.#average === undefined ? [] : prefixed('average', this.#average.export())),
        ...prefixed('optimiser', this.#optimiser.export()),
        ...(this.localiser === undefined ? [] : prefixed('auxiliary', this.localiser.variables.export())),
        ...prefixed('loss', new Map(kept)),
      ]),
      optimiserSteps: this.#optimiser.steps,
    };
  }

  /** Takes over a checkpoint. @throws FramewitnessError FW_TRAINING_CHECKPOINT where a tensor is missing or misshapen */
  restore(tensors: ReadonlyMap<string, FloatTensor>, optimiserSteps: number): void {
    this.executor.activate();
    const put = (kind: string, variables: ReadonlyMap<string, Variable>): void => {
      this.#put(variables, unprefixed(kind, tensors), `${kind} of the checkpoint`);
    };
    put('weights', this.#weights.byKey);
    if (this.#average !== undefined) put('average', this.#average.byKey);
    if (this.localiser !== undefined) put('auxiliary', this.localiser.variables.byKey);
    if (this.#state !== undefined) put('loss', this.#state.byKey);
    this.#optimiser.restore(unprefixed('optimiser', tensors), optimiserSteps);
  }

  dispose(): void {
    this.#optimiser.dispose();
    this.#state?.dispose();
    this.localiser?.dispose();
    this.#average?.dispose();
    this.#weights.dispose();
  }

  #put(variables: ReadonlyMap<string, Variable>, tensors: ReadonlyMap<string, FloatTensor>, what: string): void {
    for (const [key, variable] of variables) {
      const tensor = tensors.get(key);
      if (tensor === undefined || tensor.data.length !== variable.size) throw new FramewitnessError('FW_TRAINING_CHECKPOINT', `${what}: there is no ${key} of ${variable.size} values`);
      const value = this.executor.tf.tensor(tensor.data.slice(), [...variable.shape]);
      variable.assign(value);
      value.dispose();
    }
  }

  #slot(kind: string, key: string, variable: Variable): Trained {
    const group = kind === 'weights' ? this.config.groups.find(({ parameters }) => key.startsWith(parameters)) : undefined;
    return { key: `${kind}/${key}`, variable, rate: group?.rate ?? 1 };
  }

  #feeds({ input, inputShape, labels, masks, methods, pairs, count }: BatchArrays): Fed {
    const { tf } = this.executor;
    const side = inputShape.at(-1) ?? 0;
    return {
      input: tf.tensor(input, [...inputShape]),
      labels: tf.tensor1d(labels),
      methods: tf.tensor1d(methods, 'int32'),
      ...(masks === undefined ? {} : { masks: tf.tensor(masks, [count, side, side]) }),
      ...(pairs.includes(-1) ? {} : { pairs: tf.tensor1d(pairs, 'int32') }),
    };
  }

  #lossInput(outputs: Readonly<Record<string, Tensor>>, { input: _, ...fed }: Fed, step: number): LossInput {
    return { tf: this.executor.tf, outputs, ...fed, step, steps: this.config.schedule.steps, ...(this.#state === undefined ? {} : { state: this.#state }) };
  }
}

type Fed = Pick<LossInput, 'labels' | 'masks' | 'methods' | 'pairs'> & { readonly input: Tensor };

/** A scalar's value. */
function read(scalar: Tensor): number {
  return scalar.dataSync()[0] ?? NaN;
}
