/** The child's side of the pool: `serveJobs` is the whole main program of a pool's entry file. */
import { FramewitnessError } from '../domain/errors.js';
import type { SerialisedError } from '../domain/errors.js';
import { isToChild } from './protocol.js';
import type { FromChild, ToChild } from './protocol.js';
import { watchParent } from './watchdog.js';

/** What a child does with its jobs. */
export interface JobServer<Job, Result> {
  /** One job at a time. What it throws goes to whoever asked; the child goes on. */
  handle(job: Job): Promise<Result>;
  /** Releases what the server holds. Called once, after the last job. */
  close?(): Promise<void>;
}

/**
 * Serves the jobs of the pool that started this process, until it says stop or is gone.
 *
 * Errors cross as {@link FramewitnessError}; any other becomes `FW_INTERNAL` with its message. A start that fails fails the
 * pool. An uncaught exception ends the process, as it would any other, and costs the job an attempt. SIGINT is ignored: the
 * parent handles Ctrl-C.
 *
 * @param start - makes the server from what the pool sends first
 * @throws FramewitnessError FW_INTERNAL when this process was not started by a pool
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the pool's `initial` is typed here or nowhere
export function serveJobs<Initial, Job, Result>(start: (initial: Initial) => Promise<JobServer<Job, Result>>): void {
  if (process.send === undefined) throw new FramewitnessError('FW_INTERNAL', 'A pool child was started by hand; it only runs under its pool.');
  process.on('SIGINT', () => undefined);
  process.on('disconnect', endWithGroup);
  watchParent();

  let server: JobServer<Job, Result> | undefined;
  // Messages are dealt with one after the other: a stop waits for the job before it.
  let turn = Promise.resolve();

  const deal = async (message: ToChild): Promise<void> => {
    switch (message.kind) {
      case 'start':
        try {
          server = await start(message.initial as Initial);
        } catch (error) {
          send({ kind: 'start-failed', error: serialise(error) });
          return;
        }
        send({ kind: 'ready' });
        return;
      case 'job':
        send(await answer(server, message.id, message.job as Job));
        return;
      case 'stop':
        try {
          await server?.close?.();
          send({ kind: 'closed' });
        } catch (error) {
          send({ kind: 'closed', error: serialise(error) });
        }
    }
  };

  process.on('message', (message: unknown) => {
    if (isToChild(message)) turn = turn.then(() => deal(message));
  });
}

async function answer<Job, Result>(server: JobServer<Job, Result> | undefined, id: number, job: Job): Promise<FromChild> {
  try {
    if (server === undefined) throw new FramewitnessError('FW_INTERNAL', 'A job came before the start had ended.');
    return { kind: 'result', id, result: await server.handle(job) };
  } catch (error) {
    return { kind: 'job-failed', id, error: serialise(error) };
  }
}

function send(message: FromChild): void {
  try {
    // The parent may be gone: `disconnect` says so, and a callback keeps the failed write from being thrown.
    process.send?.(message, undefined, undefined, () => undefined);
  } catch (error) {
    if (message.kind !== 'result') throw error;
    send({ kind: 'job-failed', id: message.id, error: serialise(error) });
  }
}

function serialise(error: unknown): SerialisedError {
  return FramewitnessError.from(error, 'FW_INTERNAL').serialise();
}

/** The process leads a group of its own (see `pool-process.ts`), so programs that it started end with it. */
function endWithGroup(): void {
  if (process.platform !== 'win32') {
    try {
      process.kill(-process.pid, 'SIGKILL');
    } catch {
      // Not the leader of a group: ending alone is all that is left to do.
    }
  }
  process.exit(1);
}
