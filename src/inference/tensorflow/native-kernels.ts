/**
 * Kernels of libtensorflow that TensorFlow.js has no name for. Each does in one pass over memory what would otherwise take
 * several, forwards and backwards; on a CPU, memory is what a training step waits for.
 */
import type { Tensor, Tf } from './tf.js';

type Attribute = { readonly name: string; readonly type: number; readonly value: unknown };

/** The part of the native back end that runs operations by their names in TensorFlow. */
interface NativeBackend {
  readonly binding: Readonly<Record<'TF_ATTR_TYPE' | 'TF_ATTR_FLOAT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_FLOAT', number>>;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[], outputs: number): Tensor[];
}

/** The engine's present back end, where it is libtensorflow. */
function nativeBackend(tf: Tf): NativeBackend | undefined {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NativeBackend) : undefined;
}

/** Whether the kernels are there. */
export function hasNativeKernels(tf: Tf): boolean {
  return nativeBackend(tf) !== undefined;
}

const floatType = ({ binding }: NativeBackend, name = 'T'): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });

/** What a normalisation by the batch gives. */
export interface NormalisedBatch {
  readonly y: Tensor;
  /** C; biased and unbiased variance differ by N / (N - 1). */
  readonly mean: Tensor;
  readonly unbiasedVariance: Tensor;
}

/**
 * Batch normalisation by the batch's own statistics, and its gradient.
 *
 * @param x - N × H × W × C
 * @param weight - C
 * @param bias - C
 * @returns undefined on other back ends
 */
export function nativeBatchNormalisation(tf: Tf, x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): NormalisedBatch | undefined {
  const backend = nativeBackend(tf);
  if (backend === undefined) return undefined;
  const { binding } = backend;
  const attributes: readonly Attribute[] = [
    floatType(backend),
    floatType(backend, 'U'),
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: epsilon },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
  const statistics: Tensor[] = [];
  const run = tf.customGrad((...args) => {
    const [input, w, b, save] = args as unknown as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const none = tf.tensor1d([]);
    const [y, mean, variance, ...reserved] = backend.executeMultipleOutputs('FusedBatchNormV3', attributes, [input, w, b, none, none], 6) as [Tensor, Tensor, Tensor, ...Tensor[]];
    statistics.push(tf.keep(mean), tf.keep(variance));
    save([input, w, ...reserved]);
    const gradFunc = (dy: Tensor | Tensor[], saved: Tensor[]): Tensor[] => {
      const [kept, scale, ...reserve] = saved as [Tensor, Tensor, ...Tensor[]];
      return backend.executeMultipleOutputs('FusedBatchNormGradV3', attributes, [dy as Tensor, kept, scale, ...reserve], 5).slice(0, 3);
    };
    return { value: y, gradFunc };
  });
  const y = run(x, weight, bias);
  const [mean, unbiasedVariance] = statistics as [Tensor, Tensor];
  return { y, mean, unbiasedVariance };
}

/** ReLU, whose gradient reads its result; undefined on other back ends. */
export function nativeRelu(tf: Tf, x: Tensor): Tensor | undefined {
  const backend = nativeBackend(tf);
  if (backend === undefined) return undefined;
  const run = tf.customGrad((...args) => {
    const [input, save] = args as unknown as [Tensor, (tensors: Tensor[]) => void];
    const y = tf.relu(input);
    save([y]);
    const gradFunc = (dy: Tensor | Tensor[], saved: Tensor[]): Tensor => backend.executeSingleOutput('ReluGrad', [floatType(backend)], [dy as Tensor, ...saved]);
    return { value: y, gradFunc };
  });
  return run(x);
}
