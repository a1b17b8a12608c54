/** A training from its first step, or from where it was left, to its last. */
import { readFile, rm } from 'node:fs/promises';
import { FramewitnessError } from '../../domain/errors.js';
import type { FloatTensor } from '../../inference/tensor.js';
import { readSafetensors, writeSafetensors } from '../../inference/safetensors.js';
import type { TensorflowExecutor } from '../../inference/tensorflow/executor.js';
import type { NetworkDefinition, NetworkShape } from '../../models/network.js';
import type { TrainingConfig } from '../config-schema.js';
import type { Example, ExampleSource } from '../examples.js';
import { Random } from '../random.js';
import { batchArrays, changedMaps, pooledMasks, varied, type BatchArrays, type BatchFormat } from './batch-arrays.js';
import { readTrainingCheckpoint, writeAtomically, writeCheckpoint, type TrainingState } from './checkpoint.js';
import { courseDigest, type TrainingFiles } from './course.js';
import { ExampleStream, STREAM_START } from './example-stream.js';
import { History, type StepRecord } from './history.js';
import { TrainingModel } from './model.js';
import { rateFactor } from './schedule.js';
import { validate, type Validation } from './validation.js';

/** What a training works with. */
export interface TrainingOptions {
  readonly config: TrainingConfig;
  readonly network: NetworkDefinition;
  readonly shape: NetworkShape;
  readonly executor: TensorflowExecutor;
  /** A tensor for every parameter; default: random ones. */
  readonly initial?: ReadonlyMap<string, FloatTensor>;
  /** The examples; they stay the caller's to close. */
  readonly train: ExampleSource;
  readonly val: ExampleSource;
  readonly files: TrainingFiles;
  /** Forgets an earlier training in the same folder. */
  readonly fresh?: boolean;
  /** Asked after each step: true ends the training there, after a checkpoint. */
  readonly stop?: () => boolean;
  /** Seconds from some beginning; only for what is reported. */
  readonly clock: () => number;
  readonly onBegin?: (step: number, steps: number) => void;
  readonly onStep?: (record: StepRecord) => void;
  readonly onValidation?: (step: number, validation: Validation, best: boolean) => void;
  /** After each checkpoint. */
  readonly onCheckpoint?: (standing: { readonly step: number; readonly seconds: number; readonly resumed: number; readonly history: History }) => Promise<void>;
}

/** How a training ended. */
export interface TrainingResult {
  readonly ended: 'complete' | 'early' | 'interrupted';
  readonly step: number;
  /** The best weights and their validation; undefined while there was none, and where the training was interrupted. */
  readonly best: { readonly step: number; readonly value: number; readonly parameters: ReadonlyMap<string, FloatTensor>; readonly validation: Validation } | undefined;
  /** Seconds of training in all processes. */
  readonly seconds: number;
  /** How often it was taken up again. */
  readonly resumed: number;
  readonly history: History;
}

/** Trains. @throws FramewitnessError FW_TRAINING_CHECKPOINT where the folder holds a training of another course; FW_TRAINING_DIVERGED, FW_TRAINING_DATA */
export async function runTraining(options: TrainingOptions): Promise<TrainingResult> {
  const training = await Training.open(options);
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}

const FIRST: Omit<TrainingState, 'course'> = { schema: 'framewitness.training-checkpoint/1', step: 0, optimiserSteps: 0, place: STREAM_START, best: null, stale: 0, plateau: 0, falls: 0, seconds: 0, resumed: 0 };

class Training {
  readonly #format: BatchFormat;
  readonly #stream: ExampleStream;
  readonly #began: number;
  #saved = -1;

  private constructor(
    private readonly options: TrainingOptions,
    private readonly model: TrainingModel,
    private readonly history: History,
    private state: TrainingState,
  ) {
    const { config, network, shape, clock } = options;
    const { batchSize, flip, reverse, methods } = config.data;
    this.#format = { kind: network.kind, ...shape, range: config.range ?? network.range, methods, flip, reverse };
    this.#stream = new ExampleStream(options.train, batchSize, state.place);
    this.#began = clock() - state.seconds;
  }

