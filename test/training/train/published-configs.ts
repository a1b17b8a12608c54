/** The configurations of `training/`, each with the networks that it is for, and the smallest trainings that they can be made into. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkDefinition } from '../../../src/models/network.js';
import { findNetwork } from '../../../src/models/registry.js';
import { loadTrainingConfig, type LoadedTrainingConfig, type TrainingConfig } from '../../../src/training/config.js';

const FOLDER = fileURLToPath(new URL('../../../training/', import.meta.url));

/** Files that are for several networks, which the variable NETWORK chooses; the first is the one without it. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'dual-level': ['dual-level-gru', 'dual-level-lstm', 'dual-level-bigru', 'dual-level-bilstm'],
  'dual-level-crnn': ['dual-level-crnn-lstm', 'dual-level-crnn-gru'],
  'dual-level-dct': ['dual-level-dct', 'dual-level-dct-gated'],
  'dual-level-vit': ['dual-level-vit', 'dual-level-resvit'],
  'mesonet-keras': ['meso4-keras', 'meso-inception4-keras'],
};

/** One training: a file, and what the environment makes of it. */
export interface PublishedConfig {
  /** The file without its ending. */
  readonly file: string;
  /** The network that NETWORK names; undefined: none is named. */
  readonly named: string | undefined;
  readonly loaded: LoadedTrainingConfig;
}

/** Every training of the folder. */
export function publishedConfigs(): readonly PublishedConfig[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')).map((name) => name.slice(0, -'.yaml'.length));
  return files.flatMap((file) => (CHOICES[file] ?? [undefined]).map((named, index) => {
    // The first choice is what the file has by itself.
    const environment = named === undefined || index === 0 ? {} : { NETWORK: named };
    return { file, named, loaded: loadTrainingConfig(join(FOLDER, `${file}.yaml`), environment) };
  }));
}

/** Networks that are small enough to be trained a little wherever the tests run. */
export const SMALL: readonly string[] = ['meso4', 'meso-inception4'];

/** Below this the last maps are a single place, and normalisation over a batch of two makes them ±1 whatever the weights. */
const SMALLEST = 64;

function smallestSize({ inputSize, inputSizes }: NetworkDefinition, { loss }: TrainingConfig): number {
  if (inputSizes === undefined) return inputSize;
  // The critic needs maps of 16 × 16.
  return Math.max(SMALLEST, inputSizes.minimum, loss.kind === 'cao2021' && loss.adversarial > 0 ? 256 : 0);
}

/** Without the keys that are undefined. */
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));

/** The same training in two steps of four faces, or of four clips of four. @param faces - the file that it is trained on @param folder - where it writes */
export function smallestTraining({ file, loaded }: PublishedConfig, faces: string, folder: string): LoadedTrainingConfig {
  const { config } = loaded;
  const network = findNetwork(config.network);
  const few = { faces: [faces], workers: 1, cacheFolder: undefined, distinct: undefined };
  // Of a few faces none can be kept in a rare ratio.
  const options = config.data.train.recipe === 'as-is' ? { ...config.data.train.options, imbalance: undefined, balance: undefined } : config.data.train.options;
  const changed = {
    ...config,
    start: undefined,
    inputSize: smallestSize(network, config),
    clipLength: network.clipLengths === undefined ? undefined : 4,
    // LGRR is large and of one size.
    data: { ...config.data, train: { ...config.data.train, ...few, split: 'train', options }, val: { ...config.data.val, ...few, split: 'val', batches: 1 }, batchSize: config.network === 'lgrr' ? 2 : 4 },
    schedule: { ...config.schedule, steps: 2, warmup: 0 },
    validate: { every: 2, metric: 'auc' },
    checkpoint: { folder: `run-${file}-${config.network}`, every: 2 },
  };
  return { ...loaded, folder, config: plain(changed) as TrainingConfig };
}
