/** Two real steps of a training, on a few faces of the sample. */
import assert from 'node:assert/strict';
import type { FloatTensor } from '../../../src/inference/tensor.js';
import type { TensorflowBackendChoice } from '../../../src/inference/tensorflow/backends.js';
import { isValidation, readHistory } from '../../../src/training/train/history.js';
import { openTraining } from '../../../src/training/train/open.js';
import { runTraining } from '../../../src/training/train/run.js';
import type { LoadedTrainingConfig } from '../../../src/training/config.js';
import { readTrainingCheckpoint } from '../../../src/training/train/checkpoint.js';

const STATISTIC = /running_(mean|var)$/;

/** What moved. */
export interface TwoSteps {
  /** Names of the parameters that the steps left as they were; running statistics are none. */
  readonly unmoved: readonly string[];
  /** Parts of the loss that were shown. */
  readonly parts: readonly string[];
}

/** Opens and runs a training of two steps as `train` does. Its losses, gradients and validation are numbers. */
export async function twoSteps(loaded: LoadedTrainingConfig, backend: TensorflowBackendChoice): Promise<TwoSteps> {
  const opened = await openTraining(loaded, { backend });
  try {
    const { options } = opened;
    const { ended } = await runTraining({ ...options, clock: () => 0 });
    assert.equal(ended, 'complete');
    const history = await readHistory(options.files.history);
    const steps = history.flatMap((record) => (isValidation(record) ? [] : [record]));
    assert.equal(steps.length, 2);
    for (const { loss, gradientNorm } of steps) assert.ok(Number.isFinite(loss) && gradientNorm > 0, `loss ${loss}, norm of the gradients ${gradientNorm}`);
    const validation = history.find(isValidation)?.validation;
    assert.ok(validation !== undefined && validation.auc !== null && Number.isFinite(validation.loss));
    const saved = await readTrainingCheckpoint(options.files.checkpoint);
    const initial: ReadonlyMap<string, FloatTensor> = options.initial ?? new Map<string, FloatTensor>();
    const isSame = (key: string, before: FloatTensor): boolean => Buffer.compare(bytes(saved!.tensors.get(`weights/${key}`)!.data), bytes(before.data)) === 0;
    const unmoved = [...initial].filter(([key, before]) => !STATISTIC.test(key) && isSame(key, before)).map(([key]) => key);
    return { unmoved, parts: Object.keys(steps[0]?.parts ?? {}) };
  } finally {
    await opened.close();
  }
}

const bytes = (data: Float32Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
