/** Scorers: face crops in, calibrated probabilities out. */
import { FramewitnessError } from '../domain/errors.js';
import type { Clip, TrackedFace } from '../domain/faces.js';
import type { ClipScore, ClipScorer, FrameScorer, MappedScore, ModelIdentity } from '../domain/ports.js';
import type { Graph } from '../inference/graph.js';
import type { NetworkSession } from '../inference/session.js';
import type { FloatTensor } from '../inference/tensor.js';
import type { Calibration } from './card.js';
import { decide, decisionOutputs } from './decision.js';
import { openNetwork, type ExecutorChoice } from './executors.js';
import { faceMaps } from './face-map.js';
import { loadModel, shapeOf, type LoadedModel, type Precision } from './load.js';
import type { NetworkMap, NetworkShape } from './network.js';
import { normaliseCrops } from './preprocessing.js';

/** Faces (or faces of clips), and pixels of faces, that one run takes at most: bounds memory, not results. */
const MAX_FACES_PER_RUN = 32;
const MAX_PIXELS_PER_RUN = 32 * 128 * 128;

/** What a scorer is made from. */
export interface ScorerSource extends Omit<ExecutorChoice, 'ranges'> {
  /** The model's name in the topology, and in verdicts. Default: the card's. */
  readonly name?: string;
  /** Path of the model card. */
  readonly card: string;
  /** Default `float32`. */
  readonly precision?: Precision;
}

/** A frame scorer or a clip scorer; `identity.kind` tells which, as does {@link isClipScorer}. */
export type Scorer = FrameScorer | ClipScorer;

/** Whether a scorer takes clips. */
export function isClipScorer(scorer: Scorer): scorer is ClipScorer {
  return scorer.identity.kind === 'clip';
}

/**
 * Loads a model and makes a scorer of it. Scores do not depend on what else is scored in the same call.
 *
 * @throws FramewitnessError as `loadModel` and `openNetwork`
 */
export async function createScorer(source: ScorerSource): Promise<Scorer> {
  const { name, card, precision = 'float32', ...choice } = source;
  const model = await loadModel(card, { precision, ...(name === undefined ? {} : { name }) });
  const ranges = precision === 'int8' ? model.card.quantisation?.ranges : undefined;
  return scorerOf(model, ranges === undefined ? choice : { ...choice, ranges: new Map(Object.entries(ranges)) });
}

/** Makes a scorer of a model that is loaded already. */
export async function scorerOf(model: LoadedModel, choice: ExecutorChoice = {}): Promise<Scorer> {
  const { session, executor } = await openNetwork(judgingGraph(model), model.parameters, model.identity.name, choice);
  const opened: LoadedModel = { ...model, identity: { ...model.identity, executor } };
  return model.network.kind === 'frame' ? new NetworkFrameScorer(opened, session) : new NetworkClipScorer(opened, session);
}

/** The graph without the outputs that only training reads, and hence, once it is folded, without the layers behind them. */
export function judgingGraph({ graph, network }: Pick<LoadedModel, 'graph' | 'network'>): Graph {
  const needed = [...decisionOutputs(network.decision), ...(network.frameDecision === undefined ? [] : decisionOutputs(network.frameDecision)), ...(network.map === undefined ? [] : [network.map.output])];
  return { ...graph, outputs: graph.outputs.filter(({ name }) => needed.includes(name)) };
}

