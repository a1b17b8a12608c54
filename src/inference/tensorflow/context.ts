/** What the operations of a run see of it. */
import type { GraphNode, Value } from '../graph.js';
import type { Shape } from '../shapes.js';
import type { DropoutSeed } from './dropout.js';
import type { HeldValue } from './layout.js';
import type { Tensor, Tf } from './tf.js';

/** Where a run finds and leaves what outlives it. */
export interface RunStore {
  /** The tensor of a parameter or constant, in the graph's order. It stays the store's. */
  sourceOf(value: Value): Tensor;
  /**
   * A tensor made from parameters and constants alone, such as a turned filter. A store whose parameters never change
   * keeps it for the next run; others make it anew.
   */
  prepared(key: string, make: () => Tensor): Tensor;
  /** Takes in the statistics of a batch: a new running mean or variance. */
  setStatistic(value: Value, tensor: Tensor): void;
}

/** How a run goes. */
export interface RunMode {
  /** `train`: normalisation by the batch's own statistics, which move the running ones, and dropout. */
  readonly mode: 'evaluate' | 'train';
  /** Whether a gradient is taken through the run. Some kernels have none and are then replaced. */
  readonly differentiable: boolean;
  readonly dropoutSeed: DropoutSeed;
  /** In training: beginnings of the parameter names of normalisations that use their running statistics all the same. */
  readonly fixedStatistics: readonly string[];
}

/** What the operations of a run see. */
export interface RunContext extends RunMode {
  readonly tf: Tf;
  readonly node: GraphNode;
  readonly inputs: readonly HeldValue[];
  readonly store: RunStore;
  shapeOf(shape: Shape): number[];
}
