/** Starts TensorFlow.js's WebAssembly back end in plain Node, with what it lacks for training. */
import { createRequire } from 'node:module';
import { FramewitnessError } from '../../domain/errors.js';
import type { Tf } from './tf.js';
import { registerWasmGradients } from './wasm-gradients.js';

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** @throws FramewitnessError FW_EXECUTOR_MISSING where the module does not start */
export async function startWasm(tf: Tf): Promise<void> {
  const before = EVENTS.map((event) => process.listeners(event as 'uncaughtException'));
  try {
    createRequire(import.meta.url)('@tensorflow/tfjs-backend-wasm');
    registerWasmGradients(tf);
    if (!(await tf.setBackend('wasm'))) throw new Error('the back end refused to start');
  } catch (error) {
    throw new FramewitnessError('FW_EXECUTOR_MISSING', `the TensorFlow.js back end wasm does not start: ${error instanceof Error ? error.message : String(error)}; reinstall @tensorflow/tfjs-backend-wasm`, { cause: error });
  } finally {
    // The module takes over the process's unhandled errors as if it were the program.
    EVENTS.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (before[i]?.includes(listener) !== true) process.removeListener(event, listener);
      }
    });
  }
}
