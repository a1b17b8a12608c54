/** A tiny network on a task that a person sees at once, and examples of it. */
import { join } from 'node:path';
import type { Example, ExampleSource } from '../../../src/training/examples.js';
import type { RgbImage } from '../../../src/domain/media.js';
import { batchNormalisation, convolution, fullyConnected } from '../../../src/inference/layers.js';
import { createTensorflowExecutor, type TensorflowExecutor } from '../../../src/inference/tensorflow/executor.js';
import type { NetworkDefinition } from '../../../src/models/network.js';
import { parseTrainingConfig, type TrainingConfig } from '../../../src/training/config.js';
import { Random } from '../../../src/training/random.js';
import { trainingFiles } from '../../../src/training/train/course.js';
import type { TrainingOptions } from '../../../src/training/train/run.js';
import { MINIMAL } from './configuration.js';

const SIDE = 8;

/** Two convolutions and a head, with normalisation and dropout. */
export const TINY: NetworkDefinition = {
  name: 'tiny',
  kind: 'frame',
  inputSize: SIDE,
  clipLength: 1,
  range: 'rgb/127.5-1',
  outputs: [{ name: 'frame', meaning: 'N × 1' }],
  decision: { kind: 'sigmoid', output: 'frame', fake: 1 },
  description: 'For tests.',
  define(g) {
    const x = g.input('input', ['N', 3, SIDE, SIDE]);
    const first = g.relu(batchNormalisation(g, 'bn1', convolution(g, 'conv1', x, { channels: 6, kernel: 3, padding: 1 })), 'layer1');
    const second = g.relu(convolution(g, 'conv2', g.maxPool(first, { kernel: 2 }), { channels: 8, kernel: 3, padding: 1, bias: true }), 'layer2');
    return { frame: fullyConnected(g, 'head', g.dropout(g.flatten(g.globalAveragePool(second)), 0.1), 1) };
  },
};

/** A face of noise; forged ones have a patch that is smoother than its surroundings. */
function face(random: Random, base: Uint8Array, forged: boolean): RgbImage {
  const data = Uint8Array.from(base);
  if (forged) {
    const [left, top] = [random.below(3), random.below(3)];
    for (let y = top; y < top + 5; y++) for (let x = left; x < left + 5; x++) data.fill(128, 3 * (y * SIDE + x), 3 * (y * SIDE + x) + 3);
  }
  return { size: SIDE, data };
}

/** Pairs of a real face and its forgery, of two data sets. */
export function pairSource(seed: number, batchSize: number): ExampleSource & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    inputSize: SIDE,
    clipLength: 1,
    asked,
    batch: (index) => {
      asked.push(index);
      const random = new Random(seed).fork(index);
      const examples = Array.from({ length: batchSize / 2 }, (_, pair): Example[] => {
        const own = random.fork(pair);
        const base = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => own.below(256));
        const source = pair % 2 === 0 ? 'a/one' : 'b/two';
        return [
          { crops: [face(own, base, false)], label: 0, source, pair },
          { crops: [face(own, base, true)], label: 1, source, pair, method: 'patch' },
        ];
      });
      return Promise.resolve(examples.flat());
    },
    close: () => Promise.resolve(),
  };
}

let opened: Promise<TensorflowExecutor> | undefined;

/** Plain JavaScript: slow, and exact from run to run. */
export function cpu(): Promise<TensorflowExecutor> {
  opened ??= createTensorflowExecutor({ backend: 'cpu' });
  return opened;
}

/** A configuration: {@link MINIMAL} with changes. */
export function tinyConfig(changes: Readonly<Partial<TrainingConfig>> = {}): TrainingConfig {
  const { config } = parseTrainingConfig(MINIMAL, 'tiny.yaml');
  return { ...config!, ...changes };
}

/** All that a training of {@link TINY} needs, in a folder. */
export async function tinyTraining(folder: string, config: TrainingConfig, more: Readonly<Partial<TrainingOptions>> = {}): Promise<TrainingOptions> {
  const { batchSize } = config.data;
  return { config, network: TINY, shape: TINY, executor: await cpu(), train: pairSource(1, batchSize), val: pairSource(2, batchSize), files: trainingFiles(join(folder, 'run')), clock: () => 0, ...more };
}
