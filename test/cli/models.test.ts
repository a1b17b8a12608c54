/** `models inspect` and `models export` as a user runs them. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { EXIT } from '../../src/cli/exit-codes.js';
import { chooseModel } from '../../src/cli/model-argument.js';
import { readOnnxFacts } from '../../src/inference/onnx-schema.js';
import { createSession } from '../../src/inference/onnx-runtime.js';
import { parityInput } from '../../src/models/parity.js';
import { errorLines, runCli } from '../support/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'framewitness-models-cli-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});
const CHECKPOINT = join(import.meta.dirname, '../fixtures/checkpoints/meso4.nested-dataparallel.zip.pth');

test('inspect prints a network without weights layer by layer, totals last, and all of it as JSON', async () => {
  const { code, stdout } = await runCli(['models', 'inspect', 'xception', '--size', '224']);
  assert.equal(code, EXIT.ok);
  assert.match(stdout, /input: \[N, 3, 224, 224\], one face; can be built for 71 to 1024 pixels/);
  assert.match(stdout, /│ block1\.rep\.0 +│ conv2d +│ \[N, 128, 109, 109\] +│ 8,192 +│ 97,329,152 +│/);
  assert.match(stdout.trimEnd().split('\n').at(-2)!, /^│ total .*│ 20,811,050 │ 4,\d{3},\d{3},\d{3} +│$/);
  const json = await runCli(['models', 'inspect', 'builtin:srm-residual-gru', '--json']);
  const facts = JSON.parse(json.stdout) as { digest: string; totals: { parameters: number }; layers: unknown[]; decision: object; input: { shape: unknown } };
  assert.match(facts.digest, /^sha256:[0-9a-f]{64}$/);
  assert.equal(facts.totals.parameters, 596_354);
  assert.equal(facts.layers.length, 47);
  assert.deepEqual(facts.input.shape, ['N', 16, 3, 128, 128]);
});

test('export writes a checkpoint of a network as ONNX that runs, and inspect reads its metadata back', async () => {
  const out = join(folder, 'new/meso4.onnx');
  const { code, stderr, stdout } = await runCli(['models', 'export', CHECKPOINT, '--network', 'meso4', '--range', 'rgb/255', '--out', out]);
  assert.equal(code, EXIT.ok, stderr);
  assert.match(stdout, /operator set 17\ninput input \[N, 3, 256, 256\]\noutput logits \[N, 2\]\n/);
  const session = await createSession(readFileSync(out));
  assert.deepEqual((await session.run({ input: parityInput('x', [2, 3, 256, 256]) }))['logits']!.dims, [2, 2]);
  await session.close();
  const read = await runCli(['models', 'inspect', out]);
  assert.match(read.stdout, /framewitness\.network: meso4\n/);
  assert.match(read.stdout, /framewitness\.imported_from: \[\{"file":"meso4\.nested-dataparallel\.zip\.pth"/);
  const input = JSON.parse(readOnnxFacts(readFileSync(out), out).metadata['framewitness.input']!) as { divisor: number };
  assert.equal(input.divisor, 255);
});

test('export gives a network without weights random ones when asked, and only then; it says so', async () => {
  const out = join(folder, 'random.onnx');
  const refused = await runCli(['models', 'export', 'meso-inception4', '--out', out]);
  assert.equal(refused.code, EXIT.usage);
  assert.match(refused.stderr, /meso-inception4 is a network without weights: .*--random-weights SEED/);
  assert.ok(!existsSync(out));
  const { code, stdout } = await runCli(['models', 'export', 'meso-inception4', '--random-weights', 'seed', '--size', '64', '--out', out]);
  assert.equal(code, EXIT.ok);
  assert.match(stdout, /the weights are random/);
  const { metadata, inputs } = readOnnxFacts(readFileSync(out), out);
  assert.equal(metadata['framewitness.random_weights'], 'seed');
  assert.deepEqual(inputs[0]!.shape, ['N', 3, 64, 64]);
});

test('what cannot be exported or inspected is refused with what to do', async () => {
  const broken = join(folder, 'broken.onnx');
  writeFileSync(broken, 'not a model');
  const out = ['--out', join(folder, 'refused.onnx')];
  await assert.rejects(chooseModel([CHECKPOINT], {}), { code: 'FW_USAGE', message: /name the network that the checkpoint is for with --network/ });
  await assert.rejects(chooseModel(['head=a.pth', 'tail=b.pth'], {}), { code: 'FW_USAGE', message: /more than one file/ });
  await assert.rejects(chooseModel(['builtin:srm-residual'], { size: 64 }), { code: 'FW_USAGE', message: /a card says size/ });
  await assert.rejects(chooseModel(['dual-level-gru'], { clipLength: 301 }), { code: 'FW_MODEL_GRAPH', message: /cannot be built for clips of 301/ });
  const cases: readonly [readonly string[], string][] = [
    [['export', 'builtin:srm-residual', '--precision', 'int8', '--all-outputs', ...out], 'FW_USAGE'],
    [['export', 'meso4', '--random-weights', '1', '--precision', 'int8', ...out], 'FW_PRECISION_MISSING'],
    [['inspect', broken], 'FW_MODEL_FORMAT'],
  ];
  for (const [args, code] of cases) {
    const run = await runCli(['models', ...args]);
    assert.deepEqual(errorLines(run.stderr).map((line) => line.code), [code], run.stderr);
    assert.equal(run.code, EXIT.usage);
  }
  assert.ok(!existsSync(join(folder, 'refused.onnx')));
});
