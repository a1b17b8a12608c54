/**
 * PyTorch's format before 1.6: five pickles (magic number, protocol, facts about the machine, the object, the keys of its
 * storages), then every storage as its length and its bytes.
 */
import { FramewitnessError } from '../../domain/errors.js';
import type { Checkpoint, CheckpointOptions } from './checkpoint.js';
import { PickleInput } from './pickle-input.js';
import { PickleDict, PickleList, readPickle, type PickleValue } from './pickle.js';
import { denseTensors, findStateDict } from './state-dict.js';
import { storageBytes, TorchHost } from './torch-values.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** Whether bytes begin as the format does: a pickle of protocol 2 of the magic number, ten bytes long. */
export function isTorchLegacy(bytes: Uint8Array): boolean {
  return bytes.length > 4 && bytes[0] === 0x80 && bytes[1] === 2 && bytes[2] === 0x8a && bytes[3] === 10;
}

/**
 * Reads a file.
 *
 * @throws FramewitnessError FW_CHECKPOINT_UNSAFE naming what its pickle asks for and is not allowed, FW_MODEL_FORMAT
 */
export function readTorchLegacy(bytes: Uint8Array, what: string, options: CheckpointOptions = {}): Checkpoint {
  const fail = (problem: string): never => {
    throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: ${problem}`);
  };
  const input = new PickleInput(bytes, what);
  const host = new TorchHost(what);
  const next = (): PickleValue => readPickle(input, host);
  if (next() !== MAGIC) return fail('it does not begin with the magic number of PyTorch');
  const protocol = next();
  if (protocol !== PROTOCOL) return fail(`its format version ${typeof protocol === 'number' ? protocol : ''} is not supported`);
  const machine = next();
  if (!(machine instanceof PickleDict) || machine.entries.get('little_endian') !== true) return fail('its numbers are big-endian; save it on a little-endian machine');
  const value = next();
  const keys = next();
  if (!(keys instanceof PickleList)) return fail('the keys of its storages are missing');
  for (const key of keys.items) {
    const storage = typeof key === 'string' ? host.storages.get(key) : undefined;
    if (storage === undefined) return fail('it has a storage that no tensor is in');
    const count = input.uint64();
    if (count !== storage.count || storage.bytes !== undefined) return fail(`storage ${storage.key} has ${count} numbers, not ${storage.count}`);
    storage.bytes = input.bytes(storageBytes(storage));
  }
  const { entry, tensors } = findStateDict(value, what, options.entry);
  return { format: 'pytorch-legacy', entry, tensors: denseTensors(tensors, bytes.length, what) };
}
