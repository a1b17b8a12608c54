/** Scorers: face crops in, calibrated probabilities out. */
import { FramewitnessError } from '../domain/errors.js';
import type { Clip, TrackedFace } from '../domain/faces.js';
import type { RgbImage } from '../domain/media.js';
import type { ClipScore, ClipScorer, FrameScorer, ModelIdentity } from '../domain/ports.js';
import { emitOnnx } from '../inference/onnx-emitter.js';
import { createSession, type OnnxSession } from '../inference/onnx-runtime.js';
import { servingGraph } from '../inference/serving-graph.js';
import type { Calibration, ModelCard } from './card.js';
import { resizeRgb } from './image-resize.js';
import { loadModel, type LoadedModel } from './load.js';

/** Faces (or faces of clips) that one run takes at most: bounds memory, not results. */
const MAX_FACES_PER_RUN = 32;

/** What a scorer is made from. */
export interface ScorerSource {
  /** The model's name in the topology, and in verdicts. Default: the card's. */
  readonly name?: string;
  /** Path of the model card. */
  readonly card: string;
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
 * @throws FramewitnessError as `loadModel`, and FW_MODEL_FAILED where ONNX Runtime does not take the network
 */
export async function createScorer(source: ScorerSource): Promise<Scorer> {
  return scorerOf(await loadModel(source.card, source.name));
}

/** Makes a scorer of a model that is loaded already. */
export async function scorerOf(model: LoadedModel): Promise<Scorer> {
  const session = await createSession(emitOnnx(servingGraph(model.graph, model.parameters)), { name: model.identity.name });
  return model.network.kind === 'frame' ? new OnnxFrameScorer(model, session) : new OnnxClipScorer(model, session);
}

/** Calibrated probability of a logit: Platt scaling (Platt, 1999), sigmoid(scale × logit + offset). */
export function calibrated(logit: number, { scale, offset }: Pick<Calibration, 'scale' | 'offset'>): number {
  return 1 / (1 + Math.exp(-(scale * logit + offset)));
}

/**
 * Writes crops as a network's input: RGB planes of `value / 127.5 - 1`, one face after another.
 *
 * @param size - height and width of the network's input; crops of another size are resized
 */
export function normaliseCrops(crops: readonly RgbImage[], size: number): Float32Array {
  const plane = size * size;
  const input = new Float32Array(crops.length * 3 * plane);
  crops.forEach((crop, index) => {
    if (!Number.isInteger(crop.size) || crop.size < 1 || crop.data.length !== crop.size * crop.size * 3) {
      throw new FramewitnessError('FW_MODEL_FAILED', `crop ${index} of side ${crop.size} has ${crop.data.length} bytes`);
    }
    const { data } = resizeRgb(crop, size);
    const start = index * 3 * plane;
    for (let pixel = 0; pixel < plane; pixel++) {
      for (let channel = 0; channel < 3; channel++) input[start + channel * plane + pixel] = (data[3 * pixel + channel] ?? 0) / 127.5 - 1;
    }
  });
  return input;
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

class OnnxFrameScorer implements FrameScorer {
  readonly identity: ModelIdentity;
  readonly #card: ModelCard;
  readonly #size: number;

  constructor(
    model: LoadedModel,
    private readonly session: OnnxSession,
  ) {
    this.identity = model.identity;
    this.#card = model.card;
    this.#size = model.network.inputSize;
  }

  async score(faces: readonly Pick<TrackedFace, 'crop'>[]): Promise<readonly number[]> {
    const scores: number[] = [];
    for (const batch of chunks(faces, MAX_FACES_PER_RUN)) {
      const data = normaliseCrops(batch.map((face) => face.crop), this.#size);
      const { frame } = await this.session.run({ input: { data, dims: [batch.length, 3, this.#size, this.#size] } });
      for (const logit of expected(this.identity, 'frame', frame?.data, batch.length)) scores.push(calibrated(logit, this.#card.calibration));
    }
    return scores;
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

class OnnxClipScorer implements ClipScorer {
  readonly identity: ModelIdentity;
  readonly clipLength: number;
  readonly #card: ModelCard;
  readonly #size: number;

  constructor(
    model: LoadedModel,
    private readonly session: OnnxSession,
  ) {
    this.identity = model.identity;
    this.clipLength = model.network.clipLength;
    this.#card = model.card;
    this.#size = model.network.inputSize;
  }

  async score(clips: readonly Pick<Clip, 'faces'>[]): Promise<readonly ClipScore[]> {
    const scores: ClipScore[] = [];
    for (const batch of chunks(clips, Math.max(1, Math.floor(MAX_FACES_PER_RUN / this.clipLength)))) scores.push(...(await this.#run(batch)));
    return scores;
  }

  async #run(clips: readonly Pick<Clip, 'faces'>[]): Promise<readonly ClipScore[]> {
    const length = this.clipLength;
    for (const { faces } of clips) {
      if (faces.length !== length) throw new FramewitnessError('FW_MODEL_FAILED', `${this.identity.name}: a clip has ${faces.length} faces, the network takes ${length}`);
    }
    const data = normaliseCrops(clips.flatMap(({ faces }) => faces.map((face) => face.crop)), this.#size);
    const outputs = await this.session.run({ input: { data, dims: [clips.length, length, 3, this.#size, this.#size] } });
    const clipLogits = expected(this.identity, 'clip', outputs['clip']?.data, clips.length);
    const frameLogits = expected(this.identity, 'frame', outputs['frame']?.data, clips.length * length);
    const { calibration, frameCalibration } = this.#card;
    return Array.from(clipLogits, (logit, i) => ({
      clip: calibrated(logit, calibration),
      // A frame head without a calibration has no probability to give.
      frames: frameCalibration === undefined ? [] : Array.from(frameLogits.subarray(i * length, (i + 1) * length), (frame) => calibrated(frame, frameCalibration)),
    }));
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

function expected(identity: ModelIdentity, output: string, data: Float32Array | undefined, count: number): Float32Array {
  if (data?.length !== count) throw new FramewitnessError('FW_MODEL_FAILED', `${identity.name}: output ${output} has ${data?.length ?? 'no'} values, not ${count}`);
  return data;
}
