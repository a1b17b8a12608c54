/** How 8-bit face crops become a network's input. */
import { FramewitnessError } from '../domain/errors.js';
import type { RgbImage } from '../domain/media.js';
import { resizeRgb } from './image-resize.js';

type Triple = readonly [number, number, number];

/** A colour value becomes `(value / divisor - mean) / deviation`; mean and deviation are in the order of the input's channels. */
export interface Preprocessing {
  readonly order: 'rgb' | 'bgr';
  readonly divisor: number;
  readonly mean: Triple;
  readonly deviation: Triple;
}

const IMAGENET_MEAN: Triple = [0.485, 0.456, 0.406];
const IMAGENET_DEVIATION: Triple = [0.229, 0.224, 0.225];
const reversed = ([a, b, c]: Triple): Triple => [c, b, a];

/**
 * Every preprocessing, by the name that definitions and cards use. `127.5-1` is [-1, 1] (mean and deviation 0.5), `255` is
 * [0, 1], `imagenet` is the mean and deviation of ImageNet's colours that torchvision's weights were trained with, `caffe`
 * is [0, 255] less that mean, as the first Caffe networks had it.
 */
export const PREPROCESSINGS = {
  'rgb/127.5-1': { order: 'rgb', divisor: 127.5, mean: [1, 1, 1], deviation: [1, 1, 1] },
  'rgb/255': { order: 'rgb', divisor: 255, mean: [0, 0, 0], deviation: [1, 1, 1] },
  'rgb/imagenet': { order: 'rgb', divisor: 255, mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION },
  'bgr/127.5-1': { order: 'bgr', divisor: 127.5, mean: [1, 1, 1], deviation: [1, 1, 1] },
  'bgr/255': { order: 'bgr', divisor: 255, mean: [0, 0, 0], deviation: [1, 1, 1] },
  'bgr/caffe': { order: 'bgr', divisor: 1, mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1] },
  'bgr/imagenet': { order: 'bgr', divisor: 255, mean: reversed(IMAGENET_MEAN), deviation: reversed(IMAGENET_DEVIATION) },
} as const satisfies Readonly<Record<string, Preprocessing>>;

/** Name of a preprocessing. */
export type PreprocessingName = keyof typeof PREPROCESSINGS;

/** The names, for schemas. */
export const PREPROCESSING_NAMES = Object.keys(PREPROCESSINGS) as [PreprocessingName, ...PreprocessingName[]];

/** A preprocessing in words and symbols, for people. */
export function describePreprocessing(range: PreprocessingName): string {
  const { order, divisor, mean, deviation }: Preprocessing = PREPROCESSINGS[range];
  return `${order.toUpperCase()}, (colour 0..255 / ${divisor} - [${mean.join(', ')}]) / [${deviation.join(', ')}]`;
}

/** What each of the 256 values of each channel of the input becomes. */
function tables({ divisor, mean, deviation }: Preprocessing): readonly Float32Array[] {
  return mean.map((centre, channel) => Float32Array.from({ length: 256 }, (_, value) => (value / divisor - centre) / (deviation[channel] ?? NaN)));
}

/**
 * Writes crops as a network's input: three planes a face, one face after another.
 *
 * @param size - height and width of the network's input; crops of another size are resized
 * @throws FramewitnessError FW_MODEL_FAILED for a crop whose bytes do not fit its size
 */
export function normaliseCrops(crops: readonly RgbImage[], size: number, range: PreprocessingName): Float32Array {
  const preprocessing = PREPROCESSINGS[range];
  const plane = size * size;
  const input = new Float32Array(crops.length * 3 * plane);
  const lookUp = tables(preprocessing);
  crops.forEach((crop, index) => {
    if (!Number.isInteger(crop.size) || crop.size < 1 || crop.data.length !== crop.size * crop.size * 3) {
      throw new FramewitnessError('FW_MODEL_FAILED', `crop ${index} of side ${crop.size} has ${crop.data.length} bytes`);
    }
    const { data } = resizeRgb(crop, size);
    lookUp.forEach((table, channel) => {
      const start = (index * 3 + channel) * plane;
      const source = preprocessing.order === 'rgb' ? channel : 2 - channel;
      for (let pixel = 0; pixel < plane; pixel++) input[start + pixel] = table[data[3 * pixel + source] ?? 0] ?? 0;
    });
  });
  return input;
}
