/**
 * The parts of Xception (Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017), with the
 * module names of the PyTorch port that FaceForensics++, Luo et al. and Cao et al. build on. Each is a function over the
 * scope of its network, so that half an Xception, or two side by side, are written with the same lines.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution } from '../inference/layers.js';

/** Options of {@link xceptionBlock}. */
export interface XceptionBlockOptions {
  readonly channels: number;
  /** Separable convolutions in the block. Default 3. */
  readonly repeats?: number;
  /** 2 adds a pooling at the end of the main path and strides the shortcut. Default 1. */
  readonly stride?: 1 | 2;
  /** Whether a ReLU comes before the first convolution; without it the indices in the keys move up by one. Default true. */
  readonly startsWithRelu?: boolean;
  /** Whether the first convolution changes the number of channels; else the last one does. Default true. */
  readonly growsFirst?: boolean;
}

/** Depthwise 3 × 3 (`conv1`), then pointwise (`pointwise`), both without bias. The layer has the module's name. */
export function separableConvolution(g: GraphBuilder, name: string, x: Value, channels: number): Value {
  const module = g.scope(name);
  const depthwise = convolution(module, 'conv1', x, { channels: Number(x.shape[1]), kernel: 3, padding: 1, groups: Number(x.shape[1]) });
  return g.conv2d(depthwise, module.parameter('pointwise.weight', [channels, Number(x.shape[1]), 1, 1]), {}, name);
}

/** A residual block: ReLU, separable convolution and normalisation several times, added to the input or its projection. */
export function xceptionBlock(g: GraphBuilder, name: string, x: Value, options: XceptionBlockOptions): Value {
  const { channels, repeats = 3, stride = 1, startsWithRelu = true, growsFirst = true } = options;
  const block = g.scope(name);
  const incoming = Number(x.shape[1]);
  let y = x;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const index = 3 * repeat + (startsWithRelu ? 1 : 0);
    if (index > 0) y = block.relu(y, `rep.${index - 1}`);
    const grown = growsFirst || repeat === repeats - 1;
    y = separableConvolution(block, `rep.${index}`, y, grown ? channels : incoming);
    y = batchNormalisation(block, `rep.${index + 1}`, y);
  }
  if (stride === 2) y = block.maxPool(y, { kernel: 3, stride: 2, padding: 1 }, 'pool');
  const projects = incoming !== channels || stride !== 1;
  const shortcut = projects ? batchNormalisation(block, 'skipbn', convolution(block, 'skip', x, { channels, kernel: 1, stride })) : x;
  return g.add(y, shortcut, name);
}

/** `conv1`, `bn1`, ReLU: N×3×H×W to N×32×⌊(H-1)/2⌋×⌊(W-1)/2⌋. */
export function xceptionFirst(g: GraphBuilder, x: Value): Value {
  return g.relu(batchNormalisation(g, 'bn1', convolution(g, 'conv1', x, { channels: 32, kernel: 3, stride: 2 })));
}

/** `conv2`, `bn2`, ReLU: N×32×H×W to N×64×(H-2)×(W-2). */
export function xceptionSecond(g: GraphBuilder, x: Value): Value {
  return g.relu(batchNormalisation(g, 'bn2', convolution(g, 'conv2', x, { channels: 64, kernel: 3 })));
}

/** How each of the twelve blocks differs, in their order. */
const BLOCKS: readonly XceptionBlockOptions[] = [
  { channels: 128, repeats: 2, stride: 2, startsWithRelu: false },
  { channels: 256, repeats: 2, stride: 2 },
  { channels: 728, repeats: 2, stride: 2 },
  ...Array.from({ length: 8 }, () => ({ channels: 728 })),
  { channels: 1024, repeats: 2, stride: 2, growsFirst: false },
];

/** `block{from}` to `block{to}`, both included, of 1 to 12. */
export function xceptionBlocks(g: GraphBuilder, x: Value, from: number, to: number): Value {
  return BLOCKS.slice(from - 1, to).reduce((y, options, index) => xceptionBlock(g, `block${from + index}`, y, options), x);
}

/** `conv3`, `bn3`, ReLU, `conv4`, `bn4`: N×1024×H×W to N×2048×H×W, before the last ReLU. */
export function xceptionExit(g: GraphBuilder, x: Value): Value {
  const y = g.relu(batchNormalisation(g, 'bn3', separableConvolution(g, 'conv3', x, 1536)));
  return batchNormalisation(g, 'bn4', separableConvolution(g, 'conv4', y, 2048));
}
