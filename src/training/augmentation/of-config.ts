/** What a training configuration asks for in examples. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { NetworkShape } from '../../models/network.js';
import type { LoadedTrainingConfig } from '../config.js';
import type { ExampleOptions } from '../example.js';

/** The options of one part's examples; relative paths start at the configuration's folder. */
export function exampleOptions({ config, folder }: Pick<LoadedTrainingConfig, 'config' | 'folder'>, part: 'train' | 'val', { inputSize, clipLength }: NetworkShape): ExampleOptions {
  const { recipe, faces, split, options, workers = availableParallelism(), cacheFolder, distinct } = config.data[part];
  return {
    recipe,
    faces: faces.map((file) => resolve(folder, file)),
    split,
    batchSize: config.data.batchSize,
    inputSize,
    clipLength,
    seed: part === 'train' ? config.seed : config.data.val.seed,
    workers,
    options,
    ...(distinct === undefined ? {} : { distinct }),
    ...(cacheFolder === undefined ? {} : { cacheFolder: resolve(folder, cacheFolder) }),
  };
}
