/** Layers as PyTorch modules name their parameters: each is one module `name` below the builder's scope. */
import type { Pair, Padding, Value } from './graph.js';
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

/** `torch.nn.GRU` with `batch_first`, one layer, one direction, zero initial state: N×T×F to N×T×H. */
export function gatedRecurrentUnit(g: GraphBuilder, name: string, x: Value, hiddenSize: number): Value {
  const module = g.scope(name);
  const parameters = {
    inputWeight: module.parameter('weight_ih_l0', [3 * hiddenSize, Number(x.shape.at(-1))]),
    recurrentWeight: module.parameter('weight_hh_l0', [3 * hiddenSize, hiddenSize]),
    inputBias: module.parameter('bias_ih_l0', [3 * hiddenSize]),
    recurrentBias: module.parameter('bias_hh_l0', [3 * hiddenSize]),
  };
  return g.gru(x, parameters, hiddenSize, name);
}
