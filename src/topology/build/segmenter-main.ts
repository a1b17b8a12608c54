/** Main program of the child that cuts files: demuxers read hostile input too, so a crash must end one input and not the job. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Segment } from '../../domain/media.js';
import { segmentFile } from '../../media/file-segmenter.js';
import { serveJobs } from '../../workers/child.js';
import type { SegmenterJob, SegmenterResult } from './segmenter.js';
import { keepIoContexts } from '../../media/spare.js';

keepIoContexts();
serveJobs<null, SegmenterJob, SegmenterResult>(() => {
  let open: AsyncGenerator<Segment> | undefined;
  const close = async (): Promise<void> => {
    const closing = open;
    open = undefined;
    await closing?.return(undefined);
  };
  return Promise.resolve({
    handle: async (job) => {
      if (job.kind === 'open') {
        await close();
        open = segmentFile(job.input, job.options);
        return null;
      }
      if (job.kind === 'close') {
        await close();
        return null;
      }
      if (!open) throw new FramewitnessError('FW_INTERNAL', 'the segmenter was asked for a segment of no input');
      const step = await open.next();
      if (step.done !== true) return step.value;
      open = undefined;
      return null;
    },
    close,
  });
});
