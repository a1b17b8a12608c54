/**
 * Decode + sample + detect + crop against `ffmpeg -f null` on the same file and cores: frames a second, as a ratio.
 * `npx tsx bench/stateless.ts [FILE]`; the default is a 1080p clip with one face, 8 sampled frames a second.
 */
import { lastValueFrom, reduce } from 'rxjs';
import { pullMap } from '../src/operators/pull-map.js';
import { openPipeline } from '../src/topology/build/open.js';
import { createSegmenter } from '../src/topology/build/segmenter.js';
import { DEFAULT_TOPOLOGY_PATH } from '../src/topology/cards.js';
import { loadTopology } from '../src/topology/load.js';
import { clip1080p, measure, median } from './support.js';

const input = process.argv[2] ?? clip1080p(30);
const loaded = loadTopology(DEFAULT_TOPOLOGY_PATH);
const pipeline = await openPipeline(loaded);
const { segments, limits } = loaded.topology;
const cutter = createSegmenter({ targetMicros: segments.targetSeconds * 1e6, limits }, 60_000);

interface Totals {
  readonly frames: number;
  readonly sampled: number;
  readonly faces: number;
}

async function analyseAll(): Promise<Totals & { readonly seconds: number }> {
  const started = process.hrtime.bigint();
  const analyses = pullMap(cutter.segmenter({ path: input, stream: input }), pipeline.stages.analyse, { concurrency: 3, maxItems: 6 });
  const totals = await lastValueFrom(
    analyses.pipe(
      reduce<Awaited<ReturnType<typeof pipeline.stages.analyse>>, Totals>(
        (sum, { accounting, frames }) => ({ frames: sum.frames + accounting.present, sampled: sum.sampled + frames.length, faces: sum.faces + frames.reduce((n, { faces }) => n + faces.length, 0) }),
        { frames: 0, sampled: 0, faces: 0 },
      ),
    ),
  );
  return { ...totals, seconds: Number(process.hrtime.bigint() - started) / 1e9 };
}

// Child processes start and code is compiled on the way: not what is measured.
await analyseAll();
const ratios: number[] = [];
for (let round = 0; round < 3; round++) {
  const ours = await analyseAll();
  const theirs = await measure('ffmpeg', ['-v', 'error', '-nostdin', '-i', input, '-map', '0:v:0', '-f', 'null', '-']);
  ratios.push(theirs.seconds / ours.seconds);
  console.log(
    `round ${round + 1}: ${ours.frames} frames, ${ours.sampled} sampled, ${ours.faces} faces: ${(ours.frames / ours.seconds).toFixed(0)} frames/s; ` +
      `ffmpeg -f null ${(ours.frames / theirs.seconds).toFixed(0)} frames/s; ratio ${(theirs.seconds / ours.seconds).toFixed(2)}`,
  );
}
console.log(`median ratio ${median(ratios).toFixed(2)} (goal 0.85)`);
await cutter.close();
await pipeline.close();
