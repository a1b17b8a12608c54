import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { FramewitnessError } from '../../src/domain/errors.js';
import { DEFAULT_TOPOLOGY_PATH, PACKAGE_FOLDER, resolveCard } from '../../src/topology/cards.js';
import { loadTopology } from '../../src/topology/load.js';
import { formatProblem, TopologyError } from '../../src/topology/problems.js';
import { fixturePath } from './fixture.js';

test('the topology that comes with the package has no problem, and is what the defaults say but for what was fitted for its models', () => {
  const shipped = loadTopology(DEFAULT_TOPOLOGY_PATH, {});
  const minimal = loadTopology(fixturePath('minimal.yaml'), {});
  assert.deepEqual(shipped.warnings, []);
  assert.equal(shipped.folder, resolve(PACKAGE_FOLDER));
  const { score, fuse, verdict } = shipped.topology.stages;
  const fitted = { score: { ...minimal.topology.stages.score, models: score.models }, fuse, verdict: { ...minimal.topology.stages.verdict, forgedAt: verdict.forgedAt, authenticAt: verdict.authenticAt } };
  assert.deepEqual(shipped.topology, { ...minimal.topology, stages: { ...minimal.topology.stages, ...fitted } });
});

test('an invalid topology is refused with every problem in the message and as data', () => {
  const path = fixturePath('six-mistakes.yaml');
  assert.throws(
    () => loadTopology(path, {}),
    (error: unknown) => {
      assert.ok(error instanceof TopologyError && error instanceof FramewitnessError);
      assert.equal(error.code, 'FW_TOPOLOGY_INVALID');
      assert.equal(error.problems.length, 6);
      for (const problem of error.problems) assert.ok(error.message.includes(formatProblem(problem)), formatProblem(problem));
      assert.match(error.message, /6 mistakes/);
      assert.ok(error.message.includes(`${path}:5:14 `));
      assert.deepEqual(error.location, { input: path, line: 5, column: 14 });
      return true;
    },
  );
});

test('another major version, a missing file and a binary file have codes of their own', () => {
  const codeOf = (path: string): string => {
    try {
      loadTopology(path, {});
    } catch (error) {
      if (error instanceof FramewitnessError) return error.code;
      throw error;
    }
    return 'none';
  };
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-'));
  try {
    writeFileSync(join(folder, 'binary.yaml'), Uint8Array.of(0xff, 0xfe, 0xc3, 0x28));
    assert.equal(codeOf(join(folder, 'binary.yaml')), 'FW_TOPOLOGY_INVALID');
    assert.equal(codeOf(join(folder, 'missing.yaml')), 'FW_TOPOLOGY_NOT_FOUND');
    assert.equal(codeOf(folder), 'FW_TOPOLOGY_NOT_FOUND');
    assert.equal(codeOf(fixturePath('unknown-major.yaml')), 'FW_TOPOLOGY_VERSION');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a newer minor version is loaded and warned of', () => {
  const { warnings, path, folder } = loadTopology(fixturePath('future-minor.yaml'), {});
  assert.deepEqual(warnings.map(({ code, severity }) => [code, severity]), [['version', 'warning']]);
  assert.equal(folder, dirname(path));
});

test('cards are found beside the topology, in the package by builtin:, and nowhere else', () => {
  assert.equal(resolveCard('models/own.card.json', '/somewhere'), '/somewhere/models/own.card.json');
  assert.equal(resolveCard('/else/own.card.json', '/somewhere'), '/else/own.card.json');
  assert.equal(resolveCard('builtin:srm-residual', '/somewhere'), join(PACKAGE_FOLDER, 'weights', 'srm-residual.card.json'));
  for (const card of ['builtin:../../etc/passwd', 'builtin:', 'builtin:a/b', 'builtin:..']) {
    assert.throws(() => resolveCard(card, '/somewhere'), (error: unknown) => error instanceof FramewitnessError && error.code === 'FW_MODEL_UNKNOWN', card);
  }
});
