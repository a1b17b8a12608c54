/**
 * The gradient kernels of convolution that the WebAssembly back end lacks, each a sum over the taps of the filter: at tap
 * (i, j) every output pixel met one input pixel, so its share of a gradient is a product of two shifted images.
 */
import type * as TensorflowCore from '@tensorflow/tfjs-core';
import type { Tensor, Tf } from './tf.js';

type Conv2DInfo = TensorflowCore.backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

/** Attributes that the three kernels have in common. */
interface Attributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface Shifts {
  readonly tf: Tf;
  readonly info: Conv2DInfo;
}

/** Rows and columns of a padded image that the windows reach; what lies beyond has no gradient. */
function reached({ info }: Shifts): { readonly height: number; readonly width: number } {
  return { height: (info.outHeight - 1) * info.strideHeight + info.filterHeight, width: (info.outWidth - 1) * info.strideWidth + info.filterWidth };
}

/** The image as the windows see it: padding added, the unreached end cut off. */
function asWindowsSee(shifts: Shifts, x: Tensor): Tensor {
  const { tf, info } = shifts;
  const { height, width } = reached(shifts);
  const { top, left } = info.padInfo;
  const below = Math.max(0, height - top - info.inHeight);
  const right = Math.max(0, width - left - info.inWidth);
  const padded = tf.pad(x, [[0, 0], [top, below], [left, right], [0, 0]]);
  return tf.slice(padded, [0, 0, 0, 0], [info.batchSize, height, width, info.inChannels]);
}

/** The pixels of `image` that tap (i, j) meets, one for each output pixel. */
function metBy({ tf, info }: Shifts, image: Tensor, i: number, j: number): Tensor {
  const end: Shape4 = [info.batchSize, i + (info.outHeight - 1) * info.strideHeight + 1, j + (info.outWidth - 1) * info.strideWidth + 1, info.inChannels];
  return tf.stridedSlice(image, [0, i, j, 0], end, [1, info.strideHeight, info.strideWidth, 1]);
}

/** Zeros between the pixels of an output-sized image, so that neighbours are a stride apart. */
function strideApart({ tf, info }: Shifts, dy: Tensor): Tensor {
  const [rows, columns] = [info.strideHeight, info.strideWidth];
  if (rows === 1 && columns === 1) return dy;
  const [items, height, width, channels] = dy.shape as Shape4;
  const cells = tf.reshape(dy, [items, height, 1, width, channels]);
  const tall = tf.reshape(tf.pad(cells, [[0, 0], [0, 0], [0, rows - 1], [0, 0], [0, 0]]), [items, height * rows, width, 1, channels]);
  const wide = tf.reshape(tf.pad(tall, [[0, 0], [0, 0], [0, 0], [0, columns - 1], [0, 0]]), [items, height * rows, width * columns, channels]);
  return tf.slice(wide, [0, 0, 0, 0], [items, (height - 1) * rows + 1, (width - 1) * columns + 1, channels]);
}

function taps({ info }: Shifts, share: (i: number, j: number) => Tensor): Tensor[] {
  return Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) => share(Math.floor(tap / info.filterWidth), tap % info.filterWidth));
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

/** Each tap hands the gradient of an output pixel back to the input pixel that it met. */
function depthwiseInputGradient(tf: Tf, dy: Tensor, filter: Tensor, inputShape: Shape4, attributes: Attributes): Tensor {
  const shifts: Shifts = { tf, info: infoOf(tf, inputShape, filter.shape, attributes, true) };
  const { info } = shifts;
  const [items, height, width, channels] = inputShape;
  const multiplier = filter.shape[3] ?? 1;
  const seen = reached(shifts);
  const apart = strideApart(shifts, dy);
  const [, tall = 1, wide = 1] = apart.shape;
  const split = tf.reshape(apart, [items, tall * wide, channels, multiplier]);
  const share = (i: number, j: number): Tensor => {
    const weights = tf.reshape(tf.slice(filter, [i, j, 0, 0], [1, 1, channels, multiplier]), [1, 1, channels, multiplier]);
    const back = tf.reshape(tf.sum(tf.mul(split, weights), 3), [items, tall, wide, channels]);
    return tf.pad(back, [[0, 0], [i, seen.height - tall - i], [j, seen.width - wide - j], [0, 0]]);
  };
  const sum = tf.addN(taps(shifts, share));
  const { top, left } = info.padInfo;
  const grown = tf.pad(sum, [[0, 0], [0, Math.max(0, top + height - seen.height)], [0, Math.max(0, left + width - seen.width)], [0, 0]]);
  return tf.slice(grown, [0, top, left, 0], [items, height, width, channels]);
}

/** Registers the three kernels for the back end `wasm`, where they are missing. */
export function registerWasmGradients(tf: Tf): void {
  const register = (kernelName: string, compute: (inputs: Readonly<Record<string, Tensor>>, attributes: Attributes & Readonly<Record<string, unknown>>) => Tensor): void => {
    if (tf.getKernelsForBackend('wasm').some((kernel) => kernel.kernelName === kernelName)) return;
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => tf.tidy(() => compute(inputs as unknown as Readonly<Record<string, Tensor>>, attrs as unknown as Attributes & Readonly<Record<string, unknown>>)),
    });
  };
  const two = (inputs: Readonly<Record<string, Tensor>>, first: string, second: string): readonly [Tensor, Tensor] => {
    const [a, b] = [inputs[first], inputs[second]];
    if (a === undefined || b === undefined) throw new Error(`the kernel needs ${first} and ${second}`);
    return [a, b];
  };
  register('Conv2DBackpropFilter', (inputs, attributes) => filterGradient(tf, ...two(inputs, 'x', 'dy'), attributes['filterShape'] as Shape4, attributes));
  register('DepthwiseConv2dNativeBackpropFilter', (inputs, attributes) => depthwiseFilterGradient(tf, ...two(inputs, 'x', 'dy'), attributes['filterShape'] as Shape4, attributes));
  register('DepthwiseConv2dNativeBackpropInput', (inputs, attributes) => depthwiseInputGradient(tf, ...two(inputs, 'dy', 'filter'), attributes['inputShape'] as Shape4, attributes));
}
