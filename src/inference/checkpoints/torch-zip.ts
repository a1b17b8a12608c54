/** PyTorch's zip format (since 1.6): `NAME/data.pkl`, `NAME/data/KEY` for every storage, all stored without compression. */
import { unzipSync, type UnzipFileInfo } from 'fflate';
import { FramewitnessError } from '../../domain/errors.js';
import type { Checkpoint, CheckpointOptions } from './checkpoint.js';
import { PickleInput } from './pickle-input.js';
import { readPickle } from './pickle.js';
import { denseTensors, findStateDict } from './state-dict.js';
import { storageBytes, TorchHost } from './torch-values.js';

const MAX_ENTRIES = 200_000;
const STORED = 0;

/** Keeps account of a zip's entries before any of them is taken out. */
class Inventory {
  readonly #names = new Set<string>();
  #bytes = 0;

  constructor(
    private readonly size: number,
    private readonly fail: (problem: string) => never,
  ) {}

  /** Whether an entry is one of a checkpoint's. */
  admit({ name, compression, size, originalSize }: UnzipFileInfo): boolean {
    // Two entries of one name may be read as two different files by two programs.
    if (this.#names.has(name)) this.fail(`the entry ${shown(name)} is there twice`);
    this.#names.add(name);
    if (this.#names.size > MAX_ENTRIES) this.fail(`it has more than ${MAX_ENTRIES} entries`);
    if (/(^|\/)(code\/|constants\.pkl$)/.test(name)) this.fail("it is a TorchScript archive, which holds a program: save the network's state_dict() instead");
    if (!/(^|\/)(data\.pkl|byteorder|data\/[^/]+)$/.test(name)) return false;
    // Stored entries cannot be larger than the file: there is nothing that could be blown up.
    if (compression !== STORED) this.fail(`the entry ${shown(name)} is compressed, which PyTorch never does`);
    this.#bytes += originalSize;
    if (size !== originalSize || this.#bytes > this.size) this.fail(`the entry ${shown(name)} claims ${originalSize} bytes`);
    return true;
  }
}

function shown(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '\uFFFD').slice(0, 120);
}

/**
 * Reads a file.
 *
 * @throws FramewitnessError FW_CHECKPOINT_UNSAFE naming what its pickle asks for and is not allowed, FW_MODEL_FORMAT
 */
export function readTorchZip(bytes: Uint8Array, what: string, options: CheckpointOptions = {}): Checkpoint {
  const fail = (problem: string, cause?: unknown): never => {
    throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: ${problem}`, cause === undefined ? {} : { cause });
  };
  const inventory = new Inventory(bytes.length, fail);
  let entries: Readonly<Record<string, Uint8Array>>;
  try {
    entries = unzipSync(bytes, { filter: (entry) => inventory.admit(entry) });
  } catch (error) {
    if (error instanceof FramewitnessError) throw error;
    return fail('its zip archive is damaged', error);
  }
  const pickles = Object.keys(entries).filter((name) => /(^|\/)data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) return fail('it is a zip archive, but not of PyTorch: it must have one data.pkl');
  const root = pickle.slice(0, -'data.pkl'.length);
  const order = entries[`${root}byteorder`];
  if (order !== undefined && Buffer.from(order).toString('latin1') !== 'little') return fail('its numbers are big-endian; save it on a little-endian machine');

  const host = new TorchHost(what);
  const value = readPickle(new PickleInput(entries[pickle] ?? new Uint8Array(), what), host);
  for (const storage of host.storages.values()) {
    const data = entries[`${root}data/${storage.key}`];
    if (data?.length !== storageBytes(storage)) return fail(`storage ${shown(storage.key)} has ${data?.length ?? 'no'} bytes, not ${storageBytes(storage)}`);
    storage.bytes = data;
  }
  const { entry, tensors } = findStateDict(value, what, options.entry);
  return { format: 'pytorch-zip', entry, tensors: denseTensors(tensors, bytes.length, what) };
}
