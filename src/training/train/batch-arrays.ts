/** Examples as the arrays that a step reads. */
import { FramewitnessError } from '../../domain/errors.js';
import type { RgbImage } from '../../domain/media.js';
import { normaliseCrops, type PreprocessingName } from '../../models/preprocessing.js';
import type { Example } from '../examples.js';
import { Random } from '../random.js';
import { changedMap, counterparts } from './changed-map.js';

/** What batches are made for. */
export interface BatchFormat {
  readonly kind: 'frame' | 'clip';
  readonly inputSize: number;
  readonly clipLength: number;
  readonly range: PreprocessingName;
  /** Methods that are classes of their own, class 1 first. */
  readonly methods: readonly string[];
  /** Probabilities of mirroring, and of playing backwards. */
  readonly flip: number;
  readonly reverse: number;
}

/** A batch as arrays. */
export interface BatchArrays {
  readonly count: number;
  /** N × 3 × S × S, or N × T × 3 × S × S. */
  readonly input: Float32Array;
  readonly inputShape: readonly number[];
  /** 1 = forged. */
  readonly labels: Float32Array;
  /** N × S × S in [0, 1]; absent unless a mask came with every forged example. */
  readonly masks?: Float32Array;
  readonly methods: Int32Array;
  /** Number of each one's pair; -1 where it has none. */
  readonly pairs: Int32Array;
}

function mirroredImage({ size, data }: RgbImage): RgbImage {
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [to, from] = [3 * (y * size + x), 3 * (y * size + size - 1 - x)];
      for (let c = 0; c < 3; c++) mirrored[to + c] = data[from + c] ?? 0;
    }
  }
  return { size, data: mirrored };
}

function mirroredMask(mask: Float32Array): Float32Array {
  const size = Math.round(Math.sqrt(mask.length));
  return mask.map((_, i) => mask[i - (i % size) + size - 1 - (i % size)] ?? 0);
}

/** Mirrors and turns round in time, both of a pair alike. @param random - of the step */
export function varied(examples: readonly Example[], { flip, reverse }: BatchFormat, random: Random): readonly Example[] {
  if (flip === 0 && reverse === 0) return examples;
  return examples.map((example, index) => {
    const own = random.fork(example.pair === undefined ? `example ${index}` : `pair ${example.pair}`);
    const [flips, reverses] = [own.chance(flip), own.chance(reverse)];
    const crops = flips ? example.crops.map(mirroredImage) : example.crops;
    const mask = example.mask !== undefined && flips ? mirroredMask(example.mask) : example.mask;
    return { ...example, crops: reverses ? [...crops].reverse() : crops, ...(mask === undefined ? {} : { mask }) };
  });
}

function masksOf(examples: readonly Example[], size: number): Float32Array | undefined {
  if (examples.some(({ label, mask }) => label === 1 && mask === undefined)) return undefined;
  const masks = new Float32Array(examples.length * size * size);
  examples.forEach(({ mask }, i) => {
    if (mask === undefined) return;
    if (mask.length !== size * size) throw new FramewitnessError('FW_TRAINING_DATA', `a mask has ${mask.length} values, the input has ${size} × ${size} pixels`);
    masks.set(mask, i * size * size);
  });
  return masks;
}

function methodOf({ label, method }: Example, methods: readonly string[]): number {
  if (label === 0) return 0;
  if (methods.length === 0) return 1;
  const index = method === undefined ? -1 : methods.indexOf(method);
  if (index < 0) throw new FramewitnessError('FW_TRAINING_DATA', `a forged example is of the method ${method ?? '(none)'}, which is not in data.methods: ${methods.join(', ')}`);
  return index + 1;
}

/**
 * Arrays of a batch.
 *
 * @throws FramewitnessError FW_TRAINING_DATA where an example has another number of faces, a mask of another size, or an unlisted method
 */
export function batchArrays(examples: readonly Example[], format: BatchFormat): BatchArrays {
  const { kind, inputSize: size, clipLength, range, methods } = format;
  const wrong = examples.find(({ crops }) => crops.length !== clipLength);
  if (wrong !== undefined) throw new FramewitnessError('FW_TRAINING_DATA', `an example has ${wrong.crops.length} face(s), the network takes ${clipLength}`);
  const count = examples.length;
  const masks = masksOf(examples, size);
  return {
    count,
    input: normaliseCrops(examples.flatMap(({ crops }) => crops), size, range),
    inputShape: kind === 'frame' ? [count, 3, size, size] : [count, clipLength, 3, size, size],
    labels: Float32Array.from(examples, ({ label }) => label),
    ...(masks === undefined ? {} : { masks }),
    methods: Int32Array.from(examples, (example) => methodOf(example, methods)),
    pairs: Int32Array.from(examples, ({ pair }) => pair ?? -1),
  };
}

/**
 * Where each example was changed, N × 1 × side × side: for forged ones against the real one of the pair.
 *
 * @throws FramewitnessError FW_TRAINING_DATA where a forged example has no pair
 */
export function changedMaps(examples: readonly Example[], side: number): Float32Array {
  const maps = new Float32Array(examples.length * side * side);
  const others = counterparts(examples);
  examples.forEach(({ label, crops }, i) => {
    if (label === 0) return;
    const [forged, real] = [crops[0], others[i]?.crops[0]];
    if (forged === undefined || real === undefined) throw new FramewitnessError('FW_TRAINING_DATA', 'a forged example has no real one in its pair, which auxiliary.target changed needs: take a recipe that forges real faces, or target mask');
    maps.set(changedMap(real, forged, side), i * side * side);
  });
  return maps;
}

/** Means of masks over the cells of a grid, N × 1 × side × side. @throws FramewitnessError FW_TRAINING_DATA where there are none */
export function pooledMasks({ masks, count }: BatchArrays, size: number, side: number): Float32Array {
  if (masks === undefined) throw new FramewitnessError('FW_TRAINING_DATA', 'a forged example has no mask, which auxiliary.target mask needs');
  const cell = Math.floor(size / side);
  const pooled = new Float32Array(count * side * side);
  for (let item = 0; item < count; item++) {
    for (let y = 0; y < side * cell; y++) {
      for (let x = 0; x < side * cell; x++) {
        const to = (item * side + Math.floor(y / cell)) * side + Math.floor(x / cell);
        pooled[to] = (pooled[to] ?? 0) + (masks[(item * size + y) * size + x] ?? 0) / (cell * cell);
      }
    }
  }
  return pooled;
}
