/** One face at two qualities: which items of a batch belong together. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';
import { pairsOf } from './reading.js';
import type { LossInput } from './loss.js';

/**
 * Items with the same pair number and the same label, two by two as they come in the batch: the first of each is the
 * better quality. (The real and the forged of one draw share a number as well, and are no such pair.)
 *
 * @throws FramewitnessError FW_LOSS_UNFIT where the batch has no pair
 */
export function qualityPairs(input: LossInput): readonly (readonly [better: number, worse: number])[] {
  const numbers = pairsOf(input).dataSync();
  const labels = input.labels.dataSync();
  const open = new Map<string, number>();
  const found: (readonly [number, number])[] = [];
  numbers.forEach((number, index) => {
    const key = `${number} ${labels[index] ?? NaN}`;
    const partner = open.get(key);
    if (partner === undefined) {
      open.set(key, index);
    } else {
      found.push([partner, index]);
      open.delete(key);
    }
  });
  if (found.length === 0) throw new FramewitnessError('FW_LOSS_UNFIT', 'the loss compares one face at two qualities, and no two items of the batch have the same pair number and label');
  return found;
}

/** Rows of a tensor: N × … to P × …. A product with zeros and ones, because not every back end has the gradient of a gather. */
export function rowsOf(tf: Tf, x: Tensor, rows: readonly number[]): Tensor {
  const [items] = x.shape as [number, ...number[]];
  const chosen = tf.oneHot(tf.tensor1d([...rows], 'int32'), items, 1, 0, 'float32');
  return tf.reshape(tf.matMul(chosen, tf.reshape(x, [items, -1]) as never), [rows.length, ...x.shape.slice(1)]);
}
