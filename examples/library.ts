/** Judge one file from a program of your own. `npx tsx examples/library.ts FILE` */
import { NEVER, filter, lastValueFrom, tap } from 'rxjs';
import { DEFAULT_TOPOLOGY_PATH, loadTopology, openPipeline } from '../src/index.js';

const path = process.argv[2] ?? 'examples/sample/sample.mp4';
const pipeline = await openPipeline(loadTopology(DEFAULT_TOPOLOGY_PATH));
try {
  const written = (): Promise<void> => Promise.resolve();
  const verdicts = pipeline.judgeFiles([{ path }], written, NEVER).pipe(
    filter((event) => event.kind === 'verdict'),
    tap(({ verdict: { finding } }) => console.log(`${finding.sequence} ${finding.verdict} ${finding.probability ?? ''} ${finding.reasons.join(' ')}`)),
  );
  await lastValueFrom(verdicts, { defaultValue: undefined });
} finally {
  await pipeline.close();
}
