/** Loads a model: a card, the network that it names, and the weights that it vouches for. */
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FramewitnessError, type ErrorCode } from '../domain/errors.js';
import type { ModelIdentity } from '../domain/ports.js';
import type { Graph } from '../inference/graph.js';
import { graphStatistics } from '../inference/graph-statistics.js';
import { ONNX_RUNTIME_EXECUTOR } from '../inference/onnx-runtime.js';
import { bindParameters } from '../inference/parameters.js';
import { readSafetensors } from '../inference/safetensors.js';
import type { FloatTensor } from '../inference/tensor.js';
import { parseCard, sha256Hex, type DigestedCard, type ModelCard } from './card.js';
import { allows, type NetworkDefinition, type NetworkShape } from './network.js';
import { findNetwork, networkGraph } from './registry.js';

export type { ModelCard } from './card.js';

const CARD_SUFFIX = '.card.json';

/** Number formats in which a network can be run. */
export type Precision = 'float32' | 'int8';

/** Options of {@link loadModel}. */
export interface LoadOptions {
  /** The model's name in the topology. Default: the card's. */
  readonly name?: string;
  /** Default `float32`. */
  readonly precision?: Precision;
}

/** A model that is ready for an executor. */
export interface LoadedModel {
  readonly identity: ModelIdentity;
  readonly card: ModelCard;
  readonly network: NetworkDefinition;
  readonly graph: Graph;
  /** A tensor for every parameter of the graph. */
  readonly parameters: ReadonlyMap<string, FloatTensor>;
}

/** A row of `framewitness models list`. */
export interface ModelSummary {
  readonly name: string;
  readonly network: string;
  readonly kind: 'frame' | 'clip';
  readonly version: string;
  readonly description: string;
  /** As in verdicts. */
  readonly digest: string;
  /** Learnt numbers. */
  readonly parameters: number;
  /** Multiply-adds for one face (frame networks) or one clip. */
  readonly multiplyAdds: number;
  readonly licence: { readonly weights: string; readonly code: string };
  readonly metrics: ModelCard['metrics'];
  readonly limits: readonly string[];
  /** Path of the card. */
  readonly card: string;
}

async function readOr(code: ErrorCode, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FramewitnessError(code, `${path}: cannot be read`, { cause: error, location: { input: path } });
  }
}

function checkAgainstNetwork(card: ModelCard, network: NetworkDefinition, path: string): void {
  const problems = [
    ...(card.kind === network.kind ? [] : [`kind is ${card.kind}, the network's is ${network.kind}`]),
    ...(allows(network.inputSizes, network.inputSize, card.input.size) ? [] : [`input.size is ${card.input.size}, the network's is ${network.inputSize}`]),
    ...(allows(network.clipLengths, network.clipLength, card.input.clipLength) ? [] : [`input.clipLength is ${card.input.clipLength}, the network's is ${network.clipLength}`]),
  ];
  if (problems.length > 0) {
    throw new FramewitnessError('FW_MODEL_CARD', `${path}: disagrees with the network ${network.name}: ${problems.join('; ')}`, { location: { input: path } });
  }
}

/** What a card has its network built for. */
export function shapeOf({ input }: ModelCard): NetworkShape {
  return { inputSize: input.size, clipLength: input.clipLength };
}

async function loadCard(path: string): Promise<DigestedCard & { readonly network: NetworkDefinition }> {
  const digested = parseCard((await readOr('FW_MODEL_CARD', path)).toString('utf8'), path);
  const network = findNetwork(digested.card.network);
  checkAgainstNetwork(digested.card, network, path);
  return { ...digested, network };
}

/**
 * Reads and checks a card, without its weights.
 *
 * @throws FramewitnessError FW_MODEL_CARD (missing, malformed, or at odds with its network), FW_MODEL_UNKNOWN
 */
export async function readCard(cardPath: string): Promise<ModelCard> {
  return (await loadCard(cardPath)).card;
}

/**
 * Loads a model.
 *
 * @param cardPath - path of the `*.card.json`; the weights lie beside it
 * @throws FramewitnessError FW_MODEL_CARD (card missing, malformed, or at odds with its network or weights),
 * FW_MODEL_UNKNOWN (no such network), FW_PRECISION_MISSING (int8 of a card without a quantisation), FW_MODEL_FORMAT and FW_MODEL_WEIGHTS (weights file)
 */
export async function loadModel(cardPath: string, { name, precision = 'float32' }: LoadOptions = {}): Promise<LoadedModel> {
  const { card, digest, quantisedDigest, network } = await loadCard(cardPath);
  if (precision === 'int8' && card.quantisation === undefined) {
    throw new FramewitnessError('FW_PRECISION_MISSING', `${name ?? card.name}: ${cardPath} has no quantisation, which int8 needs; make one with: framewitness models quantise ${cardPath} --calibrate VIDEO --out FOLDER`, { location: { input: cardPath } });
  }
  const weightsPath = join(dirname(cardPath), card.weights.file);
  const weights = await readOr('FW_MODEL_WEIGHTS', weightsPath);
  const actual = sha256Hex(weights);
  if (actual !== card.weights.sha256) {
    throw new FramewitnessError('FW_MODEL_CARD', `${cardPath}: the weights ${card.weights.file} have SHA-256 ${actual}, the card says ${card.weights.sha256}`, { location: { input: weightsPath } });
  }
  const graph = networkGraph(network, shapeOf(card));
  const parameters = bindParameters(graph, readSafetensors(weights, weightsPath).tensors);
  const identity = { name: name ?? card.name, network: network.name, kind: network.kind, digest: precision === 'int8' ? quantisedDigest : digest, executor: ONNX_RUNTIME_EXECUTOR, precision };
  return { identity, card, network, graph, parameters };
}

/**
 * The models whose cards (`*.card.json`) lie in a folder, in the order of their names.
 *
 * @throws FramewitnessError FW_MODEL_CARD where the folder or a card cannot be read
 */
export async function listModels(directory: string): Promise<readonly ModelSummary[]> {
  let files: readonly string[];
  try {
    files = await readdir(directory);
  } catch (error) {
    throw new FramewitnessError('FW_MODEL_CARD', `${directory}: cannot be read`, { cause: error, location: { input: directory } });
  }
  const cards = files.filter((file) => file.endsWith(CARD_SUFFIX)).map((file) => join(directory, file));
  const models = await Promise.all(cards.map(summarise));
  return models.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

async function summarise(path: string): Promise<ModelSummary> {
  const { card, digest, network } = await loadCard(path);
  const { name, kind, version, description, licence, metrics, limits } = card;
  return { name, network: network.name, kind, version, description, digest, ...graphStatistics(networkGraph(network, shapeOf(card))), licence, metrics, limits, card: path };
}
