/**
 * Examples a second of a training's steps: `npx tsx bench/training.ts [config] [--batch N] [--steps N] [--backend B] [--profile]`.
 * Faces are noise: speed does not depend on what is in them.
 */
import { parseArgs } from 'node:util';
import { createTensorflowExecutor, type TensorflowExecutor } from '../src/inference/tensorflow/executor.js';
import type { TensorflowBackendChoice } from '../src/inference/tensorflow/backends.js';
import { findNetwork } from '../src/models/registry.js';
import { loadTrainingConfig } from '../src/training/config.js';
import { Random } from '../src/training/random.js';
import type { BatchArrays } from '../src/training/train/batch-arrays.js';
import { TrainingModel } from '../src/training/train/model.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { batch: { type: 'string' }, steps: { type: 'string', default: '5' }, backend: { type: 'string', default: 'auto' }, profile: { type: 'boolean', default: false } } });
const { config } = loadTrainingConfig(positionals[0] ?? 'training/default-frames.yaml');
const network = findNetwork(config.network);
const shape = { inputSize: config.inputSize ?? network.inputSize, clipLength: config.clipLength ?? network.clipLength };
const count = Number(values.batch ?? config.data.batchSize);
const executor = await createTensorflowExecutor({ backend: values.backend as TensorflowBackendChoice });
const model = new TrainingModel(executor, network, shape, config);
const faces = network.kind === 'frame' ? [count] : [count, shape.clipLength];
const inputShape = [...faces, 3, shape.inputSize, shape.inputSize];
const random = new Random(1);
const arrays: BatchArrays = {
  count,
  inputShape,
  input: Float32Array.from({ length: inputShape.reduce((a, b) => a * b) }, () => random.uniform(-1, 1)),
  labels: Float32Array.from({ length: count }, (_, i) => i % 2),
  masks: new Float32Array(count * shape.inputSize ** 2).fill(0.5),
  methods: Int32Array.from({ length: count }, (_, i) => i % 2),
  pairs: Int32Array.from({ length: count }, (_, i) => i >> 1),
};
const places = model.localiser === undefined ? {} : { places: new Float32Array(count * model.localiser.side ** 2).fill(0.3) };

/** Where the time goes, by kernel. */
function profile(opened: TensorflowExecutor, run: () => void): void {
  const backend = opened.tf.backend() as unknown as Record<string, unknown>;
  const spent = new Map<string, { calls: number; millis: number }>();
  for (const method of ['executeSingleOutput', 'executeMultipleOutputs'] as const) {
    const original = backend[method] as (name: string, ...rest: unknown[]) => unknown;
    backend[method] = function timed(name: string, ...rest: unknown[]): unknown {
      const began = performance.now();
      const result = original.call(this, name, ...rest);
      const entry = spent.get(name) ?? { calls: 0, millis: 0 };
      spent.set(name, { calls: entry.calls + 1, millis: entry.millis + performance.now() - began });
      return result;
    };
  }
  const began = performance.now();
  run();
  const whole = performance.now() - began;
  const rows = [...spent].sort((a, b) => b[1].millis - a[1].millis).slice(0, 24);
  for (const [name, { calls, millis }] of rows) console.log(`${millis.toFixed(0).padStart(7)} ms ${String(calls).padStart(5)} × ${name}`);
  console.log(`${rows.reduce((sum, [, { millis }]) => sum + millis, 0).toFixed(0).padStart(7)} ms in these, ${whole.toFixed(0)} ms in all`);
}

const step = (number: number): void => void model.step(arrays, { step: number, rate: 1e-4, ...places });
step(0);
step(1);
if (values.profile) profile(executor, () => { step(2); });
else {
  const steps = Number(values.steps);
  const cpu = process.cpuUsage();
  const times = Array.from({ length: steps }, (_, i) => {
    const began = performance.now();
    step(i + 2);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(cpu);
  const median = times[Math.floor(steps / 2)] ?? NaN;
  console.log(`${network.name}, ${executor.executor}, batch ${count}: ${median.toFixed(0)} ms a step (median of ${steps}, fastest ${times[0]?.toFixed(0)}), ${((1000 * count) / median).toFixed(1)} examples a second, ${((user + system) / 1000 / steps).toFixed(0)} ms of processor time a step, ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most`);
}
