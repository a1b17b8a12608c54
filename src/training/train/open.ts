/** From a configuration to everything that its training works with. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import { createTensorflowExecutor, type TensorflowExecutor } from '../../inference/tensorflow/executor.js';
import type { TensorflowBackendChoice } from '../../inference/tensorflow/backends.js';
import { sha256Hex } from '../../models/card.js';
import type { NetworkDefinition, NetworkShape } from '../../models/network.js';
import { findNetwork } from '../../models/registry.js';
import type { LoadedTrainingConfig } from '../config.js';
import { openExampleSource, type ExampleOptions, type ExampleSource } from '../examples.js';
import { exampleOptions } from '../augmentation/of-config.js';
import { createLoss } from '../losses/create.js';
import { trainingFiles } from './course.js';
import { initialParameters } from './initialise.js';
import { trainingGraph } from './model.js';
import { remembered } from './remembered.js';
import type { TrainingOptions } from './run.js';
import { refuseLeaks } from './sides.js';
import { startingWeights, type StartingWeights } from './start.js';

/** Most bytes of validation examples that are kept in memory; the others are made again each time. */
const REMEMBERED_BYTES = 512 * 2 ** 20;

/** How a training is opened. */
export interface OpenOptions {
  readonly backend?: TensorflowBackendChoice;
  /** Threads of the native library. */
  readonly threads?: number;
  readonly onProgress?: ExampleOptions['onProgress'];
  /** Default {@link openExampleSource}. */
  readonly openSource?: (options: ExampleOptions) => Promise<ExampleSource>;
}

/** A training that is ready to run. */
export interface OpenedTraining {
  readonly options: Omit<TrainingOptions, 'clock'>;
  readonly executor: TensorflowExecutor;
  readonly network: NetworkDefinition;
  readonly shape: NetworkShape;
  /** What the starting weights held; undefined where all weights are random. */
  readonly start: StartingWeights | undefined;
  /** The files that the configuration names, with their digests, for the card. */
  readonly files: readonly { readonly file: string; readonly sha256: string }[];
  close(): Promise<void>;
}

async function digestOf(path: string): Promise<{ file: string; sha256: string }> {
  try {
    return { file: basename(path), sha256: sha256Hex(await readFile(path)) };
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${path}: the file of faces cannot be read`, { cause: error, location: { input: path } });
  }
}

/**
 * Opens the back end, the weights and the sources of examples.
 *
 * @throws FramewitnessError FW_TRAINING_SPLIT, FW_EXECUTOR_MISSING, FW_MODEL_WEIGHTS, FW_LOSS_UNFIT, FW_INPUT_NOT_FOUND, and what opening the examples throws
 */
export async function openTraining({ config, folder }: LoadedTrainingConfig, { backend, threads, onProgress, openSource = openExampleSource }: OpenOptions = {}): Promise<OpenedTraining> {
  const network = findNetwork(config.network);
  const shape: NetworkShape = { inputSize: config.inputSize ?? network.inputSize, clipLength: config.clipLength ?? network.clipLength };
  const here = (path: string): string => resolve(folder, path);
  const graph = trainingGraph(network, shape, createLoss(config.loss, network), config);
  const faces = [...new Set([...config.data.train.faces, ...config.data.val.faces])].map(here);
  const files = await Promise.all(faces.map(digestOf));
  const partOf = (part: 'train' | 'val'): ExampleOptions => exampleOptions({ config, folder }, part, shape);
  await refuseLeaks(partOf('train'), partOf('val'));
  const random = initialParameters(graph, config.seed);
  const start = config.start === undefined ? undefined : await startingWeights(config.start, graph, random, here);
  const executor = await createTensorflowExecutor({ ...(backend === undefined ? {} : { backend }), ...(threads === undefined ? {} : { threads }) });
  const sourceOf = (part: 'train' | 'val', more: Partial<ExampleOptions>): Promise<ExampleSource> => openSource({ ...partOf(part), ...(onProgress === undefined ? {} : { onProgress }), ...more });
  const train = await sourceOf('train', {});
  try {
    const val = remembered(await sourceOf('val', { ahead: 1 }), REMEMBERED_BYTES);
    return {
      options: { config, network, shape, executor, initial: start?.parameters ?? random, train, val, files: trainingFiles(here(config.checkpoint.folder)) },
      executor,
      network,
      shape,
      start,
      files: [...files, ...(start === undefined ? [] : [{ file: basename(config.start?.weights ?? ''), sha256: start.sha256 }])],
      close: async () => {
        await Promise.all([train.close(), val.close()]);
      },
    };
  } catch (error) {
    await train.close();
    throw error;
  }
}
