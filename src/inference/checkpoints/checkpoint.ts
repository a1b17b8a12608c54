/** What is read from a checkpoint, whatever its format. */
import type { FloatTensor } from '../tensor.js';
import type { ElementType } from './elements.js';

/** A tensor as float32, and the number format that it was stored in. */
export interface StoredTensor extends FloatTensor {
  readonly type: ElementType;
}

/** Formats that are read. */
export type CheckpointFormat = 'pytorch-zip' | 'pytorch-legacy' | 'keras-h5' | 'safetensors';

/** A checkpoint. */
export interface Checkpoint {
  readonly format: CheckpointFormat;
  /** Where in the file the tensors were: `model_state_dict`; empty for the top. */
  readonly entry: string;
  /** By name, as the file has them. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Options of readers. */
export interface CheckpointOptions {
  /** Name of the state dict in a PyTorch checkpoint, where it is not one of the usual. */
  readonly entry?: string;
}
