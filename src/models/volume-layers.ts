/**
 * Convolution and maximum over time, height and width, from the operations on images: N × T × C × H × W in and out. The
 * frames that a kernel sees from one place are put side by side as channels, so that one convolution of images does the
 * sum over the kernel's steps too. Layers are named `NAME.clips` where PyTorch's module has its channels before the time.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation } from '../inference/layers.js';

/** Extents along time, and along height and width. */
export interface TimeAndSpace {
  readonly time: number;
  readonly space: number;
}

/** Options of {@link normalisedConvolution3d}: odd kernels, padded by half of them. */
export interface Convolution3dOptions {
  readonly channels: number;
  readonly kernel: TimeAndSpace;
  /** Default: 1 and 1. */
  readonly stride?: TimeAndSpace;
}

/** Below every other number: padding that never wins a maximum. */
const LOWEST = -3.4028234663852886e38;

function extents(x: Value): readonly [steps: number, channels: number, height: number, width: number] {
  const [, steps = NaN, channels = NaN, height = NaN, width = NaN] = x.shape.map(Number);
  return [steps, channels, height, width];
}

/** All frames as one batch: N × T × C × H × W to T·N × C × H × W. */
function asFrames(g: GraphBuilder, x: Value, name: string): Value {
  const [steps, ...frame] = extents(x);
  return g.reshape(x, [`${steps}*N`, ...frame], name);
}

function asClips(g: GraphBuilder, frames: Value, steps: number, name: string): Value {
  return g.reshape(frames, ['N', steps, ...frames.shape.slice(1)], name);
}

/** What each of a kernel's steps sees from every place: `kernel` values N × T' × C × H × W. */
function seenFrames(g: GraphBuilder, x: Value, kernel: number, stride: number, outside: number): readonly Value[] {
  const [steps, ...frame] = extents(x);
  const before = (kernel - 1) / 2;
  const places = Math.floor((steps - 1) / stride) + 1;
  // The last place is followed by a whole stride, so that places are groups of frames.
  const after = Math.max(0, kernel - 1 + places * stride - steps - before);
  const padded = before + after === 0 ? x : g.pad(x, [0, before, 0, 0, 0], [0, after, 0, 0, 0], outside, 'padded');
  return Array.from({ length: kernel }, (_, step) => {
    const range = g.slice(padded, 1, step, step + places * stride, `from${step}`);
    if (stride === 1) return range;
    const groups = g.reshape(range, ['N', places, stride, ...frame], `groups${step}`);
    return g.reshape(g.slice(groups, 2, 0, 1, `first${step}`), ['N', places, ...frame], `step${step}`);
  });
}

/**
 * `torch.nn.Conv3d` without bias, its weight O × C × kT × kH × kW, and `torch.nn.BatchNorm3d` in evaluation mode. The images
 * are normalised before they become clips again, so that serving merges the two.
 */
export function normalisedConvolution3d(g: GraphBuilder, names: { readonly conv: string; readonly bn: string }, x: Value, options: Convolution3dOptions): Value {
  const { channels, kernel, stride = { time: 1, space: 1 } } = options;
  const module = g.scope(names.conv);
  const inputs = extents(x)[1];
  const seen = seenFrames(module, x, kernel.time, stride.time, 0);
  const wide = seen.length === 1 && seen[0] !== undefined ? seen[0] : module.concat(seen, 2, 'seen');
  const weight = module.parameter('weight', [channels, inputs, kernel.time, kernel.space, kernel.space]);
  const turned = module.reshape(module.transpose(weight, [0, 2, 1, 3, 4], 'turned'), [channels, kernel.time * inputs, kernel.space, kernel.space], 'kernel');
  const images = module.conv2d(asFrames(module, wide, 'frames'), turned, { stride: stride.space, padding: (kernel.space - 1) / 2 }, 'images');
  return asClips(g, batchNormalisation(g, names.bn, images), extents(wide)[0], `${names.bn}.clips`);
}

/** `torch.nn.MaxPool3d` of 3 × 3 × 3 with stride 2 and padding 1. */
export function maxPool3d(g: GraphBuilder, name: string, x: Value): Value {
  const module = g.scope(name);
  const frames = module.maxPool(asFrames(module, x, 'frames'), { kernel: 3, stride: 2, padding: 1 }, 'images');
  const [first, second, third] = seenFrames(module, asClips(module, frames, extents(x)[0], 'clips'), 3, 2, LOWEST);
  if (first === undefined || second === undefined || third === undefined) throw new TypeError('a kernel of three has three steps');
  return module.maximum(module.maximum(first, second), third, 'clips');
}
