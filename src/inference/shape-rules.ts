/** Output shape of every operation, and what is wrong with shapes that do not fit. */
import type { Operation, Pair, Padding } from './graph.js';
import { elementCount, isSymbol, sameDimension, sameShape, showShape, type Dimension, type Shape } from './shapes.js';

/** Raised inside a rule; the graph builder adds network and layer. */
export class ShapeMismatch extends Error {}

function check(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new ShapeMismatch(problem);
}

function at(shape: Shape, axis: number): Dimension {
  const extent = shape[axis];
  check(extent !== undefined, `there is no axis ${axis} in ${showShape(shape)}`);
  return extent;
}

function fixed(shape: Shape, axis: number): number {
  const extent = at(shape, axis);
  check(typeof extent === 'number', `axis ${axis} of ${showShape(shape)} must be a known number`);
  return extent;
}

function rank(shape: Shape, wanted: number, what: string): void {
  check(shape.length === wanted, `${what} must have ${wanted} axes, has shape ${showShape(shape)}`);
}

function expectShape(actual: Shape | undefined, wanted: Shape, what: string): void {
  if (actual !== undefined) check(sameShape(actual, wanted), `${what} must have shape ${showShape(wanted)}, has ${showShape(actual)}`);
}

function positive(numbers: readonly number[], what: string, least = 1): void {
  check(numbers.every((n) => Number.isInteger(n) && n >= least), `${what} must be integers from ${least}, is [${numbers.join(', ')}]`);
}

/** Extents after a window of `kernel` has gone over a padded image. */
function windowed(x: Shape, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair): Pair {
  positive([...kernel, ...stride, ...dilation], 'kernel, stride and dilation');
  positive(padding, 'padding', 0);
  const along = (axis: 0 | 1): number => {
    const padded = fixed(x, 2 + axis) + padding[axis] + padding[axis === 0 ? 2 : 3];
    const reach = dilation[axis] * (kernel[axis] - 1) + 1;
    check(padded >= reach, `a window of ${reach} does not fit into ${padded} (axis ${2 + axis} of ${showShape(x)} with padding)`);
    return Math.floor((padded - reach) / stride[axis]) + 1;
  };
  return [along(0), along(1)];
}

function broadcast(a: Shape, b: Shape): Shape {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, index) => {
    const left = a[a.length - length + index] ?? 1;
    const right = b[b.length - length + index] ?? 1;
    if (left === 1) return right;
    check(right === 1 || sameDimension(left, right), `${showShape(a)} and ${showShape(b)} cannot be broadcast`);
    return left;
  });
}

function conv2d(operation: Operation & { op: 'conv2d' }, [x, weight, bias]: readonly [Shape, Shape, Shape | undefined]): Shape {
  rank(x, 4, 'the input');
  rank(weight, 4, 'the weight');
  const { groups, stride, padding, dilation } = operation;
  positive([groups], 'groups');
  const [channels, outputs, perGroup] = [fixed(x, 1), fixed(weight, 0), fixed(weight, 1)];
  check(
    perGroup * groups === channels,
    `the weight ${showShape(weight)} with ${groups} group(s) needs ${perGroup * groups} input channels, the input ${showShape(x)} has ${channels}`,
  );
  check(outputs % groups === 0, `${outputs} output channels cannot be divided into ${groups} groups`);
  expectShape(bias, [outputs], 'the bias');
  return [at(x, 0), outputs, ...windowed(x, [fixed(weight, 2), fixed(weight, 3)], stride, padding, dilation)];
}

function concat(axis: number, shapes: readonly Shape[]): Shape {
  const [first, ...others] = shapes;
  check(first !== undefined, 'there is nothing to concatenate');
  let total = fixed(first, axis);
  for (const other of others) {
    const fits = other.length === first.length && other.every((extent, i) => i === axis || sameDimension(extent, at(first, i)));
    check(fits, `${showShape(first)} and ${showShape(other)} differ elsewhere than along axis ${axis}`);
    total += fixed(other, axis);
  }
  return first.map((extent, i) => (i === axis ? total : extent));
}

function pad(x: Shape, before: readonly number[], after: readonly number[]): Shape {
  check(before.length === x.length && after.length === x.length, `padding must be given for each axis of ${showShape(x)}`);
  positive([...before, ...after], 'padding', 0);
  return x.map((extent, axis) => {
    const added = (before[axis] ?? 0) + (after[axis] ?? 0);
    return added === 0 ? extent : fixed(x, axis) + added;
  });
}

function linear(x: Shape, weight: Shape, bias: Shape | undefined): Shape {
  rank(weight, 2, 'the weight');
  const [features, outputs] = [fixed(weight, 1), fixed(weight, 0)];
  check(x.length >= 2 && sameDimension(at(x, x.length - 1), features), `the weight ${showShape(weight)} needs ${features} features, the input has shape ${showShape(x)}`);
  expectShape(bias, [outputs], 'the bias');
  return [...x.slice(0, -1), outputs];
}

