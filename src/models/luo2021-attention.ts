/** The parts of Luo et al. 2021 (see luo2021.ts) that are not Xception: noise residuals, attention, fusion. */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';
import { batchNormalisation, convolution, fullyConnected } from '../inference/layers.js';
import { SRM_FILTERS } from './srm-filters.js';

/** Residuals are clipped here, on the scale of the input. */
const RESIDUAL_LIMIT = 3;

/**
 * Noise residuals of a picture: N × 3 × H × W to the same shape. Channel k is filter k over the sum of the three channels.
 * The published key `kernel` is a constant here.
 */
export function pictureResiduals(g: GraphBuilder, name: string, x: Value): Value {
  const module = g.scope(name);
  const kernel = module.constant('kernel', [3, 3, 5, 5], SRM_FILTERS.flatMap((taps) => [...taps, ...taps, ...taps]));
  return module.clip(module.conv2d(x, kernel, { padding: 2 }, 'filtered'), -RESIDUAL_LIMIT, RESIDUAL_LIMIT, 'truc');
}

/**
 * Noise residuals of features, mixed back to as many channels: N × C × H × W to the same shape.
 *
 * Each channel gives three. The paper means them to be its three residuals. The released code, on which released weights
 * depend, lays the filters out one after another (all C times the first, then the second, then the third) while the
 * grouped convolution takes three in a row for each channel: the first third of the channels meet the first filter three
 * times, the next third the second, the last third the third (where C is no multiple of 3, the channels between meet two
 * of them). It is kept so here.
 */
export function featureResiduals(g: GraphBuilder, name: string, x: Value): Value {
  const module = g.scope(name);
  const channels = Number(x.shape[1]);
  const taps = SRM_FILTERS.flatMap((filter) => Array.from({ length: channels }, () => filter).flat());
  const kernel = module.constant('kernel', [3 * channels, 1, 5, 5], taps);
  const residuals = module.clip(module.conv2d(x, kernel, { padding: 2, groups: channels }, 'filtered'), -RESIDUAL_LIMIT, RESIDUAL_LIMIT, 'truc');
  const mixed = convolution(module, 'out_conv.0', residuals, { channels, kernel: 1 });
  return module.relu(batchNormalisation(module, 'out_conv.1', mixed), 'out_conv.2');
}

/** Where to look, from the residuals: N × 3 × H × W to N × 1 × h × w in 0 to 1, of the size of the second stage's features. */
export function residualAttention(g: GraphBuilder, name: string, residuals: Value): Value {
  const module = g.scope(name);
  // Residuals of residuals, as published.
  let y = pictureResiduals(module, 'srm', residuals);
  y = module.relu(batchNormalisation(module, 'conv.1', convolution(module, 'conv.0', y, { channels: 32, kernel: 3, stride: 2 })), 'conv.2');
  y = module.relu(batchNormalisation(module, 'conv.4', convolution(module, 'conv.3', y, { channels: 64, kernel: 3 })), 'conv.5');
  const pa = module.scope('pa');
  const summary = pa.concat([pa.reduceMean(y, [1], true, 'mean'), pa.reduceMax(y, [1], true, 'max')], 1, 'summary');
  return pa.sigmoid(convolution(pa, 'conv', summary, { channels: 1, kernel: 7, padding: 3 }));
}

/** What one stream attends to in the other. */
interface Direction {
  /** Places × places: how alike each of its own places is to each of the other stream's. */
  readonly energy: Value;
  readonly own: Value;
  readonly other: Value;
  readonly index: 1 | 2;
}

/**
 * Dual cross-modality attention: each stream takes from the other what the likeness of their places says. Both keep their
 * shape N × C × h × w. The likeness goes through a linear layer over all places, so that weights fit one map size only.
 */
export function dualCrossAttention(g: GraphBuilder, name: string, x: Value, y: Value): readonly [Value, Value] {
  const module = g.scope(name);
  const [, channels, height, width] = x.shape.map(Number) as [number, number, number, number];
  const places = height * width;
  const keyChannels = Math.floor(channels / 8);
  const keys = (input: Value, index: 1 | 2): Value => {
    const own = convolution(module, `key_conv${index}`, input, { channels: keyChannels, kernel: 1, bias: true });
    const shared = convolution(module, 'key_conv_share', own, { channels: keyChannels, kernel: 1, bias: true });
    return module.reshape(shared, ['N', keyChannels, places], `keys${index}`);
  };
  const attend = ({ energy, own, other, index }: Direction): Value => {
    const attention = module.softmax(fullyConnected(module, `linear${index}`, energy, places), 2);
    const values = convolution(module, `value_conv${index === 1 ? 2 : 1}`, other, { channels, kernel: 1, bias: true });
    const flat = module.reshape(values, ['N', channels, places], `values${index}`);
    const taken = module.matMul(flat, module.transpose(attention, [0, 2, 1], `attention${index}`), `taken${index}`);
    const scaled = module.mul(module.reshape(taken, ['N', channels, height, width], `map${index}`), module.parameter(`gamma${index}`, [1]), `scaled${index}`);
    return module.add(own, scaled, `out${index}`);
  };
  const [a, b] = [keys(x, 1), keys(y, 2)];
  const energy = module.matMul(module.transpose(a, [0, 2, 1], 'queries'), b, 'energy');
  return [
    attend({ energy, own: x, other: y, index: 1 }),
    attend({ energy: module.transpose(energy, [0, 2, 1], 'energy-transposed'), own: y, other: x, index: 2 }),
  ];
}

/** N × 2048 × h × w and N × 2048 × h × w to one of that shape, with attention over the channels. */
export function fusedStreams(g: GraphBuilder, name: string, x: Value, y: Value, options: { readonly residual: boolean }): Value {
  const module = g.scope(name);
  const channels = Number(x.shape[1]);
  const joined = convolution(module, 'convblk.0', module.concat([x, y], 1, 'streams'), { channels, kernel: 1 });
  const fused = module.relu(batchNormalisation(module, 'convblk.1', joined), 'convblk.2');
  const ca = module.scope('ca');
  const shared = (pooled: Value): Value => {
    const mlp = ca.scope('sharedMLP');
    const hidden = mlp.relu(convolution(mlp, '0', pooled, { channels: channels / 16, kernel: 1 }), '1');
    return convolution(mlp, '2', hidden, { channels, kernel: 1 });
  };
  const average = shared(ca.globalAveragePool(fused, 'avg_pool'));
  const peak = shared(ca.reduceMax(fused, [2, 3], true, 'max_pool'));
  const attended = module.mul(fused, ca.sigmoid(ca.add(average, peak, 'sum')), 'attended');
  return options.residual ? module.add(fused, attended, 'fused') : attended;
}
