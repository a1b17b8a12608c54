import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createTensorflowExecutor } from '../../../src/inference/tensorflow/executor.js';
import { NATIVE_FOLDER_VARIABLE } from '../../../src/inference/tensorflow/native-package.js';
import { parityParameters } from '../../../src/models/parity.js';
import { spreadOut } from './cases.js';
import { assertClose } from './checks.js';
import { smallNetwork } from './training.js';

/** A folder in which native packages are looked for, and nowhere else, until the test ends. */
async function nativeFolder(t: TestContext): Promise<string> {
  const before = process.env[NATIVE_FOLDER_VARIABLE];
  const folder = await mkdtemp(join(tmpdir(), 'framewitness-native-'));
  process.env[NATIVE_FOLDER_VARIABLE] = folder;
  t.after(async () => {
    if (before === undefined) Reflect.deleteProperty(process.env, NATIVE_FOLDER_VARIABLE);
    else process.env[NATIVE_FOLDER_VARIABLE] = before;
    await rm(folder, { recursive: true });
  });
  return folder;
}

// First, while no back end is open yet.
test('back ends work side by side, and opening them leaves the process as it was', async () => {
  const listeners = (): readonly number[] => [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
  const before = listeners();
  const graph = smallNetwork();
  const parameters = parityParameters(graph, 'side by side', 1);
  const networks = await Promise.all((['wasm', 'cpu'] as const).map(async (backend) => (await createTensorflowExecutor({ backend })).load(graph, parameters)));
  assert.deepEqual(listeners(), before);
  for (let round = 0; round < 2; round++) {
    const x = spreadOut([2, 1, 8, 8], round);
    const [a, b] = networks.map((network) => network.run({ x })['logits']!);
    assertClose(a!, b!, 1e-5, 'both');
  }
  for (const network of networks) network.dispose();
});

test('a native back end that is not installed is refused, saying how to get it', async (t) => {
  await nativeFolder(t);
  await assert.rejects(createTensorflowExecutor({ backend: 'node' }), { code: 'FW_EXECUTOR_MISSING', message: /npm install @tensorflow\/tfjs-node\), or build it with scripts\/build-tfjs-node\.sh / });
  await assert.rejects(createTensorflowExecutor({ backend: 'node-gpu' }), { code: 'FW_EXECUTOR_MISSING', message: /npm install @tensorflow\/tfjs-node-gpu\), or build it with scripts\/build-tfjs-node\.sh gpu / });
});

test('auto takes WebAssembly where nothing native is installed', async (t) => {
  await nativeFolder(t);
  assert.equal((await createTensorflowExecutor()).executor, 'tensorflow-wasm');
});

test('a native package that is installed and does not load is an error, also for auto', async (t) => {
  const folder = join(await nativeFolder(t), 'node_modules', '@tensorflow', 'tfjs-node');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.js'), 'throw new Error("libtensorflow is of the wrong kind");');
  for (const backend of ['node', 'auto'] as const) {
    await assert.rejects(createTensorflowExecutor({ backend }), { code: 'FW_EXECUTOR_MISSING', message: /tfjs-node does not load: libtensorflow is of the wrong kind; remove it or install it/ });
  }
});
