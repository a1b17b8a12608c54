/** The convolutional part of VGG networks as torchvision numbers it (Simonyan and Zisserman, ICLR 2015). */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { convolution } from '../inference/layers.js';

type Module = number | 'relu' | 'pool';

/** Convolutions (by channels), each with its ReLU, and maxima, in order. */
function modules(blocks: readonly (readonly number[])[]): readonly Module[] {
  return blocks.flatMap((block): readonly Module[] => [...block.flatMap((channels): readonly Module[] => [channels, 'relu']), 'pool']);
}

const VGG16 = modules([[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]);
const VGG19 = modules([[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512]]);

/** Modules `from` to before `end`; layers and keys are their numbers. */
function features(g: GraphBuilder, x: Value, network: readonly Module[], from: number, end: number): Value {
  return network.slice(from, end).reduce((y, module, offset) => {
    const name = `${from + offset}`;
    if (module === 'relu') return g.relu(y, name);
    if (module === 'pool') return g.maxPool(y, { kernel: 2 }, name);
    return convolution(g, name, y, { channels: module, kernel: 3, padding: 1, bias: true });
  }, x);
}

/**
 * Modules `from` to before `end` of VGG-16's `features` (31 in all); layers and keys are their numbers.
 *
 * @param x - what module `from` reads: n × C × H × W
 */
export function vgg16Features(g: GraphBuilder, x: Value, from: number, end: number): Value {
  return features(g, x, VGG16, from, end);
}

/**
 * The first `count` modules of VGG-19's `features` (37 in all); layers and keys are their numbers.
 *
 * @param x - n × 3 × S × S
 */
export function vgg19Features(g: GraphBuilder, x: Value, count: number): Value {
  return features(g, x, VGG19, 0, count);
}
