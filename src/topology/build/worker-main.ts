/** Main program of the pool's children: the stateless half and the networks, with their adapters. */
import { FramewitnessError } from '../../domain/errors.js';
import { givenBoxDetector } from '../../faces/given-box-detector.js';
import { analyseSegment } from '../../stages/analyse.js';
import { serveJobs } from '../../workers/child.js';
import { createAdapters } from './adapters.js';
import type { WorkerJob, WorkerResult, WorkerSetup } from './protocol.js';
import { keepIoContexts } from '../../media/spare.js';

keepIoContexts();
serveJobs<WorkerSetup, WorkerJob, WorkerResult>(async ({ topology, folder }) => {
  const adapters = await createAdapters(topology, folder);
  const { sample, decode, crop, detect } = topology.stages;
  const options = {
    ...adapters.media,
    request: { grid: sample, limits: topology.limits, selective: decode.selective },
    crop: { ...crop, minFaceSize: detect.minFaceSize, maxFaces: detect.maxFaces },
  };
  const analyse = analyseSegment({ ...options, detector: adapters.detector });
  const scorerOf = <K extends 'frame' | 'clip'>(kind: K, name: string): Extract<(typeof adapters.scorers)[number], { kind: K }> => {
    const found = adapters.scorers.find((entry) => entry.kind === kind && entry.scorer.identity.name === name);
    if (!found) throw new FramewitnessError('FW_MODEL_UNKNOWN', `the topology has no ${kind} model named ${name}`);
    return found as Extract<(typeof adapters.scorers)[number], { kind: K }>;
  };

  const handle = async (job: WorkerJob): Promise<WorkerResult> => {
    switch (job.kind) {
      case 'analyse':
        return { kind: 'analyse', analysis: await (job.box === undefined ? analyse : analyseSegment({ ...options, detector: givenBoxDetector(job.box) }))(job.segment) };
      case 'score-frames':
        return { kind: 'score-frames', scores: await scorerOf('frame', job.model).scorer.score(job.crops.map((crop) => ({ crop }))) };
      case 'score-maps': {
        const { scorer } = scorerOf('frame', job.model);
        if (scorer.scoreWithMaps === undefined) throw new FramewitnessError('FW_INTERNAL', `the model ${job.model} makes no maps`);
        return { kind: 'score-maps', scores: await scorer.scoreWithMaps(job.crops.map((crop) => ({ crop }))) };
      }
      case 'score-clips':
        return { kind: 'score-clips', scores: await scorerOf('clip', job.model).scorer.score(job.clips.map((crops) => ({ faces: crops.map((crop) => ({ crop })) }))) };
      case 'identify':
        return {
          kind: 'identify',
          identity: {
            models: adapters.scorers.map(({ kind, scorer }) => ({ ...scorer.identity, clipLength: kind === 'clip' ? scorer.clipLength : 1, makesMaps: kind === 'frame' && scorer.scoreWithMaps !== undefined })),
            detector: adapters.detectorIdentity,
            decoder: adapters.decoderName,
          },
        };
    }
  };
  return { handle, close: adapters.close };
});