function matMul(x: Shape, y: Shape): Shape {
  check(x.length >= 2 && y.length >= 2, `a matrix has two axes or more: ${showShape(x)} and ${showShape(y)}`);
  check(sameDimension(at(x, x.length - 1), at(y, y.length - 2)), `rows of ${showShape(x)} and columns of ${showShape(y)} differ in length`);
  return [...broadcast(x.slice(0, -2), y.slice(0, -2)), at(x, x.length - 2), at(y, y.length - 1)];
}

function reshape(x: Shape, wanted: Shape): Shape {
  check(sameDimension(elementCount(x), elementCount(wanted)), `${showShape(x)} cannot become ${showShape(wanted)}: ${elementCount(x)} elements are not ${elementCount(wanted)}`);
  // A bare symbol is the extent of some input; of products, one can be worked out from the number of elements.
  const unknown = wanted.filter((extent, axis) => typeof extent === 'string' && !isSymbol(extent) && !sameDimension(extent, x[axis] ?? -1));
  check(unknown.length <= 1, `${showShape(wanted)} has more than one extent that only the run can tell`);
  return wanted;
}

function recurrent(gates: number, hiddenSize: number, [x, inputWeight, recurrentWeight, inputBias, recurrentBias]: readonly (Shape | undefined)[]): Shape {
  check(x !== undefined, 'there is no input');
  rank(x, 3, 'the input');
  positive([hiddenSize], 'the hidden size');
  expectShape(inputWeight, [gates * hiddenSize, fixed(x, 2)], 'the input weight');
  expectShape(recurrentWeight, [gates * hiddenSize, hiddenSize], 'the recurrent weight');
  expectShape(inputBias, [gates * hiddenSize], 'the input bias');
  expectShape(recurrentBias, [gates * hiddenSize], 'the recurrent bias');
  return [at(x, 0), at(x, 1), hiddenSize];
}

/**
 * Shape of what an operation makes.
 *
 * @throws ShapeMismatch where the inputs or attributes do not fit, without the layer's name
 */
export function outputShape(operation: Operation, shapes: readonly Shape[]): Shape {
  const [x, second, third] = shapes;
  check(x !== undefined, 'there is no input');
  const other = (): Shape => {
    check(second !== undefined, 'the second input is missing');
    return second;
  };
  switch (operation.op) {
    case 'conv2d':
      return conv2d(operation, [x, other(), third]);
    case 'batchNorm':
      for (const [i, what] of ['weight', 'bias', 'running mean', 'running variance'].entries()) expectShape(shapes[i + 1], [at(x, 1)], `the ${what}`);
      return x;
    case 'relu':
    case 'sigmoid':
    case 'tanh':
    case 'exp':
    case 'sqrt':
    case 'erf':
      return x;
    case 'softmax':
      at(x, operation.axis);
      return x;
    case 'dropout':
      check(operation.rate >= 0 && operation.rate < 1, `the rate must be from 0 to below 1, is ${operation.rate}`);
      return x;
    case 'clip':
      check(operation.minimum <= operation.maximum, `the minimum ${operation.minimum} is above the maximum ${operation.maximum}`);
      return x;
    case 'prelu':
      check(sameShape(broadcast(x, other()), x), `a slope of shape ${showShape(other())} does not fit ${showShape(x)}`);
      return x;
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'maximum':
      return broadcast(x, other());
    case 'matMul':
      return matMul(x, other());
    case 'concat':
      return concat(operation.axis, shapes);
    case 'maxPool':
      rank(x, 4, 'the input');
      return [at(x, 0), at(x, 1), ...windowed(x, operation.kernel, operation.stride, operation.padding, [1, 1])];
    case 'globalAveragePool':
      rank(x, 4, 'the input');
      return [at(x, 0), at(x, 1), 1, 1];
    case 'resizeBilinear':
      rank(x, 4, 'the input');
      positive(operation.size, 'the size');
      return [at(x, 0), at(x, 1), ...operation.size];
    case 'pad':
      return pad(x, operation.before, operation.after);
    case 'linear':
      return linear(x, other(), third);
    case 'reshape':
      return reshape(x, operation.shape);
    case 'transpose':
      check(sameShape([...operation.permutation].sort((a, b) => a - b), x.map((_, axis) => axis)), `[${operation.permutation.join(', ')}] does not order the axes of ${showShape(x)}`);
      return operation.permutation.map((axis) => at(x, axis));
    case 'slice': {
      const extent = fixed(x, operation.axis);
      check(operation.start >= 0 && operation.start < operation.end && operation.end <= extent, `${operation.start}..${operation.end} is no part of the ${extent} along axis ${operation.axis}`);
      return x.map((all, axis) => (axis === operation.axis ? operation.end - operation.start : all));
    }
    case 'reduceMean':
    case 'reduceMax':
      for (const axis of operation.axes) at(x, axis);
      return x.flatMap((extent, axis) => (!operation.axes.includes(axis) ? [extent] : operation.keepDims ? [1] : []));
    case 'gru':
      return recurrent(3, operation.hiddenSize, shapes);
    case 'lstm':
      return recurrent(4, operation.hiddenSize, shapes);
  }
}
