/** The convolutional part of VGG networks as torchvision numbers it (Simonyan and Zisserman, ICLR 2015). */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { convolution } from '../inference/layers.js';

type Module = number | 'relu' | 'pool';

/** Convolutions (by channels), each with its ReLU, and maxima, in order. */
function modules(blocks: readonly (readonly number[])[]): readonly Module[] {
  return blocks.flatMap((block): readonly Module[] => [...block.flatMap((channels): readonly Module[] => [channels, 'relu']), 'pool']);
}

const VGG19 = modules([[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512]]);

/**
 * The first `count` modules of VGG-19's `features` (37 in all); layers and keys are their numbers.
 *
 * @param x - n × 3 × S × S
 */
export function vgg19Features(g: GraphBuilder, x: Value, count: number): Value {
  return VGG19.slice(0, count).reduce((y, module, index) => {
    if (module === 'relu') return g.relu(y, `${index}`);
    if (module === 'pool') return g.maxPool(y, { kernel: 2 }, `${index}`);
    return convolution(g, `${index}`, y, { channels: module, kernel: 3, padding: 1, bias: true });
  }, x);
}
