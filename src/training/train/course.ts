/** What decides the course of a training, and where its files lie. */
import { join } from 'node:path';
import type { TrainingConfig } from '../config-schema.js';
import { trainingDigest } from '../config.js';

/**
 * Digest of what the course of a training depends on: a checkpoint goes on only where it is the same. Where checkpoints and
 * the model are written, and how often, may change.
 */
export function courseDigest(config: TrainingConfig): string {
  const { train, val } = config.data;
  // What is undefined has no place in canonical JSON.
  const anywhere = { workers: undefined, cacheFolder: undefined };
  return trainingDigest({ ...config, checkpoint: undefined, output: undefined, data: { ...config.data, train: { ...train, ...anywhere }, val: { ...val, ...anywhere } } });
}

/** Files of a training in its folder. */
export interface TrainingFiles {
  /** All that is needed to go on. */
  readonly checkpoint: string;
  /** The best weights so far. */
  readonly best: string;
  /** A line for each step and validation. */
  readonly history: string;
  /** The page with the curves. */
  readonly page: string;
}

/** The files of a training. @param folder - `checkpoint.folder`, absolute */
export function trainingFiles(folder: string): TrainingFiles {
  const file = (name: string): string => join(folder, name);
  return { checkpoint: file('checkpoint.safetensors'), best: file('best.safetensors'), history: file('history.jsonl'), page: file('training.html') };
}
