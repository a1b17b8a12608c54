/**
 * int8 beside float32 in ONNX Runtime, in turn, in one process, one thread; int8 is calibrated on the inputs it is timed on.
 * `npx tsx bench/precision.ts [NETWORK…] [--batches 1,8] [--rounds N]`
 */
import { parseArgs } from 'node:util';
import { measureRanges } from '../src/inference/activation-ranges.js';
import { emitOnnx } from '../src/inference/onnx-emitter.js';
import { createSession } from '../src/inference/onnx-runtime.js';
import { servingGraph } from '../src/inference/serving-graph.js';
import { parityInput, parityParameters } from '../src/models/parity.js';
import { findNetwork, networkGraph } from '../src/models/registry.js';
import { median } from './support.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { batches: { type: 'string', default: '1,8' }, rounds: { type: 'string', default: '7' } } });

for (const name of positionals.length > 0 ? positionals : ['xception', 'dsp-fwa']) {
  const { kind, inputSize, clipLength } = findNetwork(name);
  const dims = (batch: number): number[] => (kind === 'clip' ? [batch, clipLength, 3, inputSize, inputSize] : [batch, 3, inputSize, inputSize]);
  const whole = networkGraph(findNetwork(name));
  const graph = servingGraph(whole, parityParameters(whole, 'bench', 1.5));
  const ranges = (await measureRanges(graph, ['a', 'b'].map((seed) => parityInput(seed, dims(1))), [1])).get(1)!;
  const float32 = await createSession(emitOnnx(graph));
  const int8 = await createSession(emitOnnx(graph, {}, ranges));
  for (const batch of values.batches.split(',').map(Number)) {
    const input = parityInput('bench', dims(batch));
    const times = { float32: [] as number[], int8: [] as number[] };
    for (let round = 0; round <= Number(values.rounds); round++) {
      for (const [precision, session] of [['float32', float32], ['int8', int8]] as const) {
        const start = performance.now();
        await session.run({ input });
        if (round > 0) times[precision].push(performance.now() - start);
      }
    }
    const [slow, fast] = [median(times.float32), median(times.int8)];
    console.log(`${name}, batch ${batch}: float32 ${slow.toFixed(0)} ms, int8 ${fast.toFixed(0)} ms: ${(slow / fast).toFixed(2)} times as fast`);
  }
  await Promise.all([float32.close(), int8.close()]);
}
