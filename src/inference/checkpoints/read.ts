/** Reads a checkpoint by what its first bytes say, not by its name. */
import { FramewitnessError } from '../../domain/errors.js';
import { readSafetensors } from '../safetensors.js';
import type { Checkpoint, CheckpointOptions } from './checkpoint.js';
import { isHdf5, readKeras } from './keras.js';
import { isTorchLegacy, readTorchLegacy } from './torch-legacy.js';
import { readTorchZip } from './torch-zip.js';

const begins = (bytes: Uint8Array, start: readonly number[]): boolean => start.every((byte, i) => bytes[i] === byte);

/**
 * Reads a PyTorch checkpoint (zip or legacy), a Keras HDF5 file, or safetensors.
 *
 * @param what - what errors call the file
 * @throws FramewitnessError FW_CHECKPOINT_UNSAFE naming a constructor or opcode that a pickle may not use, FW_MODEL_FORMAT
 */
export async function readCheckpoint(bytes: Uint8Array, what: string, options: CheckpointOptions = {}): Promise<Checkpoint> {
  if (begins(bytes, [0x50, 0x4b, 0x03, 0x04])) return readTorchZip(bytes, what, options);
  if (isTorchLegacy(bytes)) return readTorchLegacy(bytes, what, options);
  if (isHdf5(bytes)) return readKeras(bytes, what);
  // A 64-bit header length, then JSON.
  if (bytes.length > 8 && bytes[8] === 0x7b) {
    const { tensors } = readSafetensors(bytes, what);
    return { format: 'safetensors', entry: '', tensors: new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, type: 'float32' }])) };
  }
  throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: it is none of a PyTorch checkpoint, a Keras HDF5 file and a safetensors file`);
}
