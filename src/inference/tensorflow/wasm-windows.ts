/** Images as the windows that go over them see them, tap by tap: what gradients of convolutions and pools are made of. */
import type * as TensorflowCore from '@tensorflow/tfjs-core';
import type { Tensor, Tf } from './tf.js';

export type Conv2DInfo = TensorflowCore.backend_util.Conv2DInfo;
export type Shape4 = [number, number, number, number];

/** An image and the windows that go over it. */
export interface Shifts {
  readonly tf: Tf;
  readonly info: Conv2DInfo;
}

/** Rows and columns of a padded image that the windows reach; what lies beyond has no gradient. */
export function reached({ info }: Shifts): { readonly height: number; readonly width: number } {
  return { height: (info.outHeight - 1) * info.strideHeight + info.filterHeight, width: (info.outWidth - 1) * info.strideWidth + info.filterWidth };
}

/** The image as the windows see it: padding added, the unreached end cut off. */
export function asWindowsSee(shifts: Shifts, x: Tensor, padding = 0): Tensor {
  const { tf, info } = shifts;
  const { height, width } = reached(shifts);
  const { top, left } = info.padInfo;
  const below = Math.max(0, height - top - info.inHeight);
  const right = Math.max(0, width - left - info.inWidth);
  const padded = tf.pad(x, [[0, 0], [top, below], [left, right], [0, 0]], padding);
  return tf.slice(padded, [0, 0, 0, 0], [info.batchSize, height, width, info.inChannels]);
}

/** The pixels of `image` that tap (i, j) meets, one for each output pixel. */
export function metBy({ tf, info }: Shifts, image: Tensor, i: number, j: number): Tensor {
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

/** Something for every tap, row by row. */
export function taps({ info }: Shifts, share: (i: number, j: number) => Tensor): Tensor[] {
  return Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) => share(Math.floor(tap / info.filterWidth), tap % info.filterWidth));
}

/**
 * The gradient by the image, where tap (i, j) hands `share(i, j)`, of one row and column for each output pixel, back to the
 * input pixels that it met.
 */
export function handedBack(shifts: Shifts, share: (i: number, j: number) => Tensor): Tensor {
  const { tf, info } = shifts;
  const seen = reached(shifts);
  const sum = tf.addN(
    taps(shifts, (i, j) => {
      const apart = strideApart(shifts, share(i, j));
      const [, tall = 1, wide = 1] = apart.shape;
      return tf.pad(apart, [[0, 0], [i, seen.height - tall - i], [j, seen.width - wide - j], [0, 0]]);
    }),
  );
  const { top, left } = info.padInfo;
  const below = Math.max(0, top + info.inHeight - seen.height);
  const right = Math.max(0, left + info.inWidth - seen.width);
  return tf.slice(tf.pad(sum, [[0, 0], [0, below], [0, right], [0, 0]]), [0, top, left, 0], [info.batchSize, info.inHeight, info.inWidth, info.inChannels]);
}
