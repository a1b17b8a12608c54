/**
 * The TensorFlow.js executor on each back end that is there, beside ONNX Runtime: a forward pass and a training step, in
 * turn, in one process. `npx tsx bench/tensorflow.ts [NETWORK…] [--batch N] [--backends node,wasm,cpu]`
 */
import { parseArgs } from 'node:util';
import { emitOnnx } from '../src/inference/onnx-emitter.js';
import { createSession } from '../src/inference/onnx-runtime.js';
import { servingGraph } from '../src/inference/serving-graph.js';
import type { TensorflowBackendName } from '../src/inference/tensorflow/backends.js';
import { createTensorflowExecutor, type TensorflowExecutor } from '../src/inference/tensorflow/executor.js';
import { findNetwork, networkGraph } from '../src/models/registry.js';
import { parityInput, parityParameters } from '../src/models/parity.js';
import { median } from './support.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { batch: { type: 'string', default: '8' }, backends: { type: 'string', default: 'node,wasm,cpu' } } });
const batch = Number(values.batch);
const ROUNDS = 3;

type Job = () => void | Promise<void>;

async function seconds(job: Job): Promise<number> {
  const start = performance.now();
  await job();
  return (performance.now() - start) / 1000;
}

/** Median of some rounds after one that is not counted, the jobs taking turns. */
async function timed(jobs: ReadonlyMap<string, Job>): Promise<ReadonlyMap<string, number>> {
  const times = new Map([...jobs.keys()].map((name) => [name, [] as number[]]));
  for (const job of jobs.values()) await job();
  for (let round = 0; round < ROUNDS; round++) for (const [name, job] of jobs) times.get(name)!.push(await seconds(job));
  return new Map([...times].map(([name, all]) => [name, median(all)]));
}

/** One step of Adam on the sum of squares of all outputs: every parameter gets a gradient. */
function trainingStep(executor: TensorflowExecutor, network: string): { readonly step: Job; readonly dispose: () => void } {
  const { tf } = executor;
  const definition = findNetwork(network);
  const graph = networkGraph(definition);
  const variables = executor.createVariables(graph, parityParameters(graph, 'bench', 1.5));
  const optimizer = tf.train.adam(1e-4);
  const { data, dims } = parityInput('bench', inputDims(network));
  let steps = 0;
  const step = (): void => {
    executor.activate();
    tf.tidy(() => {
      const forward = executor.asFunction(graph, variables, { mode: 'train', dropoutSeed: steps++ });
      const input = tf.tensor(data, [...dims]);
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.stack(Object.values(forward({ input })).map((y) => tf.mean(tf.square(y))))), variables.trainable);
      optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      value.dataSync();
    });
  };
  return { step, dispose: () => (variables.dispose(), optimizer.dispose()) };
}

function inputDims(network: string): readonly number[] {
  const { kind, inputSize, clipLength } = findNetwork(network);
  return kind === 'clip' ? [batch, clipLength, 3, inputSize, inputSize] : [batch, 3, inputSize, inputSize];
}

const executors = await Promise.all(values.backends.split(',').map((backend) => createTensorflowExecutor({ backend: backend as TensorflowBackendName })));
for (const network of positionals.length > 0 ? positionals : ['srm-residual', 'meso4']) {
  const graph = networkGraph(findNetwork(network));
  const parameters = parityParameters(graph, 'bench', 1.5);
  const input = parityInput('bench', inputDims(network));
  const session = await createSession(emitOnnx(servingGraph(graph, parameters)));
  const loaded = executors.map((executor) => ({ name: executor.executor, network: executor.load(graph, parameters) }));
  const forward = await timed(new Map<string, Job>([
    ['onnxruntime, 1 thread', async () => { await session.run({ input }); }],
    ...loaded.map(({ name, network: ready }) => [name, () => { ready.run({ input }); }] as const),
  ]));
  await session.close();
  for (const { network: ready } of loaded) ready.dispose();
  const reference = forward.get('onnxruntime, 1 thread')!;
  for (const [name, time] of forward) console.log(`${network}, forward, batch ${batch}: ${name} ${(time * 1000).toFixed(0)} ms, ${(time / reference).toFixed(2)} of ONNX Runtime's time`);

  const training = executors.map((executor) => ({ name: executor.executor, ...trainingStep(executor, network) }));
  const steps = await timed(new Map(training.map(({ name, step }) => [name, step])));
  for (const { dispose } of training) dispose();
  const first = [...steps.values()][0]!;
  for (const [name, time] of steps) console.log(`${network}, training step, batch ${batch}: ${name} ${(time * 1000).toFixed(0)} ms, ${(time / first).toFixed(1)} of ${training[0]!.name}'s time`);
}
