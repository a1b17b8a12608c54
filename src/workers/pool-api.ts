/** What callers of the pool see. */
import type { ErrorCode, ErrorLocation } from '../domain/errors.js';

/** Options of `createPool`. */
export interface PoolOptions {
  /** File that calls `serveJobs`: a `file:` URL or a path; `.js`, or `.ts` where this process runs under a loader that takes it. */
  readonly entry: URL | string;
  /** Child processes at most; an integer, at least 1. They are started when there is work for them. */
  readonly size: number;
  /** Sent once to each child at its start. */
  readonly initial: unknown;
  /** Longest time of one attempt at a job, from sending it to its result; then its child is killed. */
  readonly jobTimeoutMillis: number;
  /** Attempts at a job that crashes or times out; at least 1. Default 2. A job that throws is not tried again. */
  readonly maxAttempts?: number;
  /** Jobs that may wait for a child; one more is refused. Default 1024. */
  readonly maxQueuedJobs?: number;
  /** Longest time of a child's start. Default 60 s. */
  readonly startTimeoutMillis?: number;
  /** How long {@link Pool.close} lets running jobs go on before it kills. Default 10 s. */
  readonly closeGraceMillis?: number;
  /** Arguments of node for the children. Default: those of this process, without debugger ports. */
  readonly execArgv?: readonly string[];
  /** Code of the error when every attempt crashed. Default FW_DECODER_CRASHED. */
  readonly crashCode?: ErrorCode;
  /** Code of the error when the last attempt timed out. Default FW_DECODER_TIMEOUT. */
  readonly timeoutCode?: ErrorCode;
  /** Code of the error when a child ends, or hangs, before it is ready. Default FW_INTERNAL. */
  readonly startCode?: ErrorCode;
  /** Pass the children's output on to this process' stderr. Default false: the last 4 KiB are kept for errors. */
  readonly showOutput?: boolean;
  /** Let the children read this process' standard input; for a pool of one. Default false: theirs is empty. */
  readonly inheritInput?: boolean;
}

/** Options of one job. */
export interface RunOptions {
  /** Higher goes first. Default 0. */
  readonly priority?: number;
  /** Instead of the pool's `jobTimeoutMillis`. */
  readonly timeoutMillis?: number;
  /** Goes into the error if the job crashes or times out. */
  readonly location?: ErrorLocation;
}

/** Counters since the pool's start, and what is under way. */
export interface PoolMetrics {
  /** Jobs that gave a result. */
  readonly done: number;
  /** Jobs that threw in the child, or ran out of attempts. */
  readonly failed: number;
  /** Attempts that crashed. */
  readonly crashes: number;
  /** Attempts that timed out. */
  readonly timeouts: number;
  readonly queued: number;
  readonly running: number;
  /** Child processes alive, starting ones included. */
  readonly children: number;
}

/** A pool of child processes. */
export interface Pool<Job, Result> {
  readonly size: number;
  /**
   * Runs a job in a child. Both job and result are copied (V8's structured clone: plain data, typed arrays, maps, sets).
   *
   * @throws FramewitnessError what the job threw; `crashCode` or `timeoutCode` when its attempts are used up; the start's
   * error when a child could not start, now and ever after; FW_INTERRUPTED when the pool closes first; FW_INTERNAL when too
   * many jobs wait, or something cannot be copied
   */
  run(job: Job, options?: RunOptions): Promise<Result>;
  /** Starts one child ahead of any job. @throws FramewitnessError when it cannot start */
  start(): Promise<void>;
  metrics(): PoolMetrics;
  /**
   * Refuses what waits (FW_INTERRUPTED), lets running jobs finish within the grace, closes and ends the children. May be
   * called again.
   * @throws FramewitnessError what a child threw in closing
   */
  close(): Promise<void>;
}
