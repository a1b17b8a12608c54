/** Turns published checkpoints into a model of ours: safetensors, and a draft of its card. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';
import type { Checkpoint, StoredTensor } from '../inference/checkpoints/checkpoint.js';
import { readCheckpoint } from '../inference/checkpoints/read.js';
import type { Graph } from '../inference/graph.js';
import type { FloatTensor } from '../inference/tensor.js';
import { writeSafetensors } from '../inference/safetensors.js';
import { bindCheckpoint } from './bind-checkpoint.js';
import { sha256Hex, type ModelCard } from './card.js';
import type { NetworkDefinition, NetworkShape } from './network.js';
import type { PreprocessingName } from './preprocessing.js';
import { networkGraph } from './registry.js';

/** Largest file that is read. */
const MAX_FILE_BYTES = 4 * 2 ** 30;

/** A file, and what goes before its keys where a network's weights are published in several files. */
export interface CheckpointSource {
  readonly path: string;
  /** `head.`; default: nothing. */
  readonly prefix?: string;
}

/** Options of {@link importModel}. */
export interface ImportOptions {
  /** The model's name: of the files and in the card. */
  readonly name: string;
  /** Name of the state dict in the file, where it is not one of the usual. */
  readonly entry?: string;
  /** What the network is built for. Default: the definition's. */
  readonly shape?: NetworkShape;
  /** How 8-bit colours become the input. Default: the definition's. */
  readonly range?: PreprocessingName;
}

/** A file that was read. */
export interface SourceFile {
  readonly path: string;
  readonly sha256: string;
  readonly checkpoint: Checkpoint;
}

/** An imported model. */
export interface ImportedModel {
  /** Safetensors. */
  readonly weights: Uint8Array;
  readonly graph: Graph;
  /** A tensor for every parameter of the graph. */
  readonly parameters: ReadonlyMap<string, FloatTensor>;
  readonly card: ModelCard;
  readonly sources: readonly SourceFile[];
}

/**
 * Reads a checkpoint file.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND, FW_MODEL_FORMAT, FW_CHECKPOINT_UNSAFE
 */
export async function readCheckpointFile(path: string, entry?: string): Promise<SourceFile> {
  let bytes: Buffer;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw new FramewitnessError('FW_MODEL_FORMAT', `${path}: it has ${size} bytes, more than ${MAX_FILE_BYTES}`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof FramewitnessError) throw error;
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${path}: cannot be read`, { cause: error });
  }
  return { path, sha256: sha256Hex(bytes), checkpoint: await readCheckpoint(bytes, path, entry === undefined ? {} : { entry }) };
}

/** The tensors of all files as one checkpoint, each file's under its prefix. */
function joined(files: readonly SourceFile[], sources: readonly CheckpointSource[]): Pick<Checkpoint, 'format' | 'tensors'> {
  const [first] = files;
  if (first === undefined) throw new FramewitnessError('FW_USAGE', 'no checkpoint is named');
  if (files.length === 1 && sources[0]?.prefix === undefined) return first.checkpoint;
  const tensors = new Map<string, StoredTensor>();
  files.forEach(({ checkpoint, path }, i) => {
    const prefix = sources[i]?.prefix ?? '';
    for (const [key, tensor] of checkpoint.tensors) {
      // A wrapper of one file would otherwise hide behind its prefix.
      const name = prefix + key.replace(/^module\./, '');
      if (tensors.has(name)) throw new FramewitnessError('FW_MODEL_WEIGHTS', `${path}: ${name} is in two files: give each file a prefix of its own, PREFIX=FILE`);
      tensors.set(name, tensor);
    }
  });
  return { format: first.checkpoint.format, tensors };
}

function draft(network: NetworkDefinition, options: ImportOptions, weights: Uint8Array, files: readonly SourceFile[]): ModelCard {
  const { inputSize, clipLength } = options.shape ?? network;
  const calibration = { method: 'platt', scale: 1, offset: 0, fittedOn: 'nothing: the published decision rule as it is' } as const;
  return {
    schema: 'framewitness.model-card/1',
    name: options.name,
    network: network.name,
    kind: network.kind,
    version: '1',
    description: `${network.description} Imported from ${files.map(({ path }) => basename(path)).join(' and ')}.`,
    weights: { file: `${options.name}.safetensors`, sha256: sha256Hex(weights) },
    input: { size: inputSize, clipLength, range: options.range ?? network.range, cropScale: 1.3, layout: network.kind === 'frame' ? 'NCHW' : 'NTCHW' },
    outputs: network.outputs.map((output) => ({ ...output })),
    calibration,
    ...(network.frameDecision === undefined ? {} : { frameCalibration: calibration }),
    importedFrom: files.map(({ path, sha256, checkpoint: { format, entry } }) => ({ file: basename(path), sha256, format, entry })),
    trainedOn: [{ data: 'not stated: write down what the publisher says', items: 'not stated', terms: 'not stated' }],
    procedure: 'not stated',
    metrics: [],
    limits: ['Imported, not measured here: how well it does is not known.', 'Not calibrated: thresholds that were fitted for other models do not suit it.'],
    licence: { weights: 'not stated: see where the checkpoint was published', code: 'Apache-2.0 (this implementation)' },
  };
}

/**
 * Reads checkpoints and fits them to a network.
 *
 * @throws FramewitnessError FW_MODEL_WEIGHTS listing every missing, surplus, misshapen or non-finite tensor, and as
 * {@link readCheckpointFile}
 */
export async function importModel(network: NetworkDefinition, sources: readonly CheckpointSource[], options: ImportOptions): Promise<ImportedModel> {
  const files: SourceFile[] = [];
  for (const { path } of sources) files.push(await readCheckpointFile(path, options.entry));
  const graph = networkGraph(network, options.shape ?? network);
  const parameters = bindCheckpoint(graph, joined(files, sources), network.checkpoint);
  const weights = writeSafetensors(parameters, { network: network.name });
  return { weights, graph, parameters, card: draft(network, options, weights, files), sources: files };
}
