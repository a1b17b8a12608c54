/**
 * Keras weights in HDF5 files, read by the HDF5 library itself (h5wasm). It runs as WebAssembly over a file system in
 * memory, so a hostile file can reach neither this process's memory nor the disk; what it may hold is bounded here.
 */
import { FramewitnessError } from '../../domain/errors.js';
import type { Checkpoint, StoredTensor } from './checkpoint.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const MAX_DATASETS = 20_000;
const MAX_DEPTH = 16;
/** Compressed data sets may grow, but not without end. */
const MAX_NUMBERS_PER_BYTE = 16;

/** Whether bytes begin as HDF5 files do. */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** The parts of h5wasm that are used here. */
interface Hdf5Object {
  readonly type: string;
}
interface Hdf5Group extends Hdf5Object {
  keys(): string[];
  get(name: string): Hdf5Object | null;
}
interface Hdf5Dataset extends Hdf5Object {
  readonly shape: readonly number[] | null;
  readonly dtype: unknown;
  readonly value: unknown;
}

class Reader {
  readonly tensors = new Map<string, StoredTensor>();
  #numbers = 0;
  #seen = 0;

  constructor(
    private readonly fileBytes: number,
    private readonly fail: (problem: string) => never,
  ) {}

  /** @param path - names of the groups on the way, from the top */
  visit(group: Hdf5Group, path: readonly string[]): void {
    if (path.length > MAX_DEPTH) this.fail(`groups are nested more than ${MAX_DEPTH} deep`);
    for (const name of group.keys()) {
      this.#seen += 1;
      if (this.#seen > MAX_DATASETS) this.fail(`it has more than ${MAX_DATASETS} objects`);
      const item = group.get(name);
      const place = [...path, name];
      if (item?.type === 'Group') this.visit(item as Hdf5Group, place);
      else if (item?.type === 'Dataset') this.#dataset(item as Hdf5Dataset, place);
      // A link may lead anywhere, to another file too.
      else this.fail(`${place.join('/')} is a ${item?.type ?? 'thing'} and not a data set`);
    }
  }

  #dataset(dataset: Hdf5Dataset, path: readonly string[]): void {
    const name = path.join('/');
    const { shape, dtype } = dataset;
    if (shape === null) return this.fail(`${name} has no shape`);
    this.#numbers += shape.reduce((product, extent) => product * extent, 1);
    if (!(this.#numbers <= MAX_NUMBERS_PER_BYTE * this.fileBytes)) return this.fail(`${name} is larger than a file of ${this.fileBytes} bytes can hold`);
    const { value } = dataset;
    // Only weights: an optimizer's counters and texts are passed over.
    if (value instanceof Float32Array || value instanceof Float64Array) {
      this.tensors.set(name, { dims: shape, data: Float32Array.from(value), type: value instanceof Float32Array ? 'float32' : 'float64' });
    } else if (typeof dtype !== 'string' || /f/.test(dtype)) this.fail(`${name} has a number format that is not supported`);
  }
}

let files = 0;

/**
 * Reads a file: data sets by their path, `conv2d_5/conv2d_5/kernel:0`.
 *
 * @throws FramewitnessError FW_MODEL_FORMAT where the file is damaged, links elsewhere, or holds more than it can
 */
export async function readKeras(bytes: Uint8Array, what: string): Promise<Checkpoint> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: ${problem}`, cause === undefined ? {} : { cause });
  };
  // Loaded only here: it brings megabytes of WebAssembly.
  const { default: hdf5 } = await import('h5wasm');
  const { FS: disk } = await hdf5.ready;
  const path = `/weights-${files++}.h5`;
  disk.writeFile(path, bytes);
  try {
    const file = new hdf5.File(path, 'r');
    try {
      const reader = new Reader(bytes.length, fail);
      reader.visit(file as unknown as Hdf5Group, []);
      return { format: 'keras-h5', entry: '', tensors: reader.tensors };
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof FramewitnessError) throw error;
    return fail('the HDF5 library cannot read it', error);
  } finally {
    disk.unlink(path);
  }
}