  static async open(options: TrainingOptions): Promise<Training> {
    const { config, files, executor, network, shape, initial } = options;
    const course = courseDigest(config);
    if (options.fresh === true) for (const path of [files.checkpoint, files.best]) await rm(path, { force: true });
    const found = await readTrainingCheckpoint(files.checkpoint);
    if (found !== undefined && found.state.course !== course) {
      throw new FramewitnessError('FW_TRAINING_CHECKPOINT', `${files.checkpoint} (step ${found.state.step}) is of another configuration`, { location: { input: files.checkpoint } });
    }
    const model = new TrainingModel(executor, network, shape, config, initial);
    try {
      if (found !== undefined) model.restore(found.tensors, found.state.optimiserSteps);
      const history = await History.open(files.history, found?.state.step ?? 0);
      const state = found === undefined ? { ...FIRST, course } : { ...found.state, resumed: found.state.resumed + 1 };
      return new Training(options, model, history, state);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  async run(): Promise<TrainingResult> {
    const { config, stop, onBegin } = this.options;
    const { steps } = config.schedule;
    onBegin?.(this.state.step, steps);
    while (this.state.step < steps && !this.#isExhausted()) {
      await this.#step();
      const { step } = this.state;
      if (step % config.validate.every === 0 || step === steps) await this.#validate();
      const ends = stop?.() === true;
      if (ends || step % config.checkpoint.every === 0 || step === steps || this.#isExhausted()) await this.#save();
      if (ends && step < steps) return this.#result('interrupted');
    }
    return this.#result(this.state.step < steps ? 'early' : 'complete');
  }

  dispose(): void {
    this.model.dispose();
  }

  #isExhausted(): boolean {
    const { patience } = this.options.config.validate;
    return patience !== undefined && this.state.stale >= patience;
  }

  async #step(): Promise<void> {
    const { config, onStep } = this.options;
    const { step, falls } = this.state;
    const examples = varied(await this.#stream.take(this.#floor(step)), this.#format, new Random(config.seed).fork('vary').fork(step));
    this.#stream.prefetch();
    const arrays = batchArrays(examples, this.#format);
    const places = this.#places(examples, arrays);
    const rate = config.optimiser.rate * rateFactor(config.schedule, step, falls);
    const result = this.model.step(arrays, { step, rate, ...(places === undefined ? {} : { places }) });
    this.state = { ...this.state, step: step + 1, place: this.#stream.position, seconds: this.options.clock() - this.#began };
    const record: StepRecord = { step: step + 1, ...result, rate };
    this.history.add(record);
    onStep?.(record);
  }

  /** Least strength of the pairs of a step: coarse forgeries first. */
  #floor(step: number): number | undefined {
    const { curriculum } = this.options.config.data;
    if (curriculum === undefined) return undefined;
    const { from, to, until } = curriculum;
    const over = until === 0 ? 1 : Math.min(1, step / (until * this.options.config.schedule.steps));
    return from + (to - from) * over;
  }

  #places(examples: readonly Example[], arrays: BatchArrays): Float32Array | undefined {
    const { localiser } = this.model;
    if (localiser === undefined) return undefined;
    return localiser.config.target === 'changed' ? changedMaps(examples, localiser.side) : pooledMasks(arrays, this.#format.inputSize, localiser.side);
  }

  async #validate(): Promise<void> {
    const { config, val, files, onValidation } = this.options;
    const { step, best, stale, plateau, falls } = this.state;
    const found = await validate(this.model, val, config.data.val.batches, this.#format, step);
    const value = config.validate.metric === 'auc' ? found.auc : -found.loss;
    if (value === null) throw new FramewitnessError('FW_TRAINING_DATA', 'the validation examples are all of one class, so that there is no AUC: add the other class to data.val, or choose validate.metric loss');
    const better = best === null || value > best.value;
    if (better) await writeAtomically(files.best, writeSafetensors(this.model.result(), { step: String(step), value: String(value) }));
    const { schedule } = config;
    const falling = !better && schedule.kind === 'plateau' && plateau + 1 >= schedule.patience;
    this.state = { ...this.state, best: better ? { step, value } : best, stale: better ? 0 : stale + 1, plateau: better || falling ? 0 : plateau + 1, falls: falling ? falls + 1 : falls };
    const { auc, bySource, loss, items } = found;
    this.history.add({ step, validation: { auc, bySource, loss, items, best: better } });
    onValidation?.(step, found, better);
  }

  /** History first: a checkpoint never knows more steps than the history does. */
  async #save(): Promise<void> {
    if (this.#saved === this.state.step) return;
    const { tensors, optimiserSteps } = this.model.export();
    this.state = { ...this.state, optimiserSteps };
    await this.history.flush();
    await writeCheckpoint(this.options.files.checkpoint, { state: this.state, tensors });
    this.#saved = this.state.step;
    const { step, seconds, resumed } = this.state;
    await this.options.onCheckpoint?.({ step, seconds, resumed, history: this.history });
  }

  async #result(ended: TrainingResult['ended']): Promise<TrainingResult> {
    const { step, best, seconds, resumed } = this.state;
    const rest = { ended, step, seconds, resumed, history: this.history };
    return { ...rest, best: ended === 'interrupted' || best === null ? undefined : await this.#best(best) };
  }

  /** The best weights as they lie on disk, scored once more: what is said of them is said of the file. */
  async #best(best: { readonly step: number; readonly value: number }): Promise<NonNullable<TrainingResult['best']>> {
    const { config, val, files } = this.options;
    const { tensors } = readSafetensors(await readFile(files.best), files.best);
    this.model.use(tensors);
    const validation = await validate(this.model, val, config.data.val.batches, this.#format, best.step);
    return { ...best, parameters: tensors, validation };
  }
}
