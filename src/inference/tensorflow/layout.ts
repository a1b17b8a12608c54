/**
 * The order in which a value's axes lie in memory. Graphs speak of N × C × H × W; TensorFlow's CPU kernels only take
 * N × H × W × C. A value stays in the order in which it was made until an operation needs the other, so that chains of
 * convolution, normalisation, pooling and elementwise arithmetic are never turned round.
 */
import type { Tensor, Tf } from './tf.js';

/** `plain`: the graph's order. `channels-last`: the channel axis (1) moved to the end; only for four axes and more. */
export type Layout = 'plain' | 'channels-last';

/** What an operation made. */
export interface Made {
  readonly tensor: Tensor;
  readonly layout: Layout;
}

/** Where the axes of a value of `rank` axes lie: memory axis `i` is the graph's axis `order[i]`. */
export function memoryOrder(rank: number, layout: Layout): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return layout === 'plain' ? axes : [0, ...axes.slice(2), 1];
}

/** The memory axis of the graph's axis. */
export function memoryAxis(axis: number, rank: number, layout: Layout): number {
  return memoryOrder(rank, layout).indexOf(axis);
}

/** Numbers given for each axis of the graph, in memory order. */
export function inMemoryOrder<T>(values: readonly T[], layout: Layout): T[] {
  return memoryOrder(values.length, layout).flatMap((axis) => values.slice(axis, axis + 1));
}

/** `tensor` with its axes in another order. Where only axes of extent 1 move, memory stays as it is. */
export function permuted(tf: Tf, tensor: Tensor, permutation: readonly number[]): Tensor {
  const moved = permutation.filter((axis) => tensor.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? 0))) {
    return tf.reshape(tensor, permutation.map((axis) => tensor.shape[axis] ?? 1));
  }
  return tf.transpose(tensor, [...permutation]);
}

/** A value during a run, in one or both orders. Its tensors live until {@link HeldValue.dispose}. */
export class HeldValue {
  #plain: Tensor | undefined;
  #channelsLast: Tensor | undefined;
  /** The order in which the value was made. */
  readonly layout: Layout;
  readonly rank: number;

  /** @param owned - whether `dispose` disposes of the tensor itself, and not only of what was made from it here */
  constructor(
    private readonly tf: Tf,
    private readonly made: Made,
    private readonly owned: boolean,
  ) {
    this.layout = made.layout;
    this.rank = made.tensor.rank;
    if (made.layout === 'plain') this.#plain = made.tensor;
    else this.#channelsLast = made.tensor;
  }

  /** The value in a layout; kept, so that no `tidy` takes it away and the next operation finds it. */
  as(layout: Layout): Tensor {
    return layout === 'plain' ? this.plain() : this.channelsLast();
  }

  plain(): Tensor {
    this.#plain ??= this.#turned(memoryOrder(this.rank, 'plain').map((axis) => memoryAxis(axis, this.rank, 'channels-last')));
    return this.#plain;
  }

  channelsLast(): Tensor {
    this.#channelsLast ??= this.#turned(memoryOrder(this.rank, 'channels-last'));
    return this.#channelsLast;
  }

  /** Whether a tensor is this value's own. */
  holds(tensor: Tensor): boolean {
    return tensor === this.#plain || tensor === this.#channelsLast;
  }

  dispose(): void {
    for (const tensor of [this.#plain, this.#channelsLast]) {
      if (tensor !== undefined && (this.owned || tensor !== this.made.tensor)) tensor.dispose();
    }
  }

  #turned(permutation: readonly number[]): Tensor {
    return this.tf.keep(permuted(this.tf, this.made.tensor, permutation));
  }
}
