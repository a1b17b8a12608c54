import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { FramewitnessError } from '../domain/errors.js';
import type { ErrorCode } from '../domain/errors.js';
import { OutputTail } from './output-tail.js';
import { ownBytes } from './own-bytes.js';
import { isFromChild } from './protocol.js';
import type { FromChild, ToChild } from './protocol.js';

/** How one child is started. */
export interface PoolProcessOptions {
  /** Path of the entry file. */
  readonly entry: string;
  readonly initial: unknown;
  readonly startTimeoutMillis: number;
  readonly startCode: ErrorCode;
  readonly execArgv: readonly string[];
  /** Pass the child's output on to this process' stderr as well. */
  readonly showOutput: boolean;
  readonly inheritInput: boolean;
}

/** How a process ended that was not meant to. The cause of the error that tells of it. */
export class ProcessEnd extends Error {
  constructor(
    readonly exitCode: number | null,
    readonly signal: string | null,
    /** The last 4 KiB of its standard output and standard error. */
    readonly output: string,
  ) {
    super(`${signal === null ? `exit code ${String(exitCode)}` : `signal ${signal}`}${output === '' ? '' : `; its last output: ${output}`}`);
    this.name = 'ProcessEnd';
  }
}

/** What became of one job in one child. After `crash` and `timeout` the child is gone. */
export type JobOutcome =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: FramewitnessError }
  | { readonly kind: 'crash'; readonly end: ProcessEnd }
  | { readonly kind: 'timeout' };

interface Current {
  readonly id: number;
  readonly settle: (outcome: JobOutcome) => void;
  timedOut: boolean;
}

/** One child of a pool: started, asked one job at a time, stopped or killed. */
export class PoolProcess {
  /** Settles once: ready for jobs, or the reason why it never will be. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone, with how. */
  readonly gone: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #tail = new OutputTail();
  #current: Current | undefined;
  #onReady: { resolve: () => void; reject: (error: FramewitnessError) => void } | undefined;
  #closed: { resolve: (error: FramewitnessError | undefined) => void } | undefined;
  #jobs = 0;
  #end: ProcessEnd | undefined;

