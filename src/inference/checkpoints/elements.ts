/** Number formats of stored tensors, and how each becomes float32. */
import { decodeFloat, decodeHalf } from '../half-precision.js';

/** A number format. */
export type ElementType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

/** Bytes of one number. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { float32: 4, float64: 8, float16: 2, bfloat16: 2, int64: 8, int32: 4, int16: 2, int8: 1, uint8: 1, bool: 1 };

const CLASSES: Readonly<Record<string, ElementType>> = {
  FloatStorage: 'float32', DoubleStorage: 'float64', HalfStorage: 'float16', BFloat16Storage: 'bfloat16', LongStorage: 'int64', IntStorage: 'int32', ShortStorage: 'int16', CharStorage: 'int8',
  ByteStorage: 'uint8', BoolStorage: 'bool',
};

/** PyTorch's storage classes, of the CPU and of GPUs. */
export const STORAGE_TYPES: Readonly<Record<string, ElementType>> = Object.fromEntries(
  Object.entries(CLASSES).flatMap(([name, type]) => [[`torch.${name}`, type], [`torch.cuda.${name}`, type]] as const),
);

/** Little-endian numbers as float32: exactly where they fit, else the nearest. */
export function decodeElements(bytes: Uint8Array, type: ElementType): Float32Array {
  if (type === 'float32') return decodeFloat(bytes);
  if (type === 'float16') return decodeHalf(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = ELEMENT_BYTES[type];
  const read: Readonly<Record<Exclude<ElementType, 'float32' | 'float16' | 'bfloat16'>, (at: number) => number>> = {
    float64: (at) => view.getFloat64(at, true),
    int64: (at) => Number(view.getBigInt64(at, true)),
    int32: (at) => view.getInt32(at, true),
    int16: (at) => view.getInt16(at, true),
    int8: (at) => view.getInt8(at),
    uint8: (at) => view.getUint8(at),
    bool: (at) => (view.getUint8(at) === 0 ? 0 : 1),
  };
  if (type === 'bfloat16') {
    // The upper half of a float32.
    const bits = Uint32Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, true) << 16);
    return new Float32Array(bits.buffer);
  }
  const one = read[type];
  return Float32Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => one(i * size));
}
