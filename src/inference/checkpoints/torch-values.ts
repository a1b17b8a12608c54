/** What PyTorch's pickles refer to: storages, tensors, and the few other constructors that checkpoints have. */
import { FramewitnessError } from '../../domain/errors.js';
import { ELEMENT_BYTES, STORAGE_TYPES, type ElementType } from './elements.js';
import { PickleDict, PickleGlobal, PickleList, PickleObject, PickleTuple, type PickleHost, type PickleValue } from './pickle.js';

/** Memory that tensors look into. Its bytes come with the file, in a legacy file after the pickle. */
export class TorchStorage extends PickleObject {
  readonly pickleKind = 'storage';
  /** Little-endian. */
  bytes: Uint8Array | undefined;

  constructor(
    readonly key: string,
    readonly type: ElementType,
    /** Length in elements. */
    readonly count: number,
  ) {
    super();
  }
}

/** A tensor as a view of a storage; offsets and strides in elements. */
export class TorchTensor extends PickleObject {
  readonly pickleKind = 'tensor';

  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
  }
}

/** Something that is carried along and never looked at: a device, a number format, a scalar of NumPy. */
export class TorchOpaque extends PickleObject {
  readonly pickleKind = 'opaque';
}

const MAX_AXES = 16;
const OPAQUE = new TorchOpaque();

/** Data that says nothing about weights; a call gives a placeholder, whatever the arguments. */
const OPAQUE_GLOBALS = ['torch.device', 'numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar', 'numpy.dtype', '_codecs.encode', 'argparse.Namespace', 'torch.serialization._get_layout'] as const;

const NUMBER_FORMATS = ['float32', 'float64', 'float16', 'bfloat16', 'uint8', 'int8', 'int16', 'int32', 'int64', 'bool'] as const;

/** The pickle side of one file: remembers the storages that it refers to. */
export class TorchHost implements PickleHost {
  /** By key. */
  readonly storages = new Map<string, TorchStorage>();
  readonly #globals: ReadonlyMap<string, PickleGlobal>;

  constructor(private readonly what: string) {
    const globals: readonly (readonly [name: string, build: (args: readonly PickleValue[]) => PickleValue])[] = [
      ['collections.OrderedDict', (args) => this.#dictionary(args)],
      ['torch._utils._rebuild_tensor', (args) => this.#tensor(args)],
      ['torch._utils._rebuild_tensor_v2', (args) => this.#tensor(args)],
      ['torch._utils._rebuild_parameter', ([tensor]) => this.#parameter(tensor)],
      ['torch.nn.parameter.Parameter', ([tensor]) => this.#parameter(tensor)],
      ['torch.Size', ([axes]) => axes ?? new PickleTuple([])],
      ...OPAQUE_GLOBALS.map((name) => [name, () => OPAQUE] as const),
      ...NUMBER_FORMATS.map((name) => [`torch.${name}`, () => OPAQUE] as const),
      ...Object.keys(STORAGE_TYPES).map((name) => [name, () => this.#fail(`it calls ${name}`)] as const),
    ];
    this.#globals = new Map(globals.map(([name, build]) => [name, new PickleGlobal(name, build)]));
  }

  global(name: string): PickleGlobal | undefined {
    return this.#globals.get(name);
  }

  /** `('storage', type, key, device, elements)`, in legacy files with a sixth element for views. */
  persistent(id: PickleValue): PickleValue {
    if (!(id instanceof PickleTuple)) return this.#fail('a persistent id is not a tuple');
    const [kind, type, key, , count, view] = id.items;
    const element = type instanceof PickleGlobal ? STORAGE_TYPES[type.name] : undefined;
    if (kind !== 'storage' || element === undefined || typeof key !== 'string' || !isCount(count)) return this.#fail('a persistent id is not a storage');
    if (view !== undefined && view !== null) return this.#fail(`storage ${key} is a view of another, as files of PyTorch 0.3 have it: save it again with a newer release`);
    const known = this.storages.get(key);
    if (known !== undefined) return known.type === element && known.count === count ? known : this.#fail(`storage ${key} is described in two ways`);
    const storage = new TorchStorage(key, element, count);
    this.storages.set(key, storage);
    return storage;
  }

  /** `OrderedDict()`, or with one list of pairs, as Python 2 wrote it. */
  #dictionary([pairs]: readonly PickleValue[]): PickleValue {
    const dictionary = new PickleDict();
    for (const pair of pairs instanceof PickleList ? pairs.items : []) {
      const [key, value] = pair instanceof PickleTuple || pair instanceof PickleList ? pair.items : [];
      if (key === undefined || value === undefined) return this.#fail('an ordered dictionary is made from what are not pairs');
      dictionary.entries.set(key, value);
    }
    return dictionary;
  }

  #parameter(tensor: PickleValue | undefined): PickleValue {
    return tensor instanceof TorchTensor ? tensor : this.#fail('a parameter holds no tensor');
  }

  /** `(storage, offset, shape, strides, …)`. */
  #tensor([storage, offset, shape, strides]: readonly PickleValue[]): PickleValue {
    if (!(storage instanceof TorchStorage) || !isCount(offset)) return this.#fail('a tensor has no storage');
    const [extents, steps] = [this.#counts(shape), this.#counts(strides)];
    if (extents.length !== steps.length || extents.length > MAX_AXES) return this.#fail(`a tensor has ${extents.length} axes and ${steps.length} strides`);
    const last = extents.reduce((at, extent, axis) => at + (extent - 1) * (steps[axis] ?? 0), offset);
    if (!extents.includes(0) && !(last < storage.count)) return this.#fail(`a tensor [${extents.join(', ')}] reaches beyond its storage of ${storage.count}`);
    return new TorchTensor(storage, offset, extents, steps);
  }

  #counts(value: PickleValue | undefined): readonly number[] {
    const items = value instanceof PickleTuple || value instanceof PickleList ? value.items : [];
    return items.map((item) => (isCount(item) ? item : this.#fail('a tensor has an axis that is no number')));
  }

  #fail(problem: string): never {
    throw new FramewitnessError('FW_MODEL_FORMAT', `${this.what}: ${problem}`);
  }
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Bytes of a storage. */
export function storageBytes({ count, type }: TorchStorage): number {
  return count * ELEMENT_BYTES[type];
}
