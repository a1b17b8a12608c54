/** Main program of the child that has one connection to one feed. */
import { FramewitnessError } from '../../domain/errors.js';
import { FeedSegmenter } from '../../media/feed-segmenter.js';
import { serveJobs } from '../../workers/child.js';
import type { FeedJob, FeedResult } from './feed.js';
import { keepIoContexts } from '../../media/spare.js';

/** How long a question for the next piece waits, milliseconds: short, so that a stop is heard. */
const WAIT_MILLIS = 250;

keepIoContexts();
serveJobs<null, FeedJob, FeedResult>(() => {
  let open: FeedSegmenter | undefined;
  return Promise.resolve({
    handle: async (job) => {
      if (job.kind === 'open') {
        open = await FeedSegmenter.open(job.feed, job.options, job.location);
        return { kind: 'open', isFinite: open.isFinite };
      }
      if (open === undefined) throw new FramewitnessError('FW_INTERNAL', 'a feed that is not open was asked for its next segment');
      if (job.kind === 'stop') {
        open.stop();
        return { kind: 'none' };
      }
      const next = await open.next(WAIT_MILLIS);
      return next === null ? { kind: 'none' } : next === 'end' ? { kind: 'end' } : { kind: 'piece', piece: next };
    },
  });
});
