/** Layers as PyTorch modules name their parameters: each is one module `name` below the builder's scope. */
import type { Pair, Padding, RecurrentDirection, Value } from './graph.js';
import type { GraphBuilder } from './graph-builder.js';

/** Options of {@link convolution}. */
export interface ConvolutionOptions {
  readonly channels: number;
  readonly kernel: number | Pair;
  readonly stride?: number | Pair;
  readonly padding?: number | Padding;
  readonly dilation?: number | Pair;
  readonly groups?: number;
  /** Default false. */
  readonly bias?: boolean;
}

/** `torch.nn.Conv2d`: `weight`, and `bias` where asked for. */
export function convolution(g: GraphBuilder, name: string, x: Value, options: ConvolutionOptions): Value {
  const { channels, kernel, bias = false, ...rest } = options;
  const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  const perGroup = Number(x.shape[1]) / (rest.groups ?? 1);
  const module = g.scope(name);
  const weight = module.parameter('weight', [channels, perGroup, height, width]);
  return g.conv2d(x, weight, bias ? { ...rest, bias: module.parameter('bias', [channels]) } : rest, name);
}

/** `torch.nn.BatchNorm2d` in evaluation mode. */
export function batchNormalisation(g: GraphBuilder, name: string, x: Value, epsilon = 1e-5): Value {
  const module = g.scope(name);
  const perChannel = (key: string): Value => module.parameter(key, [Number(x.shape[1])]);
  const parameters = { weight: perChannel('weight'), bias: perChannel('bias'), runningMean: perChannel('running_mean'), runningVariance: perChannel('running_var') };
  return g.batchNorm(x, { ...parameters, epsilon }, name);
}

/** `torch.nn.Linear` over the last axis. */
export function fullyConnected(g: GraphBuilder, name: string, x: Value, features: number): Value {
  const module = g.scope(name);
  const weight = module.parameter('weight', [features, Number(x.shape.at(-1))]);
  return g.linear(x, weight, module.parameter('bias', [features]), name);
}

/** Options of {@link recurrentLayers}. */
export interface RecurrentLayersOptions {
  readonly cell: 'gru' | 'lstm';
  readonly hiddenSize: number;
  /** Default 1. */
  readonly layers?: number;
  /** Default false. */
  readonly bidirectional?: boolean;
}

/**
 * `torch.nn.GRU` or `torch.nn.LSTM` with `batch_first` and a zero initial state: N×T×F to N×T×H, or N×T×2H where it is
 * bidirectional (forward states, then reverse ones). Layer and direction are in the keys: `weight_ih_l0`,
 * `weight_ih_l0_reverse`, …
 */
export function recurrentLayers(g: GraphBuilder, name: string, x: Value, options: RecurrentLayersOptions): Value {
  const { cell, hiddenSize, layers = 1, bidirectional = false } = options;
  const module = g.scope(name);
  const rows = (cell === 'gru' ? 3 : 4) * hiddenSize;
  const run = (input: Value, layer: number, direction: RecurrentDirection, label: string): Value => {
    const suffix = `l${layer}${direction === 'reverse' ? '_reverse' : ''}`;
    const parameters = {
      inputWeight: module.parameter(`weight_ih_${suffix}`, [rows, Number(input.shape.at(-1))]),
      recurrentWeight: module.parameter(`weight_hh_${suffix}`, [rows, hiddenSize]),
      inputBias: module.parameter(`bias_ih_${suffix}`, [rows]),
      recurrentBias: module.parameter(`bias_hh_${suffix}`, [rows]),
    };
    return g[cell](input, parameters, { hiddenSize, direction }, label);
  };
  let y = x;
  for (let layer = 0; layer < layers; layer++) {
    // The last layer has the module's own name, as a probe of the module would have it.
    const label = layer === layers - 1 ? name : `${name}.l${layer}`;
    y = bidirectional
      ? g.concat([run(y, layer, 'forward', `${label}.forward`), run(y, layer, 'reverse', `${label}.reverse`)], 2, label)
      : run(y, layer, 'forward', label);
  }
  return y;
}

/** `torch.nn.LayerNorm` over the last axis: biased variance, then `weight` and `bias`. */
export function layerNormalisation(g: GraphBuilder, name: string, x: Value, epsilon = 1e-5): Value {
  const module = g.scope(name);
  const features = Number(x.shape.at(-1));
  const last = x.shape.length - 1;
  const centred = module.sub(x, module.reduceMean(x, [last], true, 'mean'), 'centred');
  const variance = module.reduceMean(module.mul(centred, centred, 'square'), [last], true, 'variance');
  const deviation = module.sqrt(module.add(variance, module.scalar(epsilon), 'shifted'), 'deviation');
  const scaled = module.mul(module.div(centred, deviation, 'normalised'), module.parameter('weight', [features]), 'scaled');
  return g.add(scaled, module.parameter('bias', [features]), name);
}

/** `torch.nn.GELU`, the exact one: x/2 · (1 + erf(x / √2)). */
export function gelu(g: GraphBuilder, x: Value, name = 'gelu'): Value {
  const inner = g.scope(name);
  const tail = inner.add(inner.erf(inner.mul(x, inner.scalar(Math.SQRT1_2), 'ratio')), inner.scalar(1), 'tail');
  return g.mul(inner.mul(x, inner.scalar(0.5), 'half'), tail, name);
}

/** `torch.nn.LeakyReLU`. */
export function leakyRelu(g: GraphBuilder, x: Value, slope = 0.01, name = 'leakyRelu'): Value {
  return g.prelu(x, g.scalar(slope, `${name}.slope`), name);
}
