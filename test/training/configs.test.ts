import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORKS } from '../../src/models/registry.js';
import { parseTrainingConfig } from '../../src/training/config.js';
import { PUBLISHED_LOSSES } from '../../src/training/losses/published.js';
import { lossSpecSchema } from '../../src/training/losses/spec.js';
import { MINIMAL } from './train/configuration.js';
import { publishedConfigs } from './train/published-configs.js';

const configs = publishedConfigs();

test('every registered network has a configuration that trains it, and says so by its name', () => {
  const trained = new Set(configs.map(({ loaded }) => loaded.config.network));
  assert.deepEqual(NETWORKS.map(({ name }) => name).filter((name) => !trained.has(name)), []);
  for (const { file, named, loaded } of configs) {
    if (named !== undefined) assert.equal(loaded.config.network, named, file);
  }
});

test('each network is trained by the kind of loss that it was published with; Face X-ray trains another’s network by its own', () => {
  for (const { file, loaded: { config } } of configs) {
    const published = lossSpecSchema.parse(PUBLISHED_LOSSES[config.network]);
    const kindsOf = (spec: typeof published): readonly string[] => (spec.kind === 'dual-level' ? [spec.kind, spec.of.kind] : [spec.kind]);
    if (file === 'face-xray') assert.deepEqual([config.loss.kind, config.data.train.recipe], ['face-xray', 'face-xray']);
    else assert.deepEqual(kindsOf(config.loss), kindsOf(published), file);
  }
});

test('no two trainings write to the same folder, and each to the model that is named like it', () => {
  const folders = configs.map(({ loaded }) => loaded.config.checkpoint.folder);
  assert.deepEqual(folders.filter((folder, index) => folders.indexOf(folder) !== index), []);
  for (const { loaded: { config } } of configs) assert.equal(config.output.card, `${config.checkpoint.folder}/model/${config.output.name}.card.json`);
});

function told(...changes: readonly (readonly [from: string, to: string])[]): readonly (readonly [path: string, message: string])[] {
  const text = changes.reduce((changed, [from, to]) => {
    assert.ok(changed.includes(from), from);
    return changed.replace(from, to);
  }, MINIMAL);
  return parseTrainingConfig(text, 'wrong.yaml').problems.map(({ path, message }) => [path, message]);
}

test('a loss that the network does not fit is told before anything is trained', () => {
  const [[path, message] = []] = told(['loss: { kind: bce }', 'loss: { kind: dual-level }']);
  assert.equal(path, 'loss');
  assert.match(message!, /meso4 does not judge clips and faces both/);
});

test('names that begin no parameter are told: a misspelt one would freeze nothing', () => {
  const problems = told(['loss:', 'frozen: [conv1., conf2.]\nfixedStatistics: [bn9]\ngroups: [{ parameters: fc1, rate: 2 }, { parameters: fc9, rate: 2 }]\nloss:']);
  assert.deepEqual(problems.map(([path]) => path), ['frozen[1]', 'fixedStatistics[0]', 'groups[1].parameters']);
});

test('examples that the loss or the network cannot take are told, and options that the recipe does not have', () => {
  assert.match(told(['train: { faces: [faces.jsonl] }', 'train: { faces: [faces.jsonl], options: { flop: 1 } }'])[0]![1], /recipe as-is: .*flop/);
  const cao = [['network: meso4', 'network: cao2021'], ['loss: { kind: bce }', 'loss: { kind: cao2021 }']] as const;
  assert.deepEqual(told(...cao).map(([path]) => path), ['data.train.options', 'data.val.options']);
  assert.deepEqual(told(...cao, ['train: { faces: [faces.jsonl] }', 'train: { faces: [faces.jsonl], options: { pairs: true } }']).map(([path]) => path), ['data.val.options']);
  assert.deepEqual(told(['network: meso4', 'network: dual-level-gru'], ['train: { faces: [faces.jsonl] }', 'train: { faces: [faces.jsonl], recipe: face-xray }']).map(([path]) => path), ['data.train.recipe']);
  assert.deepEqual(told(['batchSize: 8', 'batchSize: 7'], ['train: { faces: [faces.jsonl] }', 'train: { faces: [faces.jsonl], recipe: self-blended }']).map(([path]) => path), ['data.batchSize']);
  assert.deepEqual(told(['train: { faces: [faces.jsonl] }', 'train: { faces: [faces.jsonl], distinct: 8 }']).map(([path]) => path), ['data.train.distinct']);
});
