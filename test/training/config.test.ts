import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadTrainingConfig, parseTrainingConfig } from '../../src/training/config.js';
import { temporaryFolder } from '../models/support.js';
import { MINIMAL } from './train/configuration.js';

test('a short configuration is read, with defaults put in', () => {
  const { config, problems } = parseTrainingConfig(MINIMAL, 'short.yaml');
  assert.deepEqual(problems, []);
  assert.equal(config?.data.train.recipe, 'as-is');
  assert.equal(config.optimiser.kind, 'adam');
  assert.equal(config.validate.metric, 'auc');
});

test('all mistakes are said at once, each with its line, what it should be, and a hint', () => {
  const wrong = MINIMAL.replace('network: meso4', 'network: mesa4')
    .replace('batchSize: 8', 'batchSize: 0')
    .replace('kind: adam, rate: 0.01', 'kind: adem, rate: 0.01')
    .replace('kind: constant, steps: 20', 'kind: cosine, steps: 20, warmup: 30, flour: 0.1')
    .replace('validate: { every: 10 }', 'validate: { metric: acc, every: 10 }')
    .replace('  name: test\n', '');
  const { config, problems } = parseTrainingConfig(wrong, 'wrong.yaml');
  assert.equal(config, undefined);
  assert.deepEqual(
    problems.map(({ line, code, path }) => [line, code, path]),
    [
      [2, 'rule', 'network'],
      [6, 'out-of-range', 'data.batchSize'],
      [8, 'wrong-type', 'optimiser.kind'],
      [9, 'rule', 'schedule.warmup'],
      [9, 'unknown-key', 'schedule.flour'],
      [10, 'not-allowed', 'validate.metric'],
      [12, 'missing-key', 'output.name'],
    ],
  );
  const said = problems.map(({ message, hint }) => `${message} (${hint})`);
  assert.match(said[0]!, /did you mean meso4\?/);
  assert.match(said[2]!, /adam or adamw or sgd/);
  assert.match(said[4]!, /did you mean floor\?/);
});

test('a file with mistakes is refused with its code, and the digest tells two configurations apart', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'a.yaml');
  await writeFile(path, MINIMAL.replace('loss: { kind: bce }\n', ''));
  assert.throws(() => loadTrainingConfig(path), { code: 'FW_TRAINING_CONFIG', message: /a mistake:\n.*a\.yaml:1:1 loss is missing/ });
  assert.throws(() => loadTrainingConfig(join(folder, 'none.yaml')), { code: 'FW_TRAINING_CONFIG' });
  await writeFile(path, MINIMAL);
  const { digest } = loadTrainingConfig(path);
  await writeFile(path, MINIMAL.replace('rate: 0.01', 'rate: 0.02'));
  assert.notEqual(loadTrainingConfig(path).digest, digest);
});
