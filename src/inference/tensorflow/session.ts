/**
 * Serving by TensorFlow.js. Its kernels may sum in another order in another batch, and then an item's result depends, in
 * its last bits, on what it was run beside. Each item is therefore run alone: the result is a function of the item.
 */
import { FramewitnessError } from '../../domain/errors.js';
import type { Graph } from '../graph.js';
import type { NetworkSession } from '../session.js';
import type { FloatTensor } from '../tensor.js';
import type { TensorflowBackendOptions } from './backends.js';
import { createTensorflowExecutor, type LoadedNetwork } from './executor.js';

/** Options of {@link createTensorflowSession}. */
export interface TensorflowSessionOptions extends TensorflowBackendOptions {
  /** What errors call the network. Default: the graph's name. */
  readonly name?: string;
}

/** A network that TensorFlow.js serves. */
export interface TensorflowSession extends NetworkSession {
  /** What a verdict's provenance says: `tensorflow-` and the back end. */
  readonly executor: string;
}

/**
 * Loads a network for serving. Every input and output begins with the batch, and nothing mixes items.
 *
 * @param parameters - a tensor for every parameter, as `bindParameters` gives them
 * @throws FramewitnessError FW_EXECUTOR_MISSING where the back end is not there
 */
export async function createTensorflowSession(graph: Graph, parameters: ReadonlyMap<string, FloatTensor>, options: TensorflowSessionOptions = {}): Promise<TensorflowSession> {
  const executor = await createTensorflowExecutor(options);
  const named: Graph = { ...graph, name: options.name ?? graph.name };
  return new ItemwiseSession(named, executor.load(named, parameters), executor.executor);
}

class ItemwiseSession implements TensorflowSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  #closed = false;

  constructor(
    private readonly graph: Graph,
    private readonly network: LoadedNetwork,
    readonly executor: string,
  ) {
    this.inputNames = graph.inputs.map(({ name }) => name);
    this.outputNames = graph.outputs.map(({ name }) => name);
  }

  run(inputs: Readonly<Record<string, FloatTensor>>): Promise<Record<string, FloatTensor>> {
    // A promise's executor turns what is thrown into a rejection.
    return new Promise((resolve) => {
      if (this.#closed) throw this.#failed('the session is closed');
      const items = Object.values(inputs)[0]?.dims[0] ?? 0;
      const uneven = Object.entries(inputs).find(([, { dims, data }]) => dims[0] !== items || dims.reduce((product, extent) => product * extent, 1) !== data.length);
      if (uneven !== undefined) throw this.#failed(`input ${uneven[0]} has ${uneven[1].data.length} values and shape [${uneven[1].dims.join(', ')}], in a batch of ${items}`);
      const results = Array.from({ length: items }, (_, item) => this.network.run(mapTensors(inputs, (tensor) => itemOf(tensor, item, items))));
      resolve(Object.fromEntries(this.outputNames.map((name) => [name, this.#joined(name, results)])));
    });
  }

  close(): Promise<void> {
    if (!this.#closed) this.network.dispose();
    this.#closed = true;
    return Promise.resolve();
  }

  #joined(name: string, results: readonly Readonly<Record<string, FloatTensor>>[]): FloatTensor {
    const parts = results.flatMap((result) => result[name] ?? []);
    const [first] = parts;
    if (first === undefined) throw this.#failed(`there is no output ${name}, or the batch is empty`);
    const data = new Float32Array(first.data.length * parts.length);
    parts.forEach((part, i) => { data.set(part.data, i * first.data.length); });
    const at = data.findIndex((x) => !Number.isFinite(x));
    if (at >= 0) throw this.#failed(`output ${name} is not a finite number at ${at}: ${data[at] ?? 'none'}`);
    return { data, dims: [(first.dims[0] ?? 1) * parts.length, ...first.dims.slice(1)] };
  }

  #failed(problem: string): FramewitnessError {
    return new FramewitnessError('FW_MODEL_FAILED', `${this.graph.name}: ${problem}`);
  }
}

function mapTensors(tensors: Readonly<Record<string, FloatTensor>>, map: (tensor: FloatTensor) => FloatTensor): Record<string, FloatTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, map(tensor)]));
}

function itemOf({ data, dims }: FloatTensor, item: number, items: number): FloatTensor {
  const size = data.length / items;
  return { data: data.subarray(item * size, (item + 1) * size), dims: [1, ...dims.slice(1)] };
}
