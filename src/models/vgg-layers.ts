/** Layers of VGG (Simonyan and Zisserman, ICLR 2015) as torchvision numbers them. */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { convolution } from '../inference/layers.js';

/** Output channels of a 3 × 3 convolution with ReLU, which count as two layers, or a pooling, which counts as one. */
export type VggLayer = number | 'pool';

/**
 * Part of VGG's `features`, over the scope of the module that holds it.
 *
 * @param first - torchvision's index of the first of `layers`
 */
export function vggLayers(g: GraphBuilder, x: Value, layers: readonly VggLayer[], first = 0): Value {
  let y = x;
  let index = first;
  for (const layer of layers) {
    if (layer === 'pool') y = g.maxPool(y, { kernel: 2 }, `${index}`);
    else y = g.relu(convolution(g, `${index}`, y, { channels: layer, kernel: 3, padding: 1, bias: true }), `${index + 1}`);
    index += layer === 'pool' ? 1 : 2;
  }
  return y;
}
