/**
 * Residual networks as torchvision builds and names them (He et al., "Deep Residual Learning for Image Recognition",
 * CVPR 2016): 18 and 34 layers of basic blocks, 50 of bottlenecks whose middle convolution carries the stride.
 */
import type { Pair, Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution } from '../inference/layers.js';

/** Layers of a residual network. */
export type ResNetDepth = 18 | 34 | 50;

/** Residual blocks in each of the four stages. */
const BLOCKS: Readonly<Record<ResNetDepth, readonly [number, number, number, number]>> = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3] };
/** Channels inside the blocks of the four stages. */
const WIDTHS = [64, 128, 256, 512] as const;
/** Channels of a bottleneck's output for each inside it. */
const EXPANSION = 4;

/** What a network calls the parts of its residual network. */
export interface ResNetNames {
  readonly conv1: string;
  readonly bn1: string;
  readonly relu: string;
  readonly maxpool: string;
  readonly stages: readonly [string, string, string, string];
}

/** Names of torchvision's modules. */
export const TORCHVISION_NAMES: ResNetNames = { conv1: 'conv1', bn1: 'bn1', relu: 'relu', maxpool: 'maxpool', stages: ['layer1', 'layer2', 'layer3', 'layer4'] };
/** Names where the modules were put into one `Sequential`. */
export const SEQUENTIAL_NAMES: ResNetNames = { conv1: '0', bn1: '1', relu: '2', maxpool: '3', stages: ['4', '5', '6', '7'] };

/** Options of {@link residualStage}. */
export interface ResidualStageOptions {
  readonly depth: ResNetDepth;
  /** 1 to 4: sets width and number of blocks. */
  readonly stage: 1 | 2 | 3 | 4;
  /** Of the first block. Default: 1 in the first stage, 2 in the others. */
  readonly stride?: number;
  /** Kernel of the first block's first convolution and of its shortcut; no padding. Default: as published. */
  readonly firstKernel?: number;
}

/** What happens inside a block, beside the shortcut. */
interface BlockOptions {
  readonly width: number;
  readonly stride: number;
  readonly firstKernel: number | undefined;
}

function basicBranch(block: GraphBuilder, x: Value, { width, stride, firstKernel }: BlockOptions): Value {
  const entry = firstKernel === undefined ? { kernel: 3, padding: 1 } : { kernel: firstKernel };
  const first = block.relu(batchNormalisation(block, 'bn1', convolution(block, 'conv1', x, { channels: width, stride, ...entry })), 'relu');
  return batchNormalisation(block, 'bn2', convolution(block, 'conv2', first, { channels: width, kernel: 3, padding: 1 }));
}

function bottleneckBranch(block: GraphBuilder, x: Value, { width, stride, firstKernel = 1 }: BlockOptions): Value {
  const first = block.relu(batchNormalisation(block, 'bn1', convolution(block, 'conv1', x, { channels: width, kernel: firstKernel })), 'relu');
  const second = block.relu(batchNormalisation(block, 'bn2', convolution(block, 'conv2', first, { channels: width, kernel: 3, stride, padding: 1 })), 'relu');
  return batchNormalisation(block, 'bn3', convolution(block, 'conv3', second, { channels: width * EXPANSION, kernel: 1 }));
}

/** One stage, called `name`: its first block changes channels and extent, the others keep them. */
export function residualStage(g: GraphBuilder, name: string, x: Value, { depth, stage, stride = stage === 1 ? 1 : 2, firstKernel }: ResidualStageOptions): Value {
  const [width, count] = [WIDTHS[stage - 1] ?? 0, BLOCKS[depth][stage - 1] ?? 0];
  const channels = depth === 50 ? width * EXPANSION : width;
  let y = x;
  for (let index = 0; index < count; index++) {
    const block = g.scope(`${name}.${index}`);
    const options: BlockOptions = { width, stride: index === 0 ? stride : 1, firstKernel: index === 0 ? firstKernel : undefined };
    const branch = depth === 50 ? bottleneckBranch(block, y, options) : basicBranch(block, y, options);
    const projected = options.stride !== 1 || y.shape[1] !== channels || options.firstKernel !== undefined;
    const shortcut = projected
      ? batchNormalisation(block, 'downsample.1', convolution(block, 'downsample.0', y, { channels, kernel: options.firstKernel ?? 1, stride: options.stride }))
      : y;
    // The last block has the stage's own name, as a probe of the stage would have it.
    y = g.relu(block.add(branch, shortcut), index === count - 1 ? name : `${name}.${index}`);
  }
  return y;
}

/** The stem: a strided 7 × 7 convolution, normalisation, ReLU and a strided maximum; n × 3 × S × S to n × 64 × S/4 × S/4. */
export function resNetStem(g: GraphBuilder, x: Value, names: ResNetNames = TORCHVISION_NAMES): Value {
  const y = batchNormalisation(g, names.bn1, convolution(g, names.conv1, x, { channels: 64, kernel: 7, stride: 2, padding: 3 }));
  return g.maxPool(g.relu(y, names.relu), { kernel: 3, stride: 2, padding: 1 }, names.maxpool);
}

/** Everything before the average: n × 3 × S × S to n × C × S/32 × S/32, C 512 or, of 50 layers, 2048. */
export function resNetTrunk(g: GraphBuilder, x: Value, depth: ResNetDepth, names: ResNetNames = TORCHVISION_NAMES): Value {
  let y = resNetStem(g, x, names);
  for (const stage of [1, 2, 3, 4] as const) y = residualStage(g, names.stages[stage - 1] ?? '', y, { depth, stage });
  return y;
}

/** Height and width of a value N × C × H × W. */
export function extentOf(x: Value): Pair {
  return [Number(x.shape[2]), Number(x.shape[3])];
}
