/** Finds the state dict in what a checkpoint holds, and makes its tensors dense. */
import { FramewitnessError } from '../../domain/errors.js';
import { rowMajorStrides } from '../shapes.js';
import type { StoredTensor } from './checkpoint.js';
import { decodeElements, ELEMENT_BYTES } from './elements.js';
import { PickleDict, type PickleValue } from './pickle.js';
import { TorchTensor } from './torch-values.js';

/** Where training scripts put a network's state dict, in the order in which it is looked for. */
const ENTRIES = ['model_state_dict', 'state_dict', 'net', 'model', 'network', 'net_state_dict', 'params', 'weights', 'generator', 'module'] as const;
const MAX_DEPTH = 4;
/** All tensors together may have this many numbers for each byte of the file: storages are shared, but not without end. */
const MAX_NUMBERS_PER_BYTE = 4;

/** A state dict and the way to it. */
export interface FoundStateDict {
  /** Keys that lead to it, joined by dots; empty where the checkpoint is one. */
  readonly entry: string;
  readonly tensors: ReadonlyMap<string, TorchTensor>;
}

function tensorsOf(value: PickleValue): ReadonlyMap<string, TorchTensor> {
  const found = new Map<string, TorchTensor>();
  if (!(value instanceof PickleDict)) return found;
  for (const [key, item] of value.entries) if (typeof key === 'string' && item instanceof TorchTensor) found.set(key, item);
  return found;
}

/** A dictionary's items that are dictionaries, by key. */
function inner(value: PickleDict): ReadonlyMap<string, PickleDict> {
  return new Map([...value.entries].flatMap(([key, item]) => (typeof key === 'string' && item instanceof PickleDict ? [[key, item] as const] : [])));
}

/**
 * The state dict of a checkpoint: the checkpoint itself, or what lies under a name that training scripts use.
 *
 * @param entry - the name to look under, where several would do or none of the usual ones is there
 * @throws FramewitnessError FW_MODEL_FORMAT listing what there is
 */
export function findStateDict(root: PickleValue, what: string, entry?: string): FoundStateDict {
  if (!(root instanceof PickleDict)) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: it holds no dictionary of tensors; save the network's state_dict() alone`);
  if (entry !== undefined) {
    const tensors = tensorsOf(inner(root).get(entry) ?? null);
    if (tensors.size === 0) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: there are no tensors under ${entry}; it has ${listed(root)}`);
    return { entry, tensors };
  }
  const path: string[] = [];
  let here = root;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const tensors = tensorsOf(here);
    const dictionaries = inner(here);
    const next = ENTRIES.find((name) => dictionaries.has(name));
    // A training script's own tensors (a loss weight, say) may stand beside the state dict.
    if (tensors.size > 0 && next === undefined) return { entry: path.join('.'), tensors };
    const below = next === undefined ? undefined : dictionaries.get(next);
    if (next === undefined || below === undefined) break;
    path.push(next);
    here = below;
  }
  throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: no state dict was found under ${ENTRIES.join(', ')}; it has ${listed(root)}. Name its entry`);
}

function listed(root: PickleDict): string {
  const names = [...root.entries.keys()].slice(0, 12).map((key) => (typeof key === 'string' ? key.slice(0, 60) : '(not a name)'));
  return names.length === 0 ? 'nothing' : names.join(', ');
}

/** Numbers of a view, row-major; `storage` are all numbers of its storage. */
function gather({ offset, shape, strides }: TorchTensor, storage: Float32Array): Float32Array {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const dense = rowMajorStrides(shape);
  if (strides.every((stride, axis) => stride === dense[axis] || shape[axis] === 1)) return storage.slice(offset, offset + count);
  const index = new Array<number>(shape.length).fill(0);
  const data = new Float32Array(count);
  let at = offset;
  for (let i = 0; i < count; i++) {
    data[i] = storage[at] ?? NaN;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const stride = strides[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        at += stride;
        break;
      }
      at -= stride * (next - 1);
      index[axis] = 0;
    }
  }
  return data;
}

/**
 * Tensors with their numbers, whatever their strides and however they share storages.
 *
 * @param fileBytes - size of the file, which bounds what may come out of it
 */
export function denseTensors(tensors: ReadonlyMap<string, TorchTensor>, fileBytes: number, what: string): ReadonlyMap<string, StoredTensor> {
  let total = 0;
  for (const { shape } of tensors.values()) total += shape.reduce((product, extent) => product * extent, 1);
  if (total > MAX_NUMBERS_PER_BYTE * fileBytes) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: its tensors have ${total} numbers, which a file of ${fileBytes} bytes cannot hold`);
  const decoded = new Map<string, Float32Array>();
  return new Map([...tensors].map(([key, tensor]) => {
    const { storage, shape } = tensor;
    const bytes = storage.bytes;
    if (bytes?.length !== storage.count * ELEMENT_BYTES[storage.type]) throw new FramewitnessError('FW_MODEL_FORMAT', `${what}: the numbers of ${key} are missing`);
    const numbers = decoded.get(storage.key) ?? decodeElements(bytes, storage.type);
    decoded.set(storage.key, numbers);
    return [key, { dims: shape, data: gather(tensor, numbers), type: storage.type }];
  }));
}
