/** Flags that say which examples are meant: those of a training configuration, or of files of faces. */
import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { findNetwork } from '../models/registry.js';
import { exampleOptions } from '../training/augmentation/of-config.js';
import { loadTrainingConfig } from '../training/config.js';
import { RECIPES, type ExampleOptions, type Recipe } from '../training/examples.js';

/** Values of the flags of {@link withExampleFlags}. */
export interface ExampleFlags {
  readonly config?: string;
  readonly part: 'train' | 'val';
  readonly faces?: readonly string[];
  readonly recipe: Recipe;
  readonly split?: 'train' | 'val' | 'test';
  readonly options?: Readonly<Record<string, unknown>>;
  readonly batchSize: number;
  readonly inputSize: number;
  readonly clipLength: number;
  readonly seed: number;
  readonly workers: number;
}

/** A parser of whole numbers. */
export function wholeFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
    return value;
  };
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below, for what is no object too.
  }
  throw new InvalidArgumentError('must be a JSON object, such as \'{"faintest":0.01}\'');
}

/** Adds the flags to a command. */
export function withExampleFlags(command: Command): Command {
  return command
    .option('--config <FILE>', 'a training configuration: its examples are meant, and the flags below it are not read')
    .addOption(new Option('--part <PART>', 'which examples of the configuration').choices(['train', 'val']).default('train'))
    .option('--faces <FILE...>', 'files of faces that framewitness prepare wrote, or manifests of pictures')
    .addOption(new Option('--recipe <RECIPE>', 'how examples are made').choices([...RECIPES]).default('self-blended'))
    .addOption(new Option('--split <SPLIT>', 'only faces of this split').choices(['train', 'val', 'test']))
    .option('--options <JSON>', 'options of the recipe (docs/reference/recipes.md)', jsonObject)
    .option('--batch-size <NUMBER>', 'examples in a batch', wholeFrom(1, 4096), 64)
    .option('--input-size <PIXELS>', 'side of the crops', wholeFrom(16, 512), 128)
    .option('--clip-length <NUMBER>', 'faces of an example; 1 for stills', wholeFrom(1, 512), 1)
    .option('--seed <NUMBER>', 'other seeds, other examples', wholeFrom(0, 2 ** 31 - 1), 1)
    .option('--workers <NUMBER>', 'processes that work side by side; 0: none but this one', wholeFrom(0, 64), availableParallelism());
}

/** @throws FramewitnessError FW_USAGE where neither a configuration nor faces are named */
export function examplesOfFlags({ config, part, faces, recipe, split, options, batchSize, inputSize, clipLength, seed, workers }: ExampleFlags): ExampleOptions {
  if (config !== undefined) {
    const loaded = loadTrainingConfig(config);
    const network = findNetwork(loaded.config.network);
    return { ...exampleOptions(loaded, part, { inputSize: loaded.config.inputSize ?? network.inputSize, clipLength: loaded.config.clipLength ?? network.clipLength }), workers };
  }
  if (faces === undefined) throw new FramewitnessError('FW_USAGE', 'name files of faces with --faces, or a training configuration with --config');
  return { recipe, faces, ...(split === undefined ? {} : { split }), batchSize, inputSize, clipLength, seed, workers, ...(options === undefined ? {} : { options }) };
}
