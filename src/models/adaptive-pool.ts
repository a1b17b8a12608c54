/** `torch.nn.AdaptiveAvgPool2d` over two axes of a sequence, as products with two fixed matrices. */
import type { Value } from '../inference/graph.js';
import type { GraphBuilder } from '../inference/graph-builder.js';

/** Row b holds the weights with which the `length` elements go into mean b of `bins`; neighbouring bins may overlap. */
export function averagingMatrix(bins: number, length: number): Float32Array {
  const matrix = new Float32Array(bins * length);
  for (let bin = 0; bin < bins; bin++) {
    const start = Math.floor((bin * length) / bins);
    const end = Math.ceil(((bin + 1) * length) / bins);
    matrix.fill(1 / (end - start), bin * length + start, bin * length + end);
  }
  return matrix;
}

/** N × T × F to N × bins × bins: means over bins of steps and of features; T may be shorter than `bins`. */
export function adaptiveAveragePlane(g: GraphBuilder, x: Value, bins: number, name: string): Value {
  const [steps, features] = [Number(x.shape[1]), Number(x.shape[2])];
  const overTime = g.constant(`${name}.time`, [1, bins, steps], averagingMatrix(bins, steps));
  const overFeatures = g.transpose(g.constant(`${name}.features`, [1, bins, features], averagingMatrix(bins, features)), [0, 2, 1], `${name}.columns`);
  return g.matMul(g.matMul(overTime, x, `${name}.rows`), overFeatures, name);
}
