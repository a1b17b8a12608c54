/** A worker process that makes examples. */
import { serveJobs } from '../../workers/child.js';
import { openMaker, type MakerSpec } from './maker.js';
import { packedExamples } from './packed.js';

serveJobs<{ readonly spec: MakerSpec; readonly digest: string }, number, Uint8Array>(async ({ spec, digest }) => {
  const maker = await openMaker(spec);
  return { handle: async (index) => packedExamples(await maker.make(index), digest) };
});
