/**
 * The serving executor: ONNX Runtime on the CPU, one thread a session. `run` keeps its thread busy, so sessions belong in
 * workers, as many as there are cores; two threads in one session would only take turns with the other workers.
 */
import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { FramewitnessError } from '../domain/errors.js';
import type { NetworkSession } from './session.js';
import type { FloatTensor } from './tensor.js';

export type { FloatTensor } from './tensor.js';

/** A network that is ready to run in ONNX Runtime. */
export type OnnxSession = NetworkSession;

/** Options of {@link createSession}. */
export interface SessionOptions {
  /** What errors call the network. Default `network`. */
  readonly name?: string;
}

/** What a verdict's provenance says of this executor. */
export const ONNX_RUNTIME_EXECUTOR = 'onnxruntime-cpu';

/**
 * Loads an ONNX model into ONNX Runtime: CPU, float32, one intra-op and one inter-op thread, sequential.
 *
 * @param onnx - a serialised ONNX `ModelProto` whose inputs and outputs are float32
 * @throws FramewitnessError FW_MODEL_FAILED when ONNX Runtime cannot be loaded or does not take the model
 */
export async function createSession(onnx: Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
  const name = options.name ?? 'network';
  try {
    // Loaded late: it maps a native library of tens of megabytes, which `lint` and `report` never need.
    // `require`, because what `import` makes of this CommonJS package depends on the loader.
    const runtime = createRequire(import.meta.url)('onnxruntime-node') as typeof OnnxRuntime;
    const session = await runtime.InferenceSession.create(onnx, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      // Arenas and patterns keep memory for every batch size that came by: a third more, no faster here.
      enableCpuMemArena: false,
      enableMemPattern: false,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
    return new RuntimeSession(name, session, runtime.Tensor);
  } catch (error) {
    throw failed(name, 'ONNX Runtime does not take it', error);
  }
}

class RuntimeSession implements OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  #tail: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(
    private readonly name: string,
    private readonly session: InferenceSession,
    private readonly tensorOf: typeof Tensor,
  ) {
    this.inputNames = [...session.inputNames];
    this.outputNames = [...session.outputNames];
  }

  run(inputs: Readonly<Record<string, FloatTensor>>): Promise<Record<string, FloatTensor>> {
    if (this.#closing !== undefined) return Promise.reject(failed(this.name, 'the session is closed'));
    const result = this.#tail.then(() => this.#runNow(inputs));
    this.#tail = result.catch(() => undefined); // the caller holds `result`; the queue only needs to know that it ended
    return result;
  }

  async #runNow(inputs: Readonly<Record<string, FloatTensor>>): Promise<Record<string, FloatTensor>> {
    const feeds: Record<string, Tensor> = {};
    for (const name of this.inputNames) {
      const input = inputs[name];
      if (input === undefined) throw failed(this.name, `input ${name} is missing`);
      const count = input.dims.reduce((product, extent) => product * extent, 1);
      if (count !== input.data.length) {
        throw failed(this.name, `input ${name} has ${input.data.length} values, shape [${input.dims.join(', ')}] needs ${count}`);
      }
      feeds[name] = new this.tensorOf('float32', input.data, input.dims);
    }
    const unknown = Object.keys(inputs).filter((name) => !this.inputNames.includes(name));
    if (unknown.length > 0) throw failed(this.name, `there is no input ${unknown.join(', ')}; inputs: ${this.inputNames.join(', ')}`);
    let outputs: InferenceSession.OnnxValueMapType;
    try {
      outputs = await this.session.run(feeds);
    } catch (error) {
      throw failed(this.name, 'the run failed', error);
    }
    return Object.fromEntries(this.outputNames.map((name) => [name, this.#checked(name, outputs[name])]));
  }

  #checked(name: string, value: InferenceSession.OnnxValueMapType[string] | undefined): FloatTensor {
    const data = value?.data;
    if (value === undefined || !(data instanceof Float32Array)) throw failed(this.name, `output ${name} is not a float32 tensor`);
    const at = data.findIndex((x) => !Number.isFinite(x));
    if (at >= 0) throw failed(this.name, `output ${name} is not a finite number at ${at}: ${data[at] ?? 'none'}`);
    return { data, dims: [...value.dims] };
  }

  close(): Promise<void> {
    // Releasing a session during a run aborts the process.
    this.#closing ??= this.#tail.then(() => this.session.release());
    return this.#closing;
  }
}

function failed(name: string, what: string, cause?: unknown): FramewitnessError {
  const because = cause instanceof Error ? `: ${cause.message}` : '';
  return new FramewitnessError('FW_MODEL_FAILED', `${name}: ${what}${because}`, cause === undefined ? {} : { cause });
}
