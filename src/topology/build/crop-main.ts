/** Main program of the children that cut faces for training: one item at a time. */
import { keepIoContexts } from '../../media/spare.js';
import type { CropJob, CropPlan, CroppedItem } from '../../training/prepare/crop-plan.js';
import { serveJobs } from '../../workers/child.js';
import type { Topology } from '../schema.js';
import { createAdapters } from './adapters.js';
import { cropItem } from './crop-item.js';

keepIoContexts();
serveJobs<{ readonly topology: Topology; readonly folder: string; readonly plan: CropPlan }, CropJob, CroppedItem>(async ({ topology, folder, plan }) => {
  const { media, detector, close } = await createAdapters({ ...topology, stages: { ...topology.stages, score: { ...topology.stages.score, models: [] } } }, folder);
  return { handle: (job) => cropItem(job, { plan, topology, media, detector }), close };
});
