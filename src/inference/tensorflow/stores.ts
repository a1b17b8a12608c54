/** Where runs find parameters and constants. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Graph, Value } from '../graph.js';
import { concreteShape } from '../shapes.js';
import type { FloatTensor } from '../tensor.js';
import type { RunStore } from './context.js';
import type { Tensor, Tf, Variable } from './tf.js';

function unbound(value: Value): FramewitnessError {
  return new FramewitnessError('FW_MODEL_GRAPH', `${value.name} is not known before the run`);
}

/** The constants of a graph as tensors, made when they are first asked for. */
class Constants {
  readonly #tensors = new Map<number, Tensor>();

  constructor(private readonly tf: Tf) {}

  get(value: Value): Tensor {
    const known = this.#tensors.get(value.id);
    if (known !== undefined) return known;
    if (value.origin.kind !== 'constant') throw unbound(value);
    const tensor = this.tf.keep(this.tf.tensor(value.origin.data, [...concreteShape(value.shape, 1)]));
    this.#tensors.set(value.id, tensor);
    return tensor;
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}

/** Of a graph without parameters, as `servingGraph` gives it: whatever is made of constants is kept for the next run. */
export class ServingStore implements RunStore {
  readonly #constants: Constants;
  readonly #prepared = new Map<string, Tensor>();

  constructor(private readonly tf: Tf) {
    this.#constants = new Constants(tf);
  }

  sourceOf(value: Value): Tensor {
    return this.#constants.get(value);
  }

  prepared(key: string, make: () => Tensor): Tensor {
    const known = this.#prepared.get(key);
    if (known !== undefined) return known;
    const tensor = this.tf.keep(this.tf.tidy(make));
    this.#prepared.set(key, tensor);
    return tensor;
  }

  setStatistic(value: Value): never {
    throw unbound(value);
  }

  dispose(): void {
    this.#constants.dispose();
    for (const tensor of this.#prepared.values()) tensor.dispose();
    this.#prepared.clear();
  }
}

let networks = 0;

/** The parameters of a network as variables of the engine, for training. */
export class NetworkVariables implements RunStore {
  /** Every parameter by its key in the state dict. */
  readonly byKey: ReadonlyMap<string, Variable>;
  /** Keys of what only batches change: running means and variances. Gradients are for the others. */
  readonly statistics: ReadonlySet<string>;
  readonly #constants: Constants;

  constructor(
    private readonly tf: Tf,
    readonly graph: Graph,
    parameters: ReadonlyMap<string, FloatTensor>,
  ) {
    this.#constants = new Constants(tf);
    this.statistics = statisticKeys(graph);
    // Names are the engine's, for the whole process; keys alone would collide between two networks.
    const prefix = `${graph.name}#${++networks}`;
    this.byKey = new Map(
      [...graph.parameters.keys()].map((key) => {
        const tensor = parameters.get(key);
        if (tensor === undefined) throw new FramewitnessError('FW_MODEL_WEIGHTS', `${graph.name}: missing ${key}`);
        const initial = tf.tensor(tensor.data.slice(), [...tensor.dims]);
        const variable = tf.variable(initial, !this.statistics.has(key), `${prefix}/${key}`);
        initial.dispose();
        return [key, variable];
      }),
    );
  }

  /** What gradients are for: give it to `tf.variableGrads`, or a part of it to train only that. */
  get trainable(): Variable[] {
    return [...this.byKey].filter(([key]) => !this.statistics.has(key)).map(([, variable]) => variable);
  }

  /** The state dict as it is now. */
  export(): Map<string, FloatTensor> {
    return new Map([...this.byKey].map(([key, variable]) => [key, { dims: [...variable.shape], data: Float32Array.from(variable.dataSync()) }]));
  }

  sourceOf(value: Value): Tensor {
    if (value.origin.kind !== 'parameter') return this.#constants.get(value);
    const variable = this.byKey.get(value.origin.key);
    if (variable === undefined) throw unbound(value);
    return variable;
  }

  prepared(_key: string, make: () => Tensor): Tensor {
    return make();
  }

  setStatistic(value: Value, tensor: Tensor): void {
    if (value.origin.kind !== 'parameter') throw unbound(value);
    this.byKey.get(value.origin.key)?.assign(tensor);
  }

  dispose(): void {
    for (const variable of this.byKey.values()) variable.dispose();
    this.#constants.dispose();
  }
}

/** Parameters that a batch normalisation reads as its running mean or variance. */
function statisticKeys(graph: Graph): ReadonlySet<string> {
  const values = graph.nodes.filter(({ operation }) => operation.op === 'batchNorm').flatMap(({ inputs }) => inputs.slice(3, 5));
  return new Set(values.flatMap(({ origin }) => (origin.kind === 'parameter' ? [origin.key] : [])));
}
