/**
 * The back ends of TensorFlow.js that the executor can run on. TensorFlow.js keeps one engine a process; a back end is made
 * the engine's for the time of a run, so several may be open side by side.
 */
import { createRequire } from 'node:module';
import { FramewitnessError } from '../../domain/errors.js';
import { loadNativePackage, nativePackageAdvice, type NativePackage } from './native-package.js';
import type { Tf } from './tf.js';
import { startWasm } from './wasm-backend.js';

/** Best first. */
export const TENSORFLOW_BACKENDS = ['node-gpu', 'node', 'wasm', 'cpu'] as const;

/**
 * `node-gpu`: libtensorflow on a GPU, from `@tensorflow/tfjs-node-gpu`. `node`: libtensorflow on the CPU, from
 * `@tensorflow/tfjs-node`. `wasm`: WebAssembly. `cpu`: plain JavaScript, slow and exact enough to check the others by.
 */
export type TensorflowBackendName = (typeof TENSORFLOW_BACKENDS)[number];

/** `auto`: the best that is installed. */
export type TensorflowBackendChoice = TensorflowBackendName | 'auto';

/** A back end that is ready. */
export interface TensorflowBackend {
  readonly name: TensorflowBackendName;
  /** What a verdict's provenance says of this executor. */
  readonly executor: string;
  readonly tf: Tf;
  /** Makes it the engine's. To be called before any run of operations. */
  activate(): void;
}

/** Options of {@link openTensorflowBackend}. */
export interface TensorflowBackendOptions {
  /** Default `auto`. */
  readonly backend?: TensorflowBackendChoice;
  /** Threads of libtensorflow, which takes them from the first that is opened in a process. Default: one for each core. */
  readonly threads?: number;
}

const require = createRequire(import.meta.url);

/** TensorFlow.js's core, without its advice on the console. */
function loadCore(): Tf {
  const tf = require('@tensorflow/tfjs-core') as Tf;
  tf.env().set('PROD', true);
  return tf;
}

/** Makes the gradients of operations known. The core's bundle for Node leaves them out; that of the layers has them. */
export function loadGradients(): void {
  require('@tensorflow/tfjs-layers');
}

const opened = new Map<TensorflowBackendName, Promise<TensorflowBackend>>();

/**
 * Opens a back end, once a process.
 *
 * @throws FramewitnessError FW_EXECUTOR_MISSING where the one that was asked for is not installed or does not load, saying
 * how to get it; with `auto`, where a native package is installed and does not load
 */
export async function openTensorflowBackend({ backend = 'auto', threads }: TensorflowBackendOptions = {}): Promise<TensorflowBackend> {
  const name = backend === 'auto' ? best(threads) : backend;
  const known = opened.get(name) ?? open(name, threads);
  opened.set(name, known);
  try {
    return await known;
  } catch (error) {
    opened.delete(name);
    throw error;
  }
}

function best(threads: number | undefined): TensorflowBackendName {
  loadCore();
  const found = loadNativePackage(undefined, threads);
  if (found === undefined) return 'wasm';
  return found.usesGpu ? 'node-gpu' : 'node';
}

async function open(name: TensorflowBackendName, threads: number | undefined): Promise<TensorflowBackend> {
  const tf = loadCore();
  let engineName: string = name;
  if (name === 'node' || name === 'node-gpu') {
    checkNative(name, loadNativePackage(name, threads));
    engineName = 'tensorflow';
  } else if (name === 'cpu') {
    require('@tensorflow/tfjs-backend-cpu');
  } else {
    await startWasm(tf);
  }
  const activate = (): void => {
    // Nothing in this is asynchronous once the back end has been started.
    if (tf.getBackend() !== engineName) void tf.setBackend(engineName);
  };
  await tf.setBackend(engineName);
  return { name, executor: `tensorflow-${name}`, tf, activate };
}

function checkNative(name: 'node' | 'node-gpu', found: NativePackage | undefined): void {
  if (found === undefined) {
    throw new FramewitnessError('FW_EXECUTOR_MISSING', `the TensorFlow.js back end ${name} needs the package @tensorflow/tfjs-${name}, which is not installed; ${nativePackageAdvice(name)}`);
  }
  if (name === 'node-gpu' && !found.usesGpu) {
    throw new FramewitnessError('FW_EXECUTOR_MISSING', `${found.folder} loads, and finds no GPU: check the driver (nvidia-smi) and that CUDA's libraries can be found (LD_LIBRARY_PATH), or use the back end node`);
  }
}
