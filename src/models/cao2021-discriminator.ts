/**
 * The discriminator of Cao et al. 2021 (see cao2021.ts): tells pairs of features of one face, strongly and lightly
 * compressed, apart, so that training can make them alike (Wasserstein distance with gradient penalty, Gulrajani et al.,
 * "Improved Training of Wasserstein GANs", NIPS 2017). Training only. The released training program does not use it, and no
 * weights were published: the keys are ours.
 */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { convolution, fullyConnected, leakyRelu } from '../inference/layers.js';

/** After a first layer that keeps channels and extent. */
const LAYERS = [
  { kernel: 4, stride: 2, padding: 1 },
  { kernel: 4, stride: 2, padding: 1 },
  { kernel: 4, stride: 1, padding: 0 },
] as const;
const WIDTH = 2048;

/**
 * How much like a pair in the right order it looks, without bounds.
 *
 * @param pair - N × 1456 × 19 × 19: two of the head's `features`, side by side; sides of 16 or more
 * @param width - channels of all layers but the first
 * @returns N × 1
 */
export function caoDiscriminator(g: GraphBuilder, pair: Value, width = WIDTH): Value {
  const first = { kernel: 3, padding: 1, channels: Number(pair.shape[1]) };
  let y = pair;
  for (const [index, options] of [first, ...LAYERS.map((layer) => ({ ...layer, channels: width }))].entries()) {
    y = leakyRelu(g, convolution(g, `conv${index + 1}`, y, { ...options, bias: true }), 0.2, `leakyrelu${index + 1}`);
  }
  return fullyConnected(g, 'linear', g.flatten(y), 1);
}
