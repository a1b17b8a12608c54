/** Writes pickles of protocol 2 and PyTorch zip files by hand, the good and the bad. */
import { zipSync } from 'fflate';

const le32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
const text = (value: string): number[] => [...Buffer.from(value, 'utf8')];

/** Opcodes of one value each; join them with {@link pickle}. */
export const op = {
  text: (value: string): number[] => [0x58, ...le32(text(value).length), ...text(value)],
  int: (value: number): number[] => [0x4a, ...le32(value)],
  global: (module: string, name: string): number[] => [0x63, ...text(`${module}\n${name}\n`)],
  tuple: (...items: readonly number[][]): number[] => [0x28, ...items.flat(), 0x74],
  dict: (entries: Readonly<Record<string, readonly number[]>>): number[] => [0x7d, 0x28, ...Object.entries(entries).flatMap(([key, value]) => [...op.text(key), ...value]), 0x75],
  call: (callable: number[], ...args: readonly number[][]): number[] => [...callable, ...op.tuple(...args), 0x52],
};

/** A whole pickle. */
export function pickle(...parts: readonly number[][]): Uint8Array {
  return Uint8Array.from([0x80, 2, ...parts.flat(), 0x2e]);
}

/** A tensor as a view of a storage. */
export function tensor({ key = '0', type = 'FloatStorage', count, offset = 0, shape, strides }: { key?: string; type?: string; count: number; offset?: number; shape: readonly number[]; strides: readonly number[] }): number[] {
  const storage = [...op.tuple(op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(count)), 0x51];
  const hooks = op.call(op.global('collections', 'OrderedDict'));
  return op.call(op.global('torch._utils', '_rebuild_tensor_v2'), storage, op.int(offset), op.tuple(...shape.map(op.int)), op.tuple(...strides.map(op.int)), [0x89], hooks);
}

/** A zip file as PyTorch writes it; `level` 0 stores. */
export function torchZip(data: Uint8Array, storages: Readonly<Record<string, Uint8Array>>, others: Readonly<Record<string, Uint8Array>> = {}, level: 0 | 6 = 0): Uint8Array {
  const entries = { 'x/data.pkl': data, ...Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`x/data/${key}`, bytes])), ...others };
  return zipSync(entries, { level });
}

/** Little-endian float32. */
export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
