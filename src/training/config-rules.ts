/** Rules between the fields of a training configuration, and those that ask the registry of networks. */
import type { Path, PlacedProblem } from '../topology/document.js';
import { valueAt } from '../topology/issues.js';
import { shown } from '../topology/problems.js';
import { nearestWord } from '../topology/similar.js';
import { allows } from '../models/network.js';
import { NETWORKS, networkGraph } from '../models/registry.js';
import type { NetworkDefinition } from '../models/network.js';
import { FramewitnessError } from '../domain/errors.js';
import { recipeOptions } from './augmentation/options.js';
import { RECIPES, type Recipe } from './example.js';
import { createLoss } from './losses/create.js';
import type { CreatedLoss } from './losses/loss.js';
import { lossSpecSchema } from './losses/spec.js';

/** A rule that is broken. */
export type Broken = Pick<PlacedProblem, 'path' | 'message' | 'hint'>;

/** The rules in words, for the reference page. */
export const TRAINING_RULES = [
  'network is a registered one, and inputSize and clipLength are ones that it can be built for',
  'loss reads what the network gives (docs/reference/losses.md)',
  'frozen, fixedStatistics and groups name parameters that the network has',
  'options are ones of the recipe (docs/reference/recipes.md); options.pairs of as-is is true where the loss compares two qualities of a face; counterfactual is not for losses that need masks',
  'distinct has a cacheFolder',
  'schedule.warmup is below schedule.steps',
  'data.batchSize is even where the recipe makes pairs, or a curriculum or auxiliary.target changed needs them',
  'auxiliary, data.curriculum and the recipes face-xray and counterfactual are for frame networks',
  'data.reverse is for clip networks',
] as const;

type At = (...path: Path) => unknown;
type Must = (path: Path, message: string, hint: string) => void;

/** The loss, where it is one and fits; its misfit is told. */
function lossOf(network: NetworkDefinition | undefined, at: At, must: Must): CreatedLoss | undefined {
  const spec = lossSpecSchema.safeParse(at('loss'));
  if (network === undefined || !spec.success) return undefined;
  try {
    return createLoss(spec.data, network);
  } catch (error) {
    if (!(error instanceof FramewitnessError)) throw error;
    must(['loss'], error.message, 'docs/reference/losses.md says which loss is for which network');
    return undefined;
  }
}

/** Beginnings of names that no parameter has: a misspelt one would freeze nothing. */
function prefixes(network: NetworkDefinition, at: At, must: Must): void {
  const lists: readonly (readonly [path: Path, values: unknown])[] = [[['frozen'], at('frozen')], [['fixedStatistics'], at('fixedStatistics')], [['groups'], at('groups')]];
  const named = lists.flatMap(([path, values]) => (Array.isArray(values) ? values.map((value: unknown, index): readonly [Path, unknown] => (path[0] === 'groups' ? [[...path, index, 'parameters'], at(...path, index, 'parameters')] : [[...path, index], value])) : []));
  if (named.length === 0) return;
  const keys = [...networkGraph(network).parameters.keys()];
  for (const [path, beginning] of named) {
    if (typeof beginning !== 'string' || keys.some((key) => key.startsWith(beginning))) continue;
    must(path, `no parameter of ${network.name} begins with ${shown(beginning)}`, `they begin with ${[...new Set(keys.map((key) => key.split('.', 1)[0]))].slice(0, 8).join(', ')}, …`);
  }
}

