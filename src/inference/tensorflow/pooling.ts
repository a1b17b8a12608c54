/** Pools, reductions and resizing. */
import type { Operation, ResizeConvention } from '../graph.js';
import { inputOf } from './inputs.js';
import { memoryAxis, memoryOrder, permuted, type Layout, type Made } from './layout.js';
import type { RunContext } from './context.js';
import type { Tensor, Tf } from './tf.js';
import { LOWEST_FLOAT, padForWindows } from './windows.js';

export function maximumOfWindows(context: RunContext, { kernel, stride, padding }: Operation & { op: 'maxPool' }): Made {
  const { tf } = context;
  const { image, pad } = padForWindows(tf, inputOf(context, 0).channelsLast(), kernel, stride, padding, LOWEST_FLOAT);
  return { tensor: tf.maxPool(image as Parameters<Tf['maxPool']>[0], [...kernel], [...stride], pad), layout: 'channels-last' };
}

export function globalAverage(context: RunContext): Made {
  return { tensor: context.tf.mean(inputOf(context, 0).channelsLast(), [1, 2], true), layout: 'channels-last' };
}

/** Reduces in memory order, then turns what is left only where its axes are out of order. */
export function reduced(context: RunContext, { op, axes, keepDims }: Operation & { op: 'reduceMean' | 'reduceMax' }): Made {
  const { tf } = context;
  const x = inputOf(context, 0);
  const tensor = x.as(x.layout);
  const inMemory = axes.map((axis) => memoryAxis(axis, x.rank, x.layout));
  const result: Tensor = op === 'reduceMean' ? tf.mean(tensor, inMemory, keepDims) : tf.max(tensor, inMemory, keepDims);
  if (keepDims) return { tensor: result, layout: x.layout };
  const left = memoryOrder(x.rank, x.layout).filter((axis) => !axes.includes(axis));
  const sorted = left.toSorted((a, b) => a - b).map((axis) => left.indexOf(axis));
  return { tensor: permuted(tf, result, sorted), layout: 'plain' };
}

/** Share of each of `from` source pixels in each of `to` target pixels, row by row of the target. */
function interpolation(from: number, to: number, convention: ResizeConvention): Float32Array {
  const shares = new Float32Array(to * from);
  const sourceOf = (target: number): number => {
    if (convention === 'align-corners') return to === 1 ? 0 : (target * (from - 1)) / (to - 1);
    return convention === 'half-pixel' ? ((target + 0.5) * from) / to - 0.5 : (target * from) / to;
  };
  for (let target = 0; target < to; target++) {
    const source = Math.min(Math.max(sourceOf(target), 0), from - 1);
    const first = Math.floor(source);
    const second = Math.min(first + 1, from - 1);
    const at = target * from;
    shares[at + first] = (shares[at + first] ?? 0) + 1 - (source - first);
    shares[at + second] = (shares[at + second] ?? 0) + source - first;
  }
  return shares;
}

/**
 * Two products with fixed matrices, rows then columns: linear interpolation is nothing else, and so it has the same
 * gradient on every back end and for every convention.
 */
export function resized(context: RunContext, { size, convention }: Operation & { op: 'resizeBilinear' }): Made {
  const { tf, store, node } = context;
  const x = inputOf(context, 0);
  const plain = x.plain();
  const [items, channels, height, width] = plain.shape as [number, number, number, number];
  const matrix = (name: string, from: number, to: number): Tensor => store.prepared(`${node.name}/${name}`, () => tf.tensor2d(interpolation(from, to, convention), [to, from]));
  // … × W times (W' × W)ᵀ, then the same with H last.
  const wide: Tensor = tf.matMul(tf.reshape(plain, [items * channels * height, width]), matrix('columns', width, size[1]), false, true);
  const turned = tf.transpose(tf.reshape(wide, [items * channels, height, size[1]]), [0, 2, 1]);
  const tall: Tensor = tf.matMul(tf.reshape(turned, [items * channels * size[1], height]), matrix('rows', height, size[0]), false, true);
  const result = tf.transpose(tf.reshape(tall, [items, channels, size[1], size[0]]), [0, 3, 2, 1]);
  return turnedBack(tf, result, x.layout);
}

/** N × H × W × C as it is made, or in the graph's order where the input was. */
function turnedBack(tf: Tf, result: Tensor, layout: Layout): Made {
  return layout === 'channels-last' ? { tensor: result, layout } : { tensor: tf.transpose(result, [0, 3, 1, 2]), layout };
}
