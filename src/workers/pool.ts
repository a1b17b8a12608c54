/** A pool of child processes for work that may crash or hang: a job that does so costs its child, not this process. */
import { fileURLToPath } from 'node:url';
import { FramewitnessError } from '../domain/errors.js';
import type { ErrorLocation } from '../domain/errors.js';
import { JobQueue } from './job-queue.js';
import type { Pool, PoolMetrics, PoolOptions, RunOptions } from './pool-api.js';
import { PoolProcess, describe } from './pool-process.js';
import type { JobOutcome } from './pool-process.js';

export type { Pool, PoolMetrics, PoolOptions, RunOptions } from './pool-api.js';

interface PendingJob {
  readonly job: unknown;
  readonly priority: number;
  readonly timeoutMillis: number;
  readonly location: ErrorLocation;
  attempts: number;
  settled: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: FramewitnessError) => void;
}

/**
 * Makes a pool. A job whose child crashes or exceeds its time is tried again on a fresh child, and the pool goes on with a
 * new one in any case. A child that cannot start fails the pool: every job is rejected with the reason.
 */
export function createPool<Job, Result>(options: PoolOptions): Pool<Job, Result> {
  const pool = new ProcessPool(options);
  return {
    size: options.size,
    // The child's handler is typed by the same Job and Result; the boundary itself carries no types.
    run: (job, runOptions) => pool.run(job, runOptions) as Promise<Result>,
    start: () => pool.start(),
    metrics: () => pool.metrics(),
    close: () => pool.close(),
  };
}

