/** Rules between the fields of a training configuration, and those that ask the registry of networks. */
import type { Path, PlacedProblem } from '../topology/document.js';
import { valueAt } from '../topology/issues.js';
import { shown } from '../topology/problems.js';
import { nearestWord } from '../topology/similar.js';
import { allows } from '../models/network.js';
import { NETWORKS } from '../models/registry.js';

/** A rule that is broken. */
export type Broken = Pick<PlacedProblem, 'path' | 'message' | 'hint'>;

/** The rules in words, for the reference page. */
export const TRAINING_RULES = [
  'network is a registered one, and inputSize and clipLength are ones that it can be built for',
  'schedule.warmup is below schedule.steps',
  'data.batchSize is even where a curriculum or auxiliary.target changed needs pairs',
  'auxiliary and data.curriculum are for frame networks',
  'data.reverse is for clip networks',
] as const;

/** Every rule that a document breaks. @param value - as it is written, whatever is in it */
export function brokenTrainingRules(value: unknown): readonly Broken[] {
  const at = (...path: Path): unknown => valueAt(value, path);
  const broken: Broken[] = [];
  const must = (path: Path, message: string, hint: string): void => void broken.push({ path, message, hint });
  const name = at('network');
  const network = NETWORKS.find((known) => known.name === name);
  if (typeof name === 'string' && network === undefined) {
    const names = NETWORKS.map((known) => known.name);
    const near = nearestWord(name, names);
    must(['network'], `there is no network ${shown(name)}`, near === undefined ? `networks: ${names.join(', ')}` : `did you mean ${near}?`);
  }
  if (network !== undefined) {
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
  const needsPairs = at('data', 'curriculum') !== undefined || (at('auxiliary') !== undefined && at('auxiliary', 'target') !== 'mask');
  if (needsPairs && typeof size === 'number' && size % 2 === 1) must(['data', 'batchSize'], 'data.batchSize must be even: it holds pairs', `take ${size + 1}`);
  return broken;
}
