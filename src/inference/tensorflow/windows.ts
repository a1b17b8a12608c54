/** Windows that go over an image, with PyTorch's padding. */
import type { Pair, Padding } from '../graph.js';
import type { Tensor, Tf } from './tf.js';

/** What padding is made of where it must never win. */
export const LOWEST_FLOAT = -3.4028234663852886e38;

/** An image and the padding that TensorFlow shall add of itself. */
export interface WindowedImage {
  readonly image: Tensor;
  readonly pad: 'valid' | 'same';
}

interface Axis {
  readonly extent: number;
  readonly reach: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
}

function outputs({ extent, reach, stride, before, after }: Axis): number {
  return Math.floor((extent + before + after - reach) / stride) + 1;
}

/** TensorFlow's SAME: ceil(extent / stride) outputs, the odd row or column of padding last. */
function isSame(axis: Axis): boolean {
  const count = Math.ceil(axis.extent / axis.stride);
  const total = Math.max(0, (count - 1) * axis.stride + axis.reach - axis.extent);
  return outputs(axis) === count && Math.floor(total / 2) === axis.before;
}

/** Nothing that is added before, and nothing added after that a window would reach. */
function isValid(axis: Axis): boolean {
  return axis.before === 0 && outputs(axis) === outputs({ ...axis, after: 0 });
}

/**
 * Adds the padding to an N × H × W × C image. TensorFlow's own padding modes differ from PyTorch's as soon as a window has
 * a stride; they are used where they mean the same, which saves a copy.
 *
 * @param reach - rows and columns from the first to the last element of a window, dilation counted
 * @param value - what a window finds there; `same` means zero for convolutions and nothing at all for pools
 */
export function padForWindows(tf: Tf, image: Tensor, reach: Pair, stride: Pair, [top, left, bottom, right]: Padding, value: number): WindowedImage {
  const [, height, width] = image.shape as [number, number, number, number];
  const axes: readonly Axis[] = [
    { extent: height, reach: reach[0], stride: stride[0], before: top, after: bottom },
    { extent: width, reach: reach[1], stride: stride[1], before: left, after: right },
  ];
  if (axes.every(isValid)) return { image, pad: 'valid' };
  if (axes.every(isSame)) return { image, pad: 'same' };
  return { image: tf.pad(image, [[0, 0], [top, bottom], [left, right], [0, 0]], value), pad: 'valid' };
}
