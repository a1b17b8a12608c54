/** Parts of LGRR (lgrr.ts): central-difference convolution, spatial attention, interactive attention, windows. */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution } from '../inference/layers.js';

/** Share of the central difference (Yu et al., "Searching Central Difference Convolutional Networks", CVPR 2020). */
const THETA = 0.7;

/**
 * 3 × 3 central-difference convolution: y = conv(x, w) - theta · conv(x, sum of w over its 3 × 3). Both parts read x at
 * the kernel's centre, so the difference goes into one kernel: theta times the sum is taken off the centre tap.
 */
export function centralDifference(g: GraphBuilder, name: string, x: Value, channels: number): Value {
  const module = g.scope(name);
  const weight = module.parameter('conv.weight', [channels, Number(x.shape[1]), 3, 3]);
  const mean = module.reduceMean(weight, [2, 3], true, 'mean');
  const centre = module.constant('centre', [1, 1, 3, 3], [0, 0, 0, 0, 9 * THETA, 0, 0, 0, 0]);
  return g.conv2d(x, module.sub(weight, module.mul(mean, centre, 'difference'), 'kernel'), { padding: 1 }, name);
}

/** 3 × 3 convolution that keeps the extent, normalisation and ReLU; the ReLU is module `first + 2`. */
export function convolved(g: GraphBuilder, x: Value, channels: number, first: number, kind: 'plain' | 'biased' | 'difference'): Value {
  const name = `${first}`;
  const y = kind === 'difference' ? centralDifference(g, name, x, channels) : convolution(g, name, x, { channels, kernel: 3, padding: 1, bias: kind === 'biased' });
  return g.relu(batchNormalisation(g, `${first + 1}`, y), `${first + 2}`);
}

/** A stage of either stream: three convolutions and a strided maximum; halves the extent. */
export function stage(g: GraphBuilder, name: string, x: Value, kind: 'biased' | 'difference'): Value {
  const module = g.scope(name);
  let y = x;
  for (const [index, channels] of [128, 196, 128].entries()) y = convolved(module, y, channels, 3 * index, kind);
  return g.maxPool(y, { kernel: 3, stride: 2, padding: 1 }, name);
}

/** Spatial attention on the picture itself: a gate from mean and maximum over its channels, then 64 maps. */
export function spatialAttention(g: GraphBuilder, name: string, x: Value): Value {
  const module = g.scope(name);
  const both = module.concat([module.reduceMean(x, [1], true, 'mean'), module.reduceMax(x, [1], true, 'maximum')], 1, 'both');
  const gate = module.sigmoid(convolution(module, 'conv_atten', both, { channels: 1, kernel: 3, padding: 1 }), 'gate');
  const maps = convolution(module, 'conv', module.mul(x, gate, 'gated'), { channels: 64, kernel: 3, padding: 1 });
  return g.relu(batchNormalisation(module, 'bn', maps), name);
}

/** Two gates, N × 1 × H × W each, from both streams; applied to the streams as they came. */
export function interactiveAttention(g: GraphBuilder, name: string, residual: Value, spatial: Value): { readonly residual: Value; readonly spatial: Value } {
  const module = g.scope(name);
  const attended = (x: Value, branch: string): Value => module.mul(x, module.sigmoid(convolution(module, `${branch}.0`, x, { channels: 128, kernel: 1 }), branch), `${branch}.gated`);
  const both = module.concat([attended(residual, 'sSE_1'), attended(spatial, 'sSE_11')], 1, 'both');
  const mixed = module.relu(batchNormalisation(module, 'conv1.1', convolution(module, 'conv1.0', both, { channels: 256, kernel: 1 })), 'conv1');
  const gates = module.sigmoid(convolution(module, 'conv2.0', mixed, { channels: 2, kernel: 3, padding: 1 }), 'conv2');
  // The first gate has the module's own name, as a probe of the module would have it.
  const first = g.slice(gates, 1, 0, 1, name);
  return { residual: module.mul(residual, first, 'residual'), spatial: module.mul(spatial, module.slice(gates, 1, 1, 2, 'second'), 'spatial') };
}

/** Windows a side. */
export const WINDOWS = 3;

/** N×C×H×W in 3 × 3 windows: N × 9 × (h·w·C), windows in rows, each flattened height, width, channel. */
export function windows(g: GraphBuilder, x: Value, name: string): Value {
  const inner = g.scope(name);
  const [, channels, height, width] = x.shape.map(Number) as [number, number, number, number];
  const [h, w] = [height / WINDOWS, width / WINDOWS];
  const cut = inner.reshape(x, ['N', channels, WINDOWS, h, WINDOWS, w], 'cut');
  return g.reshape(inner.transpose(cut, [0, 2, 4, 3, 5, 1], 'turned'), ['N', WINDOWS * WINDOWS, h * w * channels], name);
}
