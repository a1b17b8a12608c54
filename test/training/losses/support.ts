/** Losses on the plain JavaScript back end, with values and slopes read out. */
import assert from 'node:assert/strict';
import { loadGradients } from '../../../src/inference/tensorflow/backends.js';
import { createTensorflowExecutor } from '../../../src/inference/tensorflow/executor.js';
import type { Tensor } from '../../../src/inference/tensorflow/tf.js';
import { findNetwork } from '../../../src/models/registry.js';
import { createLoss } from '../../../src/training/losses/create.js';
import type { CreatedLoss, LossInput } from '../../../src/training/losses/loss.js';
import { lossSpecSchema } from '../../../src/training/losses/spec.js';

const executor = await createTensorflowExecutor({ backend: 'cpu' });
loadGradients();

/** The engine. */
export const { tf } = executor;

/** Numbers nested as a tensor's axes. */
export type Nested = number | readonly Nested[];

/** A batch, before its tensors are made. */
export interface Batch {
  readonly outputs: Readonly<Record<string, Nested>>;
  readonly labels: readonly number[];
  readonly masks?: Nested;
  readonly methods?: readonly number[];
  readonly pairs?: readonly number[];
}

/** A loss as a configuration asks for it. */
export function lossFor(spec: Readonly<Record<string, unknown>>, network: string): CreatedLoss {
  return createLoss(lossSpecSchema.parse(spec), findNetwork(network));
}

function tensorOf(value: Nested): Tensor {
  return tf.tensor(value, undefined, 'float32');
}

function inputOf(outputs: Readonly<Record<string, Tensor>>, { labels, masks, methods, pairs }: Batch): LossInput {
  return {
    tf,
    outputs,
    labels: tf.tensor1d([...labels]),
    step: 0,
    steps: 1,
    ...(masks === undefined ? {} : { masks: tensorOf(masks) }),
    ...(methods === undefined ? {} : { methods: tf.tensor1d([...methods], 'int32') }),
    ...(pairs === undefined ? {} : { pairs: tf.tensor1d([...pairs], 'int32') }),
  };
}

/** Total and parts of a loss. */
export function valueOf({ loss }: CreatedLoss, batch: Batch): { readonly total: number; readonly parts: Readonly<Record<string, number>> } {
  return tf.tidy(() => {
    const outputs = Object.fromEntries(Object.entries(batch.outputs).map(([name, value]) => [name, tensorOf(value)]));
    const { total, parts } = loss(inputOf(outputs, batch));
    return { total: total.dataSync()[0]!, parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.dataSync()[0]!])) };
  });
}

/** Slopes of the total by every output, flattened. */
export function slopesOf({ loss }: CreatedLoss, batch: Batch): Readonly<Record<string, Float32Array>> {
  return tf.tidy(() => {
    const names = Object.keys(batch.outputs);
    const slopes = tf.grads((...tensors: Tensor[]) => loss(inputOf(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])), batch)).total)(
      names.map((name) => tensorOf(batch.outputs[name]!)),
    );
    return Object.fromEntries(names.map((name, i) => [name, Float32Array.from(slopes[i]!.dataSync())]));
  });
}

function moved(value: Nested, by: (index: number) => number): Nested {
  let index = 0;
  const walk = (x: Nested): Nested => (typeof x === 'number' ? x + by(index++) : x.map(walk));
  return walk(value);
}

/**
 * Asserts that the slope by every single number of every output is that of central differences.
 *
 * @param step - small against the distance to the next kink of the loss
 */
export function assertSlopes(created: CreatedLoss, batch: Batch, { step = 1e-2, tolerance = 2e-3 } = {}): void {
  for (const [name, slopes] of Object.entries(slopesOf(created, batch))) {
    slopes.forEach((slope, at) => {
      const value = (sign: number): number => valueOf(created, { ...batch, outputs: { ...batch.outputs, [name]: moved(batch.outputs[name]!, (i) => (i === at ? sign * step : 0)) } }).total;
      const difference = (value(1) - value(-1)) / (2 * step);
      assert.ok(Math.abs(slope - difference) <= tolerance * Math.max(1, Math.abs(difference)), `${name}[${at}]: the gradient says ${slope}, differences say ${difference}`);
    });
  }
}

/** Asserts equality up to float32's precision. */
export function assertNear(actual: number | undefined, expected: number, what = 'value'): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= 2e-5 * Math.max(1, Math.abs(expected)), `${what}: ${actual}, expected ${expected}`);
}

/** `log(1 + exp(x))` in double precision. */
export const softplus = (x: number): number => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(0, x);
