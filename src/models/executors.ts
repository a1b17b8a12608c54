/** What a topology's `executor` means: a session for a network, and its name in verdicts. */
import { FramewitnessError } from '../domain/errors.js';
import type { Graph } from '../inference/graph.js';
import { emitOnnx } from '../inference/onnx-emitter.js';
import { createSession, ONNX_RUNTIME_EXECUTOR } from '../inference/onnx-runtime.js';
import { servingGraph } from '../inference/serving-graph.js';
import type { ActivationRanges } from '../inference/quantisation.js';
import type { NetworkSession } from '../inference/session.js';
import type { TensorflowBackendChoice } from '../inference/tensorflow/backends.js';
import { createTensorflowSession } from '../inference/tensorflow/session.js';
import type { FloatTensor } from '../inference/tensor.js';

/** How a network is run. */
export interface ExecutorChoice {
  /** Default `onnxruntime`. */
  readonly executor?: 'onnxruntime' | 'tensorflow';
  /** What TensorFlow.js runs on. Default `auto`. */
  readonly backend?: TensorflowBackendChoice;
  /** Ranges of inner values: what can runs in int8. ONNX Runtime only. Absent: float32. */
  readonly ranges?: ActivationRanges;
}

/** A session, and what provenance says of it. */
export interface OpenedNetwork {
  readonly session: NetworkSession;
  readonly executor: string;
}

/**
 * Folds a network and loads it, one thread a session: there are as many workers as cores.
 *
 * @param name - what errors call the network
 * @throws FramewitnessError FW_MODEL_FAILED where the executor does not take it, FW_EXECUTOR_MISSING where a back end of
 * TensorFlow.js is not there
 */
export async function openNetwork(graph: Graph, parameters: ReadonlyMap<string, FloatTensor>, name: string, { executor = 'onnxruntime', backend = 'auto', ranges }: ExecutorChoice): Promise<OpenedNetwork> {
  if (executor === 'onnxruntime') return { session: await createSession(emitOnnx(servingGraph(graph, parameters), {}, ranges), { name }), executor: ONNX_RUNTIME_EXECUTOR };
  if (ranges !== undefined) throw new FramewitnessError('FW_MODEL_FAILED', `${name}: TensorFlow.js runs float32 only`);
  const session = await createTensorflowSession(graph, parameters, { name, backend, threads: 1 });
  return { session, executor: session.executor };
}