  constructor(options: PoolProcessOptions) {
    this.#child = fork(options.entry, [], {
      serialization: 'advanced',
      stdio: [options.inheritInput ? 'inherit' : 'ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [...options.execArgv],
      // A group of its own: the terminal's Ctrl-C goes to the parent alone, and a kill reaches what the child started.
      detached: process.platform !== 'win32',
    });
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
    });
    // Whoever waits is told; nobody may be waiting yet.
    this.ready.catch(() => undefined);
    const timer = setTimeout(() => {
      this.#startFailed(new FramewitnessError(options.startCode, `A worker process did not start within ${options.startTimeoutMillis / 1000} s.`));
      this.kill();
    }, options.startTimeoutMillis);
    this.gone = this.#watch();
    void this.gone.then((end) => {
      this.#end = end;
      this.#startFailed(new FramewitnessError(options.startCode, `A worker process ended while it was starting (${describe(end)}).`, { cause: end }));
      const current = this.#current;
      this.#current = undefined;
      current?.settle(current.timedOut ? { kind: 'timeout' } : { kind: 'crash', end });
      this.#closed?.resolve(undefined);
    });
    this.ready.then(
      () => {
        clearTimeout(timer);
      },
      () => {
        clearTimeout(timer);
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      this.#tail.follow(stream);
      if (options.showOutput) stream.pipe(process.stderr, { end: false });
    }
    this.#child.on('message', (message: unknown) => {
      if (isFromChild(message)) this.#receive(message);
    });
    this.#send({ kind: 'start', initial: options.initial });
  }

  /** Whether the process has ended. */
  get isGone(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Runs one job. The child must be ready and idle. Never rejects; how it went is the outcome.
   * @param timeoutMillis - after this the process is killed
   */
  run(job: unknown, timeoutMillis: number): Promise<JobOutcome> {
    if (this.#end !== undefined) return Promise.resolve({ kind: 'crash', end: this.#end });
    const id = ++this.#jobs;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (this.#current?.id === id) this.#current.timedOut = true;
        this.kill();
      }, timeoutMillis);
      const settle = (outcome: JobOutcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      this.#current = { id, settle, timedOut: false };
      try {
        this.#send({ kind: 'job', id, job });
      } catch (error) {
        // The job cannot be serialised: nothing was sent, the child is as it was.
        this.#current = undefined;
        settle({ kind: 'failed', error: FramewitnessError.from(error, 'FW_INTERNAL') });
      }
    });
  }

  /**
   * Lets the job under way finish, has the child close and ends it; kills it when that takes longer than the grace.
   * @returns what went wrong in closing
   */
  async stop(graceMillis: number): Promise<FramewitnessError | undefined> {
    if (this.#end !== undefined) return undefined;
    const closed = new Promise<FramewitnessError | undefined>((resolve) => {
      this.#closed = { resolve };
    });
    const timer = setTimeout(() => {
      this.kill();
    }, graceMillis);
    this.#send({ kind: 'stop' });
    const error = await closed;
    clearTimeout(timer);
    // All is said and released: leaving out the orderly exit leaves out what native libraries may break in theirs.
    this.kill();
    await this.gone;
    return error;
  }

  /** Ends the process, and what it started, at once. */
  kill(): void {
    const { pid } = this.#child;
    // Once it is gone its number may be somebody else's.
    if (pid === undefined || this.#end !== undefined) return;
    if (process.platform !== 'win32') {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // The group is gone already, or not yet made: the next line is for the process itself.
      }
    }
    this.#child.kill('SIGKILL');
  }

  #send(message: ToChild): void {
    // A child that is gone is noticed by its end; the callback keeps the failed write from being thrown.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #receive(message: FromChild): void {
    switch (message.kind) {
      case 'ready':
        this.#onReady?.resolve();
        this.#onReady = undefined;
        return;
      case 'start-failed':
        this.#startFailed(FramewitnessError.revive(message.error));
        this.kill();
        return;
      case 'result':
      case 'job-failed': {
        const current = this.#current;
        if (current?.id !== message.id) return;
        this.#current = undefined;
        current.settle(message.kind === 'result' ? { kind: 'result', result: ownBytes(message.result) } : { kind: 'failed', error: FramewitnessError.revive(message.error) });
        return;
      }
      case 'closed':
        this.#closed?.resolve(message.error === undefined ? undefined : FramewitnessError.revive(message.error));
    }
  }

  #startFailed(error: FramewitnessError): void {
    this.#onReady?.reject(error);
    this.#onReady = undefined;
  }

  /** Waits for the end of the process and of its channel: a result that was sent before a crash still counts. */
  #watch(): Promise<ProcessEnd> {
    const child = this.#child;
    return new Promise((resolve) => {
      let end: { code: number | null; signal: string | null } | undefined;
      let left = 2;
      const done = (): void => {
        resolve(new ProcessEnd(end?.code ?? null, end?.signal ?? null, this.#tail.text()));
      };
      const part = (): void => {
        if (--left === 0) done();
      };
      child.once('disconnect', part);
      child.once('close', part);
      child.once('exit', (code, signal) => {
        end = { code, signal };
        this.kill();
        // Something that escaped the group may hold the pipes open: the process itself is gone all the same.
        setTimeout(done, 1000).unref();
      });
      // Other errors (a message that could not be sent) show in the end of the process.
      child.on('error', (error) => {
        if (child.pid === undefined) resolve(new ProcessEnd(null, null, error.message));
      });
    });
  }
}

/** How a process ended, in words that are the same on every run: they go into verdicts. */
export function describe(end: ProcessEnd): string {
  return end.signal === null ? `exit code ${String(end.exitCode)}` : `signal ${end.signal}`;
}
