/** Writes a model as ONNX for other programs, with all that they need to use it in the file's metadata. */
import type { Graph } from '../inference/graph.js';
import { emitOnnx } from '../inference/onnx-emitter.js';
import { servingGraph } from '../inference/serving-graph.js';
import type { FloatTensor } from '../inference/tensor.js';
import type { ModelCard } from './card.js';
import { describeDecision, type Decision } from './decision.js';
import type { Precision } from './load.js';
import type { NetworkDefinition, NetworkShape } from './network.js';
import { describePreprocessing, PREPROCESSINGS, type PreprocessingName } from './preprocessing.js';
import { anyLengthGraph } from './registry.js';
import { judgingGraph } from './scorers.js';

/** A model to export. */
export interface ExportSource {
  readonly network: NetworkDefinition;
  readonly shape: NetworkShape;
  readonly graph: Graph;
  readonly range: PreprocessingName;
  readonly parameters: ReadonlyMap<string, FloatTensor>;
  /** Absent: the weights are random. */
  readonly card?: ModelCard;
  /** The model's digest in verdicts. */
  readonly digest?: string;
  /** What made random weights. */
  readonly seed?: string;
}

/** Options of {@link exportOnnx}. */
export interface ExportOptions {
  readonly precision: Precision;
  /** Outputs that only training reads too. float32 only: int8 has no ranges of what leads to them. */
  readonly allOutputs?: boolean;
  /** One graph for clips of any length, where the network has one. */
  readonly anyLength?: boolean;
  /** Name and release of the program, for the metadata. */
  readonly software: string;
}

/** An exported model. */
export interface ExportedModel {
  readonly onnx: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  /** The graph before folding. */
  readonly graph: Graph;
}

/** Keys of ours with their prefix; what is not there is left out. */
const entries = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[`framewitness.${key}`, typeof value === 'string' ? value : JSON.stringify(value)]])));

function decisionEntry(decision: Decision): object {
  return { ...decision, rule: describeDecision(decision) };
}

/** The metadata of docs/guides/models.md: plain strings, or JSON where a value has parts. */
function metadataOf({ network, shape, graph, range, card, digest, seed }: ExportSource, { precision, software }: ExportOptions): Readonly<Record<string, string>> {
  const [input] = graph.inputs;
  const meanings = new Map(network.outputs.map(({ name, meaning }) => [name, meaning]));
  const calibration = (of: ModelCard['calibration'] | undefined): object | undefined => (of === undefined ? undefined : { ...of, rule: 'probability of forged = 1 / (1 + exp(-(scale × log-odds + offset)))' });
  return {
    ...(card === undefined ? {} : { model_license: card.licence.weights }),
    ...entries({
      software,
      network: network.name,
      kind: network.kind,
      description: card?.description ?? network.description,
      model: card?.name,
      model_version: card?.version,
      digest,
      weights_sha256: card?.weights.sha256,
      imported_from: card?.importedFrom,
      random_weights: card === undefined ? (seed ?? '') : undefined,
      precision,
      input: {
        name: input?.name,
        layout: network.kind === 'frame' ? 'NCHW' : 'NTCHW',
        size: shape.inputSize,
        clipLength: shape.clipLength,
        ...PREPROCESSINGS[range],
        rule: describePreprocessing(range),
        ...(card === undefined ? {} : { cropScale: card.input.cropScale }),
      },
      outputs: graph.outputs.map(({ name }) => ({ name, meaning: meanings.get(name) ?? '' })),
      decision: decisionEntry(network.decision),
      frame_decision: network.frameDecision === undefined ? undefined : decisionEntry(network.frameDecision),
      map: network.map,
      calibration: calibration(card?.calibration),
      frame_calibration: calibration(card?.frameCalibration),
      code_license: card?.licence.code,
      limits: card?.limits,
    }),
  };
}

/**
 * The model as an `.onnx` file: what `emitOnnx` says of the format, folded as it is served.
 *
 * @throws FramewitnessError FW_MODEL_CARD where the card's quantisation does not fit the network, FW_MODEL_GRAPH
 */
export function exportOnnx(source: ExportSource, options: ExportOptions): ExportedModel {
  const whole = (options.anyLength === true ? anyLengthGraph(source.network, source.shape.inputSize) : undefined) ?? source.graph;
  const graph = options.allOutputs === true ? whole : judgingGraph({ graph: whole, network: source.network });
  const metadata = metadataOf({ ...source, graph }, options);
  const ranges = options.precision === 'int8' ? new Map(Object.entries(source.card?.quantisation?.ranges ?? {})) : undefined;
  return { onnx: emitOnnx(servingGraph(graph, source.parameters), metadata, ranges), metadata, graph };
}
