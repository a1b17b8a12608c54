/**
 * The gradient kernels of convolutions and pools that the WebAssembly back end needs for training, each a sum over the taps
 * of the window: at tap (i, j) every output pixel met one input pixel, so its share of a gradient is a product of two
 * shifted images.
 */
import type { Tensor, Tf } from './tf.js';
import { asWindowsSee, handedBack, metBy, taps, type Conv2DInfo, type Shape4, type Shifts } from './wasm-windows.js';
import { LOWEST_FLOAT } from './windows.js';

/** Attributes that the kernels have in common. */
interface Attributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function infoOf(tf: Tf, inputShape: readonly number[], filterShape: readonly number[], { strides, pad, dimRoundingMode }: Attributes, depthwise: boolean): Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(inputShape as Shape4, filterShape as Shape4, strides, 1, pad, dimRoundingMode, depthwise, 'channelsLast');
}

/** dW[i, j] = (pixels met by the tap)ᵀ · dy, over all output pixels. */
function filterGradient(tf: Tf, x: Tensor, dy: Tensor, filterShape: Shape4, attributes: Attributes): Tensor {
  const shifts: Shifts = { tf, info: infoOf(tf, x.shape, filterShape, attributes, false) };
  const image = asWindowsSee(shifts, x);
  const slopes: Tensor = tf.reshape(dy, [-1, filterShape[3]]);
  const share = (i: number, j: number): Tensor => {
    const met: Tensor = tf.reshape(metBy(shifts, image, i, j), [-1, filterShape[2]]);
    // Turned by hand: the product of a turned matrix takes this back end's slow path.
    return tf.matMul(tf.transpose(met), slopes);
  };
  return tf.reshape(tf.stack(taps(shifts, share)), filterShape);
}

/** dW[i, j, c, m] = sum over output pixels of the pixel met by the tap in channel c, times dy in channel c·M + m. */
function depthwiseFilterGradient(tf: Tf, x: Tensor, dy: Tensor, filterShape: Shape4, attributes: Attributes): Tensor {
  const shifts: Shifts = { tf, info: infoOf(tf, x.shape, filterShape, attributes, true) };
  const [, , channels, multiplier] = filterShape;
  const image = asWindowsSee(shifts, x);
  const slopes = tf.reshape(dy, [-1, channels, multiplier]);
  const share = (i: number, j: number): Tensor => tf.sum(tf.mul(tf.reshape(metBy(shifts, image, i, j), [-1, channels, 1]), slopes), 0);
  return tf.reshape(tf.stack(taps(shifts, share)), filterShape);
}

/** Each tap hands the gradient of an output pixel, times its weight, back to the input pixel that it met. */
function depthwiseInputGradient(tf: Tf, dy: Tensor, filter: Tensor, inputShape: Shape4, attributes: Attributes): Tensor {
  const shifts: Shifts = { tf, info: infoOf(tf, inputShape, filter.shape, attributes, true) };
  const { batchSize, outHeight, outWidth } = shifts.info;
  const [, , channels, multiplier] = filter.shape as Shape4;
  const slopes = tf.reshape(dy, [batchSize, outHeight * outWidth, channels, multiplier]);
  return handedBack(shifts, (i, j) => {
    const weights = tf.slice(filter, [i, j, 0, 0], [1, 1, channels, multiplier]);
    return tf.reshape(tf.sum(tf.mul(slopes, weights), 3), [batchSize, outHeight, outWidth, channels]);
  });
}

/**
 * The gradient of a maximum goes to the first tap that met it. The back end has this kernel, and it is wrong: the gradient
 * goes to other pixels than the largest.
 */
function maxPoolGradient(tf: Tf, x: Tensor, y: Tensor, dy: Tensor, filterSize: [number, number] | number, { strides, pad, dimRoundingMode }: Attributes): Tensor {
  const shifts: Shifts = { tf, info: tf.backend_util.computePool2DInfo(x.shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode) };
  const image = asWindowsSee(shifts, x, LOWEST_FLOAT);
  let left: Tensor = dy;
  return handedBack(shifts, (i, j) => {
    const largest = tf.cast(tf.equal(metBy(shifts, image, i, j), y), 'float32');
    const share: Tensor = tf.mul(left, largest);
    left = tf.sub(left, share);
    return share;
  });
}

/** Registers the kernels for the back end `wasm`: the three that it lacks, and the one that it has wrong. */
export function registerWasmGradients(tf: Tf): void {
  const known = new Set(tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
  const register = (kernelName: string, compute: (inputs: Readonly<Record<string, Tensor>>, attributes: Attributes & Readonly<Record<string, unknown>>) => Tensor): void => {
    if (known.has(kernelName)) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => tf.tidy(() => compute(inputs as unknown as Readonly<Record<string, Tensor>>, attrs as unknown as Attributes & Readonly<Record<string, unknown>>)),
    });
  };
  const given = (inputs: Readonly<Record<string, Tensor>>, name: string): Tensor => {
    const tensor = inputs[name];
    if (tensor === undefined) throw new Error(`the kernel needs ${name}`);
    return tensor;
  };
  register('Conv2DBackpropFilter', (inputs, attributes) => filterGradient(tf, given(inputs, 'x'), given(inputs, 'dy'), attributes['filterShape'] as Shape4, attributes));
  register('DepthwiseConv2dNativeBackpropFilter', (inputs, attributes) => depthwiseFilterGradient(tf, given(inputs, 'x'), given(inputs, 'dy'), attributes['filterShape'] as Shape4, attributes));
  register('DepthwiseConv2dNativeBackpropInput', (inputs, attributes) => depthwiseInputGradient(tf, given(inputs, 'dy'), given(inputs, 'filter'), attributes['inputShape'] as Shape4, attributes));
  register('MaxPoolGrad', (inputs, attributes) => maxPoolGradient(tf, given(inputs, 'input'), given(inputs, 'output'), given(inputs, 'dy'), attributes['filterSize'] as [number, number] | number, attributes));
}
