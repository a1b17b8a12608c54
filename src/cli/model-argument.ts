/** What `models export` and `models inspect` are given: a card, checkpoint files of a network, or a network's name. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import type { Graph } from '../inference/graph.js';
import type { FloatTensor } from '../inference/tensor.js';
import type { ModelCard } from '../models/card.js';
import { importModel, type CheckpointSource } from '../models/import-model.js';
import { loadModel, shapeOf, type Precision } from '../models/load.js';
import type { NetworkDefinition, NetworkShape } from '../models/network.js';
import { PREPROCESSING_NAMES, type PreprocessingName } from '../models/preprocessing.js';
import { findNetwork, NETWORKS, networkGraph } from '../models/registry.js';
import { resolveCard } from '../topology/cards.js';

/** Options that say how to read checkpoints and what to build a network for. */
export interface NetworkFlags {
  readonly network?: string;
  readonly entry?: string;
  readonly size?: number;
  readonly clipLength?: number;
  readonly range?: PreprocessingName;
}

/** A network, with the weights and the card where there are some. */
export interface ChosenModel {
  readonly network: NetworkDefinition;
  readonly shape: NetworkShape;
  readonly graph: Graph;
  readonly range: PreprocessingName;
  readonly weights?: { readonly parameters: ReadonlyMap<string, FloatTensor>; readonly card: ModelCard; /** Of a model that verdicts can name. */ readonly digest?: string };
}

/** A whole number from 1, for options. */
export function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return value;
}

/** `head=FILE`: the keys of that file get `head.` before them. A path with an equals sign in its folder is a path. */
export function sourceOf(argument: string): CheckpointSource {
  const [, prefix, path] = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(argument) ?? [];
  return prefix === undefined || path === undefined ? { path: argument } : { path, prefix: `${prefix}.` };
}

/** Adds the options of {@link NetworkFlags} but for `--network`. */
export function withShapeOptions(command: Command): Command {
  return command
    .option('--entry <KEY>', 'where in the checkpoint the state dict is, if it is not found')
    .option('--size <PIXELS>', 'height and width of the input, where the network can be built for several', whole)
    .option('--clip-length <FACES>', 'faces in a clip, where the network can be built for several', whole)
    .addOption(new Option('--range <NAME>', "how colours become the input (default: the network's)").choices(PREPROCESSING_NAMES));
}

/** A command over a model, with the arguments and options that {@link chooseModel} reads. */
export function modelCommand(name: string): Command {
  return withShapeOptions(
    new Command(name)
      .argument('<MODEL...>', 'a card (a path, or builtin: and a name), a network, or with --network a checkpoint as models import reads it')
      .option('--network <NAME>', 'the network that a checkpoint is for'),
  );
}

/** What the end of the help says of networks. */
export const NETWORKS_HELP = `Networks: ${NETWORKS.map(({ name }) => name).join(', ')}.`;

/** The shape that the options ask for. */
export function shapeFor(network: NetworkDefinition, { size, clipLength }: NetworkFlags): NetworkShape {
  return { inputSize: size ?? network.inputSize, clipLength: clipLength ?? network.clipLength };
}

/**
 * The model that the arguments name.
 *
 * @throws FramewitnessError FW_USAGE where arguments and options do not go together, and as `loadModel` and `importModel`
 */
export async function chooseModel(names: readonly string[], flags: NetworkFlags, precision: Precision = 'float32'): Promise<ChosenModel> {
  const [name = ''] = names;
  if (flags.network !== undefined) return fromCheckpoint(findNetwork(flags.network), names, flags);
  if (names.length > 1) throw new FramewitnessError('FW_USAGE', 'more than one file: name the network that the files are for with --network');
  if (flags.entry !== undefined) throw new FramewitnessError('FW_USAGE', '--entry is for checkpoints, which need --network');
  const network = NETWORKS.find((known) => known.name === name);
  if (network !== undefined) {
    const shape = shapeFor(network, flags);
    return { network, shape, graph: networkGraph(network, shape), range: flags.range ?? network.range };
  }
  if (/\.(pth|pt|h5|safetensors)$/i.test(name)) throw new FramewitnessError('FW_USAGE', `${name}: name the network that the checkpoint is for with --network`);
  if (flags.size !== undefined || flags.clipLength !== undefined || flags.range !== undefined) throw new FramewitnessError('FW_USAGE', `${name}: a card says size, clip length and range; the options are for networks and checkpoints`);
  const { network: named, graph, parameters, card, identity } = await loadModel(resolveCard(name, process.cwd()), { precision });
  return { network: named, shape: shapeOf(card), graph, range: card.input.range, weights: { parameters, card, digest: identity.digest } };
}

async function fromCheckpoint(network: NetworkDefinition, names: readonly string[], flags: NetworkFlags): Promise<ChosenModel> {
  const shape = shapeFor(network, flags);
  const { graph, parameters, card } = await importModel(network, names.map(sourceOf), {
    name: network.name,
    shape,
    ...(flags.entry === undefined ? {} : { entry: flags.entry }),
    ...(flags.range === undefined ? {} : { range: flags.range }),
  });
  return { network, shape, graph, range: card.input.range, weights: { parameters, card } };
}