class ProcessPool {
  readonly #options: PoolOptions;
  readonly #queue = new JobQueue<PendingJob>();
  /** All that are alive. */
  readonly #children = new Set<PoolProcess>();
  readonly #idle: PoolProcess[] = [];
  /** Jobs that a child has, or that wait for a fresh one. */
  readonly #running = new Set<PendingJob>();
  readonly #counts = { done: 0, failed: 0, crashes: 0, timeouts: 0 };
  #starting = 0;
  #failure: FramewitnessError | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PoolOptions) {
    if (!Number.isInteger(options.size) || options.size < 1) throw new RangeError(`createPool: size must be an integer of at least 1, but is ${options.size}.`);
    if (!(options.jobTimeoutMillis > 0)) throw new RangeError(`createPool: jobTimeoutMillis must be greater than 0, but is ${options.jobTimeoutMillis}.`);
    this.#options = options;
  }

  run(job: unknown, { priority = 0, timeoutMillis = this.#options.jobTimeoutMillis, location = {} }: RunOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal();
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      this.#queue.add({ job, priority, timeoutMillis, location, attempts: 0, settled: false, resolve, reject });
      this.#dispatch();
    });
  }

  async start(): Promise<void> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const [child] = this.#children;
    await (child ?? this.#spawn()).ready;
  }

  metrics(): PoolMetrics {
    return { ...this.#counts, queued: this.#queue.size, running: this.#running.size, children: this.#children.size };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const pending of this.#queue.takeAll()) this.#finish(pending, closed(pending.location));
    const { closeGraceMillis = 10_000 } = this.#options;
    const errors = await Promise.all([...this.#children].map((child) => child.stop(closeGraceMillis)));
    this.#children.clear();
    this.#idle.length = 0;
    const error = errors.find((e) => e !== undefined);
    if (error !== undefined) throw error;
  }

  #refusal(): FramewitnessError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#closing !== undefined) return closed({});
    const { maxQueuedJobs = 1024 } = this.#options;
    return this.#queue.size >= maxQueuedJobs ? new FramewitnessError('FW_INTERNAL', `${this.#queue.size} jobs wait for a worker process already; more are refused.`) : undefined;
  }

  /** Gives jobs to idle children, and starts children for those left over. */
  #dispatch(): void {
    while (this.#queue.size > 0) {
      const child = this.#idle.shift();
      if (child === undefined) break;
      const pending = this.#queue.take();
      if (pending !== undefined) void this.#serve(child, pending);
    }
    while (this.#starting < this.#queue.size && this.#children.size < this.#options.size) this.#spawn();
  }

  /** A new child, which becomes idle once it is ready, unless it is `reserved` for a job. */
  #spawn(reserved?: PendingJob): PoolProcess {
    const { entry, initial, startTimeoutMillis = 60_000, startCode = 'FW_INTERNAL', showOutput = false, inheritInput = false } = this.#options;
    const child = new PoolProcess({
      entry: entry instanceof URL || entry.startsWith('file:') ? fileURLToPath(entry) : entry,
      initial,
      startTimeoutMillis,
      startCode,
      showOutput,
      inheritInput,
      execArgv: this.#options.execArgv ?? process.execArgv.filter((argument) => !argument.startsWith('--inspect')),
    });
    this.#children.add(child);
    if (reserved === undefined) this.#starting++;
    const started = (): void => {
      if (reserved === undefined) this.#starting--;
    };
    child.ready.then(
      () => {
        started();
        if (reserved === undefined) this.#free(child);
        else if (this.#closing === undefined) void this.#serve(child, reserved);
        else this.#finish(reserved, closed(reserved.location));
      },
      (error: unknown) => {
        started();
        this.#children.delete(child);
        if (this.#closing === undefined) this.#fail(FramewitnessError.from(error, startCode));
        else if (reserved !== undefined) this.#finish(reserved, closed(reserved.location));
      },
    );
    // An idle child that dies costs nothing: the next job gets another. One that has a job is dealt with by #serve.
    void child.gone.then(() => {
      const index = this.#idle.indexOf(child);
      if (index < 0) return;
      this.#idle.splice(index, 1);
      this.#children.delete(child);
    });
    return child;
  }

  #free(child: PoolProcess): void {
    if (this.#closing !== undefined || this.#failure !== undefined) return;
    if (child.isGone) this.#children.delete(child);
    else this.#idle.push(child);
    this.#dispatch();
  }

  async #serve(child: PoolProcess, pending: PendingJob): Promise<void> {
    this.#running.add(pending);
    pending.attempts++;
    const outcome = await child.run(pending.job, pending.timeoutMillis);
    switch (outcome.kind) {
      case 'result':
        this.#running.delete(pending);
        if (pending.settled) return;
        pending.settled = true;
        this.#counts.done++;
        pending.resolve(outcome.result);
        this.#free(child);
        return;
      case 'failed':
        this.#finish(pending, outcome.error);
        this.#free(child);
        return;
      case 'crash':
      case 'timeout':
        this.#children.delete(child);
        this.#lost(pending, outcome);
    }
  }

  /** An attempt took its child with it. */
  #lost(pending: PendingJob, outcome: Extract<JobOutcome, { kind: 'crash' | 'timeout' }>): void {
    const { maxAttempts = 2 } = this.#options;
    if (this.#failure !== undefined) this.#finish(pending, this.#failure);
    else if (this.#closing !== undefined) this.#finish(pending, closed(pending.location));
    else {
      this.#counts[outcome.kind === 'crash' ? 'crashes' : 'timeouts']++;
      if (pending.attempts < maxAttempts) this.#spawn(pending);
      else {
        this.#finish(pending, this.#verdict(pending, outcome));
        this.#dispatch();
      }
    }
  }

  #verdict(pending: PendingJob, outcome: Extract<JobOutcome, { kind: 'crash' | 'timeout' }>): FramewitnessError {
    const { crashCode = 'FW_DECODER_CRASHED', timeoutCode = 'FW_DECODER_TIMEOUT' } = this.#options;
    const { location, attempts } = pending;
    const attempt = attempts === 1 ? 'The only attempt' : `The last of ${attempts} attempts`;
    return outcome.kind === 'crash'
      ? new FramewitnessError(crashCode, `${attempt} ended its worker process with ${describe(outcome.end)}.`, { location, cause: outcome.end })
      : new FramewitnessError(timeoutCode, `${attempt} took longer than ${pending.timeoutMillis / 1000} s.`, { location });
  }

  #finish(pending: PendingJob, error: FramewitnessError): void {
    this.#running.delete(pending);
    if (pending.settled) return;
    pending.settled = true;
    this.#counts.failed++;
    pending.reject(error);
  }

  /** No child can be started: nothing that waits, or comes, can be done. */
  #fail(error: FramewitnessError): void {
    this.#failure ??= error;
    for (const pending of [...this.#queue.takeAll(), ...this.#running]) this.#finish(pending, this.#failure);
    for (const child of this.#children) child.kill();
  }
}

function closed(location: ErrorLocation): FramewitnessError {
  return new FramewitnessError('FW_INTERRUPTED', 'The pool of worker processes was closed.', { location });
}
