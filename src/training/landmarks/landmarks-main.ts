/** A worker process that finds landmarks. */
import { serveJobs } from '../../workers/child.js';
import { landmarkLines, type LandmarkJob } from './find-landmarks.js';
import { createMeshFinder } from './mesh-finder.js';

serveJobs<null, LandmarkJob, readonly string[]>(async () => {
  const finder = await createMeshFinder();
  return { handle: (job) => landmarkLines(finder, job), close: () => finder.close() };
});
