/** What a training loss is given and what it gives. */
import type { Graph } from '../../inference/graph.js';
import type { Tensor, Tf, Variable } from '../../inference/tensorflow/tf.js';
import type { NetworkShape } from '../../models/network.js';

/** What a loss learns or keeps between steps besides the network's parameters; goes into checkpoints. */
export interface LossState {
  /** Every variable by its key, which begins with `loss.`. */
  readonly byKey: ReadonlyMap<string, Variable>;
  /** Those that `total` lowers along with the network's: give them to the same optimiser. */
  readonly trainable: readonly Variable[];
  /**
   * Trains what works against the network (a discriminator), once before each step of the network.
   *
   * @param input - as the loss is given it; its outputs are taken as they are, no gradient goes to the network
   * @returns the adversary's own loss, scalar, for the caller to dispose of
   */
  readonly adversary?: (input: LossInput) => Tensor;
  dispose(): void;
}

/** What a loss reads. It disposes of nothing that it is given. */
export interface LossInput {
  readonly tf: Tf;
  /** As the network's graph names them, in the graph's order of axes. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** N, float32, 1 = forged for every network: a loss maps it to the network's own order of classes. */
  readonly labels: Tensor;
  /** N × S × S in 0 to 1: 1 = forged; what is outlined in a Face X-ray. */
  readonly masks?: Tensor;
  /** N, int32: 0 = real, 1 and up = how it was forged. */
  readonly methods?: Tensor;
  /** N, int32: items with the same number are the real and the forged of one draw, or one face at two qualities. */
  readonly pairs?: Tensor;
  /** From 0. */
  readonly step: number;
  readonly steps: number;
  readonly state?: LossState;
}

/** A loss and what it is made of. All are scalars; they are the caller's to dispose of, or a `tidy`'s. */
export interface LossValue {
  /** What the optimiser lowers. */
  readonly total: Tensor;
  /** By the names of `docs/reference/losses.md`, unweighted. */
  readonly parts: Readonly<Record<string, Tensor>>;
}

/**
 * A loss over a batch, differentiable by the outputs.
 *
 * @throws FramewitnessError FW_LOSS_UNFIT where the network lacks an output, or the batch masks or pairs, that the loss reads
 */
export type Loss = (input: LossInput) => LossValue;

/** What {@link createLoss} gives. */
export interface CreatedLoss {
  readonly loss: Loss;
  /** Makes what the loss keeps between steps; absent where it keeps nothing. */
  readonly variables?: (tf: Tf, shape: NetworkShape) => LossState;
  /** The network with outputs that only this loss reads, under the same parameters; absent: the network as it is. */
  readonly graph?: (shape: NetworkShape) => Graph;
  /** What a batch must bring along for it. */
  readonly needs: { readonly masks: boolean; readonly pairs: boolean };
}
