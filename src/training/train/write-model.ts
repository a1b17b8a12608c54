/** What comes out of a training: weights and their card. */
import { basename, dirname, join } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import { METRICS, bootstrapInterval } from '../../evaluation/metrics.js';
import { bindParameters } from '../../inference/parameters.js';
import { writeSafetensors } from '../../inference/safetensors.js';
import type { FloatTensor } from '../../inference/tensor.js';
import { parseCard, sha256Hex, type ModelCard } from '../../models/card.js';
import type { NetworkDefinition, NetworkShape } from '../../models/network.js';
import { networkGraph } from '../../models/registry.js';
import type { LoadedTrainingConfig } from '../config.js';
import { writeAtomically } from './checkpoint.js';
import type { Validation } from './validation.js';

/** What a card is made of beside its configuration. */
export interface TrainedModel {
  readonly network: NetworkDefinition;
  readonly shape: NetworkShape;
  readonly parameters: ReadonlyMap<string, FloatTensor>;
  /** Of these parameters. */
  readonly validation: Validation;
  /** Step that they are of. */
  readonly step: number;
  /** The command line that trained it. */
  readonly command: string;
  readonly software: string;
  readonly executor: string;
  readonly seconds: number;
  readonly resumed: number;
  /** The files of faces and the weights to start from, with their digests. */
  readonly files: readonly { readonly file: string; readonly sha256: string }[];
}

const rounded = (value: number): number => Number(value.toFixed(4));
const UNFITTED = { method: 'platt', scale: 1, offset: 0, fittedOn: 'nothing: the log-odds as the network gives them; fit them with framewitness calibrate' } as const;

function metricsOf({ validation, command }: TrainedModel): ModelCard['metrics'] {
  const { auc, labels, scores, bySource, items } = validation;
  const interval = auc === null ? null : bootstrapInterval(labels, scores, METRICS.auc, { seed: 1 });
  return [
    ...(auc === null ? [] : [{ name: 'AUC, validation while training', value: rounded(auc), ...(interval === null ? {} : { interval95: [rounded(interval[0]), rounded(interval[1])] as [number, number] }), data: `data.val of the configuration; ${items} items`, command }]),
    ...Object.entries(bySource).map(([name, value]) => ({ name: 'AUC, validation while training', value: rounded(value), data: `the items of ${name}`, command })),
  ];
}

/** The card, without digests that only its weights can give. */
function cardOf({ config, digest }: LoadedTrainingConfig, model: TrainedModel, weights: { readonly file: string; readonly sha256: string }): Record<string, unknown> {
  const { network, shape, step, command, software, executor, seconds, resumed, files } = model;
  const { output } = config;
  return {
    schema: 'framewitness.model-card/1',
    name: output.name,
    network: network.name,
    kind: network.kind,
    version: output.version,
    description: output.description,
    weights,
    input: { size: shape.inputSize, clipLength: shape.clipLength, range: config.range ?? network.range, cropScale: output.cropScale, layout: network.kind === 'frame' ? 'NCHW' : 'NTCHW' },
    outputs: network.outputs,
    calibration: UNFITTED,
    ...(network.frameDecision === undefined ? {} : { frameCalibration: UNFITTED }),
    trainedOn: output.trainedOn,
    procedure: { command, software, executor, configurationSha256: digest, configuration: config, files, bestStep: step, seconds: Math.round(seconds), resumed },
    metrics: metricsOf(model),
    limits: output.limits,
    licence: output.licence,
  };
}

/**
 * Writes weights and card.
 *
 * @param path - of the card
 * @throws FramewitnessError FW_OUTPUT_UNWRITABLE, FW_MODEL_WEIGHTS
 */
export async function writeModel(loaded: LoadedTrainingConfig, model: TrainedModel, path: string): Promise<void> {
  const bound = bindParameters(networkGraph(model.network, model.shape), model.parameters);
  const weights = writeSafetensors(bound);
  const file = `${basename(path).replace(/\.card\.json$/, '')}.safetensors`;
  const text = `${JSON.stringify(cardOf(loaded, model, { file, sha256: sha256Hex(weights) }), null, 2)}\n`;
  if (!path.endsWith('.card.json')) throw new FramewitnessError('FW_TRAINING_CONFIG', `output.card is ${path}: the name of a card ends in .card.json`);
  parseCard(text, path);
  await writeAtomically(join(dirname(path), file), weights);
  await writeAtomically(path, text);
}