/** What examples are made of, of one part. */
function source(part: 'train' | 'val', network: NetworkDefinition | undefined, loss: CreatedLoss | undefined, at: At, must: Must): void {
  const recipe = recipeOf(part, at);
  const options = at('data', part, 'options') ?? {};
  if (recipe === undefined || typeof options !== 'object') return;
  try {
    recipeOptions(recipe, options as Readonly<Record<string, unknown>>);
  } catch (error) {
    if (!(error instanceof FramewitnessError)) throw error;
    must(['data', part, 'options'], error.message, 'docs/reference/recipes.md has the options of each recipe');
  }
  if (network?.kind === 'clip' && (recipe === 'face-xray' || recipe === 'counterfactual')) must(['data', part, 'recipe'], `must hold: the recipe ${recipe} is for frame networks`, 'take as-is or self-blended');
  if (loss?.needs.pairs === true && !(recipe === 'as-is' && at('data', part, 'options', 'pairs') === true)) must(['data', part, 'options'], 'the loss compares a face at two qualities, and the examples are no such pairs', 'recipe as-is with options { pairs: true }');
  if (loss?.needs.masks === true && recipe === 'counterfactual') must(['data', part, 'recipe'], 'the loss needs masks of what is forged, and counterfactual gives none', 'take another recipe');
  if (at('data', part, 'distinct') !== undefined && at('data', part, 'cacheFolder') === undefined) must(['data', part, 'distinct'], 'distinct needs a cacheFolder to keep the batches in', 'name one');
}

function recipeOf(part: 'train' | 'val', at: At): Recipe | undefined {
  const named = at('data', part, 'recipe') ?? 'as-is';
  return RECIPES.find((recipe) => recipe === named);
}

/** Every rule that a document breaks. @param value - as it is written, whatever is in it */
export function brokenTrainingRules(value: unknown): readonly Broken[] {
  const at: At = (...path) => valueAt(value, path);
  const broken: Broken[] = [];
  const must: Must = (path, message, hint) => void broken.push({ path, message, hint });
  const name = at('network');
  const network = NETWORKS.find((known) => known.name === name);
  if (typeof name === 'string' && network === undefined) {
    const names = NETWORKS.map((known) => known.name);
    const near = nearestWord(name, names);
    must(['network'], `there is no network ${shown(name)}`, near === undefined ? `networks: ${names.join(', ')}` : `did you mean ${near}?`);
  }
  const loss = lossOf(network, at, must);
  for (const part of ['train', 'val'] as const) source(part, network, loss, at, must);
  if (network !== undefined) {
    prefixes(network, at, must);
    const size = at('inputSize');
    if (typeof size === 'number' && !allows(network.inputSizes, network.inputSize, size)) must(['inputSize'], `${network.name} cannot be built for inputSize ${size}`, `its usual one is ${network.inputSize}: leave the key out`);
    const length = at('clipLength');
    if (typeof length === 'number' && !allows(network.clipLengths, network.clipLength, length)) must(['clipLength'], `${network.name} cannot be built for clipLength ${length}`, `its usual one is ${network.clipLength}: leave the key out`);
    if (network.kind === 'clip' && at('auxiliary') !== undefined) must(['auxiliary'], 'must hold: auxiliary is for frame networks', 'leave it out');
    if (network.kind === 'clip' && at('data', 'curriculum') !== undefined) must(['data', 'curriculum'], 'must hold: data.curriculum is for frame networks', 'leave it out');
    if (network.kind === 'frame' && Number(at('data', 'reverse') ?? 0) > 0) must(['data', 'reverse'], 'must hold: data.reverse is for clip networks', 'leave it out');
  }
  const [warmup, steps] = [at('schedule', 'warmup'), at('schedule', 'steps')];
  if (typeof warmup === 'number' && typeof steps === 'number' && warmup >= steps) must(['schedule', 'warmup'], 'must hold: schedule.warmup is below schedule.steps', `steps is ${steps}`);
  const size = at('data', 'batchSize');
  const paired = (['train', 'val'] as const).some((part) => ['self-blended', 'face-xray'].includes(recipeOf(part, at) ?? '') || at('data', part, 'options', 'pairs') === true);
  const needsPairs = paired || at('data', 'curriculum') !== undefined || (at('auxiliary') !== undefined && at('auxiliary', 'target') !== 'mask');
  if (needsPairs && typeof size === 'number' && size % 2 === 1) must(['data', 'batchSize'], 'data.batchSize must be even: it holds pairs', `take ${size + 1}`);
  return broken;
}