/** Calibrated probability of log-odds: Platt scaling (Platt, 1999), sigmoid(scale × log-odds + offset). */
export function calibrated(logOdds: number, { scale, offset }: Pick<Calibration, 'scale' | 'offset'>): number {
  return 1 / (1 + Math.exp(-(scale * logOdds + offset)));
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Items of `faces` faces each that one run takes. */
function itemsPerRun(faces: number, { inputSize }: NetworkShape): number {
  return Math.max(1, Math.floor(Math.min(MAX_FACES_PER_RUN, MAX_PIXELS_PER_RUN / inputSize ** 2) / faces));
}

class NetworkFrameScorer implements FrameScorer {
  readonly identity: ModelIdentity;
  readonly scoreWithMaps?: NonNullable<FrameScorer['scoreWithMaps']>;
  readonly #shape: NetworkShape;

  constructor(
    private readonly model: LoadedModel,
    private readonly session: NetworkSession,
  ) {
    this.identity = model.identity;
    this.#shape = shapeOf(model.card);
    const { map } = model.network;
    if (map !== undefined) this.scoreWithMaps = (faces) => this.#withMaps(faces, map);
  }

  async score(faces: readonly Pick<TrackedFace, 'crop'>[]): Promise<readonly number[]> {
    const scores: number[] = [];
    for (const batch of chunks(faces, itemsPerRun(1, this.#shape))) scores.push(...this.#probabilities(await this.#run(batch), batch.length));
    return scores;
  }

  async #withMaps(faces: readonly Pick<TrackedFace, 'crop'>[], { output, meaning }: NetworkMap): Promise<readonly MappedScore[]> {
    const scores: MappedScore[] = [];
    for (const batch of chunks(faces, itemsPerRun(1, this.#shape))) {
      const outputs = await this.#run(batch);
      const maps = faceMaps(outputs[output], batch.length, meaning);
      this.#probabilities(outputs, batch.length).forEach((probability, i) => {
        const map = maps[i];
        if (map !== undefined) scores.push({ probability, map });
      });
    }
    return scores;
  }

  #run(faces: readonly Pick<TrackedFace, 'crop'>[]): Promise<Readonly<Record<string, FloatTensor>>> {
    const { inputSize } = this.#shape;
    const data = normaliseCrops(faces.map((face) => face.crop), inputSize, this.model.card.input.range);
    return this.session.run({ input: { data, dims: [faces.length, 3, inputSize, inputSize] } });
  }

  #probabilities(outputs: Readonly<Record<string, FloatTensor>>, faces: number): readonly number[] {
    const { network, card } = this.model;
    return Array.from(decide(network.decision, outputs, faces), (logOdds) => calibrated(logOdds, card.calibration));
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

class NetworkClipScorer implements ClipScorer {
  readonly identity: ModelIdentity;
  readonly clipLength: number;
  readonly #shape: NetworkShape;

  constructor(
    private readonly model: LoadedModel,
    private readonly session: NetworkSession,
  ) {
    this.identity = model.identity;
    this.#shape = shapeOf(model.card);
    this.clipLength = this.#shape.clipLength;
  }

  async score(clips: readonly Pick<Clip, 'faces'>[]): Promise<readonly ClipScore[]> {
    const scores: ClipScore[] = [];
    for (const batch of chunks(clips, itemsPerRun(this.clipLength, this.#shape))) scores.push(...(await this.#run(batch)));
    return scores;
  }

  async #run(clips: readonly Pick<Clip, 'faces'>[]): Promise<readonly ClipScore[]> {
    const length = this.clipLength;
    const { inputSize } = this.#shape;
    for (const { faces } of clips) {
      if (faces.length !== length) throw new FramewitnessError('FW_MODEL_FAILED', `${this.identity.name}: a clip has ${faces.length} faces, the network takes ${length}`);
    }
    const { network, card } = this.model;
    const data = normaliseCrops(clips.flatMap(({ faces }) => faces.map((face) => face.crop)), inputSize, card.input.range);
    const outputs = await this.session.run({ input: { data, dims: [clips.length, length, 3, inputSize, inputSize] } });
    const { calibration, frameCalibration } = card;
    // A frame head without a calibration has no probability to give.
    const faceOdds = network.frameDecision === undefined || frameCalibration === undefined ? undefined : decide(network.frameDecision, outputs, clips.length * length);
    return Array.from(decide(network.decision, outputs, clips.length), (clipOdds, i) => ({
      clip: calibrated(clipOdds, calibration),
      frames: faceOdds === undefined || frameCalibration === undefined ? [] : Array.from(faceOdds.subarray(i * length, (i + 1) * length), (odds) => calibrated(odds, frameCalibration)),
    }));
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
