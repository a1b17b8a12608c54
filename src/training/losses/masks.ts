/** Masks at the size of a network's maps, and the cost of a map against them. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Tensor, Tf } from '../../inference/tensorflow/tf.js';

/** Values of maps are kept this far from 0 and 1, so that their logarithms are finite. */
const FLOOR = 1e-6;

/** How much each of `from` equal lengths adds to each of `to` that cover the same, row-major `to` × `from`; rows sum to 1. */
export function areaShares(from: number, to: number): Float32Array {
  const shares = new Float32Array(to * from);
  const scale = from / to;
  for (let cell = 0; cell < to; cell++) {
    const [start, end] = [cell * scale, (cell + 1) * scale];
    for (let i = Math.floor(start); i < Math.min(from, Math.ceil(end)); i++) {
      shares[cell * from + i] = Math.max(0, Math.min(end, i + 1) - Math.max(start, i)) / scale;
    }
  }
  return shares;
}

/** Means over equal cells: N × S × S to N × height × width. Any sizes, also larger ones. */
export function resizedMasks(tf: Tf, masks: Tensor, height: number, width: number): Tensor {
  const [items, rows, columns] = masks.shape as [number, number, number];
  const down = tf.tensor(areaShares(rows, height), [1, height, rows]);
  const across = tf.tensor(areaShares(columns, width), [1, width, columns]);
  const tall = tf.matMul(tf.tile(down, [items, 1, 1]), masks);
  return tf.matMul(tall, tf.tile(across, [items, 1, 1]), false, true);
}

/** A map N × 1 × H × W or N × H × W as N × H × W. @throws FramewitnessError FW_LOSS_UNFIT for another shape */
export function planesOf(tf: Tf, map: Tensor, name: string): Tensor {
  if (map.rank === 3) return map;
  const [items, channels, height, width] = map.shape as [number, number, number, number];
  if (map.rank !== 4 || channels !== 1) throw new FramewitnessError('FW_LOSS_UNFIT', `output ${name} has shape ${map.shape.join(' × ')}, which is not one map an item`);
  return tf.reshape(map, [items, height, width]);
}

/** Binary cross-entropy of maps of probabilities against targets of the same shape, meant over all places. */
export function mapCrossEntropy(tf: Tf, map: Tensor, targets: Tensor): Tensor {
  const p = tf.clipByValue(map, FLOOR, 1 - FLOOR);
  const hit = tf.mul(targets, tf.log(p));
  return tf.neg(tf.mean(tf.add(hit, tf.mul(tf.sub(1, targets), tf.log(tf.sub(1, p))))));
}
