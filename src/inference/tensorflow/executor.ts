/**
 * The training executor, which can serve as well: runs graphs in TensorFlow.js on any of its back ends, with gradients.
 *
 * A training step, over variables made once:
 *
 *     const forward = executor.asFunction(graph, variables, { mode: 'train', dropoutSeed: step });
 *     const { value, grads } = tf.variableGrads(() => loss(forward({ input })), variables.trainable);
 *     optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
 */
import { FramewitnessError } from '../../domain/errors.js';
import type { Graph } from '../graph.js';
import { servingGraph } from '../serving-graph.js';
import type { FloatTensor } from '../tensor.js';
import { loadGradients, openTensorflowBackend, type TensorflowBackend, type TensorflowBackendName, type TensorflowBackendOptions } from './backends.js';
import type { RunMode } from './context.js';
import { runGraph } from './run.js';
import { NetworkVariables, ServingStore } from './stores.js';
import { bindSymbols } from './symbols.js';
import type { Tensor, Tf } from './tf.js';

/** Named tensors that go into a network or come out of it. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** Options of {@link TensorflowExecutor.asFunction}. */
export interface ForwardOptions {
  /** Default `evaluate`: running statistics, no dropout. `train`: the batch's own, which move the running ones, and dropout. */
  readonly mode?: RunMode['mode'];
  /** Another one for each step; the same one gives the same masks. Default 0. */
  readonly dropoutSeed?: number;
  /** In training: beginnings of the parameter names of normalisations that use their running statistics and do not move them. */
  readonly fixedStatistics?: readonly string[];
}

/** A network that is ready to serve. */
export interface LoadedNetwork {
  /**
   * Runs the network once, keeping the thread busy.
   *
   * @throws FramewitnessError FW_MODEL_FAILED where an input is missing or misshapen, or the run fails
   */
  run(inputs: Readonly<Record<string, FloatTensor>>): Record<string, FloatTensor>;
  dispose(): void;
}

/** Runs graphs on one back end. */
export class TensorflowExecutor {
  readonly tf: Tf;
  readonly backend: TensorflowBackendName;
  /** What a verdict's provenance says. */
  readonly executor: string;
  readonly #opened: TensorflowBackend;

  /** @internal see {@link createTensorflowExecutor} */
  constructor(opened: TensorflowBackend) {
    this.tf = opened.tf;
    this.backend = opened.name;
    this.executor = opened.executor;
    this.#opened = opened;
  }

  /** Makes this back end the engine's, for operations of the caller's own. Every method here does so itself. */
  activate(): void {
    this.#opened.activate();
  }

  /**
   * Folds a network for serving and loads it.
   *
   * @param parameters - a tensor for every parameter, as `bindParameters` gives them
   */
  load(graph: Graph, parameters: ReadonlyMap<string, FloatTensor>): LoadedNetwork {
    const served = servingGraph(graph, parameters);
    const store = new ServingStore(this.tf);
    return { run: (inputs) => this.#serve(served, store, inputs), dispose: () => { store.dispose(); } };
  }

  /** {@link load}, one run, and everything disposed of. */
  run(graph: Graph, parameters: ReadonlyMap<string, FloatTensor>, inputs: Readonly<Record<string, FloatTensor>>): Record<string, FloatTensor> {
    const network = this.load(graph, parameters);
    try {
      return network.run(inputs);
    } finally {
      network.dispose();
    }
  }

  /** The parameters of a network as variables, to be disposed of by the caller. @throws FramewitnessError FW_MODEL_WEIGHTS */
  createVariables(graph: Graph, parameters: ReadonlyMap<string, FloatTensor>): NetworkVariables {
    this.activate();
    loadGradients();
    return new NetworkVariables(this.tf, graph, parameters);
  }

  /**
   * The network as a function that a gradient can be taken through: inputs and outputs are tensors in the graph's order of
   * axes. Outputs are the caller's to dispose of, or a `tidy`'s.
   */
  asFunction(graph: Graph, variables: NetworkVariables, { mode = 'evaluate', dropoutSeed = 0, fixedStatistics = [] }: ForwardOptions = {}): (inputs: NamedTensors) => Record<string, Tensor> {
    return (inputs) => {
      this.activate();
      const symbols = bindSymbols(graph, Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape])));
      return this.#guarded(graph, () => runGraph(this.tf, graph, variables, inputs, symbols, { mode, differentiable: true, dropoutSeed, fixedStatistics }));
    };
  }

  #serve(graph: Graph, store: ServingStore, inputs: Readonly<Record<string, FloatTensor>>): Record<string, FloatTensor> {
    this.activate();
    const symbols = bindSymbols(graph, Object.fromEntries(Object.entries(inputs).map(([name, { dims }]) => [name, dims])));
    return this.#guarded(graph, () => {
      const results: Record<string, FloatTensor> = {};
      this.tf.tidy(() => {
        const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { data, dims }]) => [name, this.tf.tensor(data, [...dims])]));
        const outputs = runGraph(this.tf, graph, store, feeds, symbols, { mode: 'evaluate', differentiable: false, dropoutSeed: 0, fixedStatistics: [] });
        for (const [name, tensor] of Object.entries(outputs)) results[name] = { data: tensor.dataSync<'float32'>(), dims: [...tensor.shape] };
      });
      return results;
    });
  }

  #guarded<T>(graph: Graph, run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof FramewitnessError) throw error;
      const because = error instanceof Error ? error.message : String(error);
      throw new FramewitnessError('FW_MODEL_FAILED', `${graph.name}: the run failed in TensorFlow.js (${this.backend}): ${because}`, { cause: error });
    }
  }
}

/**
 * Opens a back end and makes an executor for it.
 *
 * @throws FramewitnessError FW_EXECUTOR_MISSING where the back end is not there, saying how to get it
 */
export async function createTensorflowExecutor(options: TensorflowBackendOptions = {}): Promise<TensorflowExecutor> {
  return new TensorflowExecutor(await openTensorflowBackend(options));
}
