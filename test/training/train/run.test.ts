import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { TrainingConfig } from '../../../src/training/config.js';
import { isValidation, readHistory } from '../../../src/training/train/history.js';
import { runTraining } from '../../../src/training/train/run.js';
import { temporaryFolder } from '../../models/support.js';
import { cpu, tinyConfig, tinyTraining } from './tiny.js';

/** With everything that has a state: moments, an average, a head that is thrown away, dropout, mirroring and a curriculum. */
const STATEFUL: Partial<TrainingConfig> = {
  auxiliary: { kind: 'localiser', layers: ['layer1', 'layer2'], target: 'changed', weight: 1 },
  averaging: 0.9,
  optimiser: { kind: 'adamw', rate: 0.02, weightDecay: 0.01, clipNorm: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  schedule: { kind: 'cosine', steps: 12, warmup: 3, floor: 0.1 },
  validate: { every: 4, metric: 'auc' },
};

function stateful(): TrainingConfig {
  const config = tinyConfig(STATEFUL);
  return { ...config, data: { ...config.data, flip: 0.5, curriculum: { from: 0.3, to: 0.01, until: 0.5 } } };
}

test('a tiny network learns to find a patch: AUC above 0.9 on examples that it was not trained on', async (t) => {
  const config = tinyConfig({ schedule: { kind: 'constant', steps: 60, warmup: 0 }, optimiser: { ...tinyConfig().optimiser, rate: 0.03 }, validate: { every: 20, metric: 'auc' } });
  const training = await tinyTraining(await temporaryFolder(t), { ...config, data: { ...config.data, batchSize: 16, val: { ...config.data.val, batches: 8 } } });
  const { ended, best, step } = await runTraining(training);
  assert.deepEqual([ended, step], ['complete', 60]);
  assert.ok(best!.value > 0.9, String(best!.value));
});

test('a training that was broken off and taken up again goes the same way as one that was not, to the last bit', async (t) => {
  const config = stateful();
  const whole = await tinyTraining(await temporaryFolder(t), config);
  const one = await runTraining(whole);
  const broken = await temporaryFolder(t);
  // Ended between two checkpoints of its own accord, as Ctrl-C does …
  let steps = 0;
  const first = await runTraining(await tinyTraining(broken, config, { stop: () => ++steps === 3 }));
  assert.deepEqual([first.ended, first.step], ['interrupted', 3]);
  // … and killed after a step that no checkpoint has.
  const killed = new Error('killed');
  let more = 0;
  await assert.rejects(runTraining(await tinyTraining(broken, config, { onStep: () => { if (++more === 5) throw killed; } })), killed);
  const last = await tinyTraining(broken, config);
  const other = await runTraining(last);
  assert.deepEqual(await readHistory(last.files.history), await readHistory(whole.files.history));
  assert.deepEqual([other.best, other.resumed], [one.best, 2]);
  assert.deepEqual(await readFile(last.files.best), await readFile(whole.files.best));
});

test('steps leave no tensor behind', async (t) => {
  const { tf } = await cpu();
  const before = tf.memory().numTensors;
  const counts: number[] = [];
  await runTraining(await tinyTraining(await temporaryFolder(t), stateful(), { onStep: () => void counts.push(tf.memory().numTensors) }));
  assert.deepEqual([...new Set(counts.slice(1))], [counts[1]]);
  assert.equal(tf.memory().numTensors, before);
});

test('training ends early when validation gets no better, and the best weights are kept', async (t) => {
  const config = tinyConfig({ optimiser: { ...tinyConfig().optimiser, rate: 1e-9 }, fixedStatistics: ['bn1.'], validate: { every: 2, metric: 'auc', patience: 2 }, schedule: { kind: 'plateau', steps: 40, warmup: 0, patience: 1, factor: 0.5 } });
  const training = await tinyTraining(await temporaryFolder(t), { ...config, data: { ...config.data, val: { ...config.data.val, batches: 1 } } });
  const { ended, step, best, history } = await runTraining(training);
  assert.equal(ended, 'early');
  const validations = history.records.filter(isValidation);
  assert.deepEqual(validations.slice(-2).map(({ validation }) => validation.best), [false, false]);
  assert.deepEqual([best!.step, step], [2, 6]);
  assert.ok(history.records.some((record) => !isValidation(record) && record.rate < 1e-9), 'a plateau lowers the rate');
});

test('a checkpoint of another configuration is refused, and begun anew only when told', async (t) => {
  const folder = await temporaryFolder(t);
  const config = tinyConfig({ schedule: { kind: 'constant', steps: 4, warmup: 0 } });
  await runTraining(await tinyTraining(folder, config));
  const changed = { ...config, seed: 7 };
  await assert.rejects(runTraining(await tinyTraining(folder, changed)), { code: 'FW_TRAINING_CHECKPOINT', message: /step 4/ });
  assert.equal((await runTraining(await tinyTraining(folder, changed, { fresh: true }))).resumed, 0);
});
