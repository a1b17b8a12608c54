/** A pool entry that does as it is told: the worst included. */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FramewitnessError } from '../../../src/domain/errors.js';
import { serveJobs } from '../../../src/workers/child.js';

export interface Initial {
  readonly greeting: string;
  /** Every job is noted here as it starts. */
  readonly log?: string;
  readonly failStart?: 'throws' | 'exits' | 'hangs';
  readonly failClose?: boolean;
}

export type Job =
  | { readonly kind: 'greet'; readonly name: string }
  | { readonly kind: 'pid' }
  | { readonly kind: 'invert'; readonly bytes: Uint8Array }
  | { readonly kind: 'sleep'; readonly millis: number; readonly name?: string }
  | { readonly kind: 'throw'; readonly family: boolean }
  | { readonly kind: 'abort' | 'segfault' | 'hang' | 'exit' | 'out-of-memory' | 'unserialisable' }
  | { readonly kind: 'crash-once' | 'hang-once'; readonly mark: string; readonly attempts: number }
  | { readonly kind: 'crops'; readonly count: number; readonly bytes: number }
  | { readonly kind: 'babble-and-crash' }
  | { readonly kind: 'start-program-and-hang'; readonly pidFile: string };

export type Result = string | number | Uint8Array | readonly Uint8Array[] | (() => void);

function hang(): never {
  for (;;);
}

serveJobs<Initial, Job, Result>(async (initial) => {
  await sleep(0);
  if (initial.failStart === 'throws') throw new FramewitnessError('FW_MODEL_WEIGHTS', 'weights of m are missing', { location: { input: 'm' } });
  if (initial.failStart === 'exits') {
    process.stderr.write('libgone.so: cannot open shared object file\n');
    process.exit(3);
  }
  if (initial.failStart === 'hangs') hang();
  return {
    async handle(job) {
      if (initial.log !== undefined) appendFileSync(initial.log, `${'name' in job ? (job.name ?? '') : job.kind} ${process.pid}\n`);
      switch (job.kind) {
        case 'greet':
          return `${initial.greeting}, ${job.name}`;
        case 'pid':
          return process.pid;
        case 'invert':
          return job.bytes.map((byte) => 255 - byte);
        case 'crops':
          return Array.from({ length: job.count }, (_, i) => new Uint8Array(job.bytes).fill(i));
        case 'sleep':
          await sleep(job.millis);
          return job.name ?? 'slept';
        case 'throw':
          if (job.family) throw new FramewitnessError('FW_SEGMENT_DAMAGED', 'three frames are gone', { location: { sequence: 7 } });
          throw new TypeError('not of the family');
        case 'abort':
          return process.abort();
        case 'segfault':
          process.kill(process.pid, 'SIGSEGV');
          return hang();
        case 'exit':
          process.exit(9);
          break;
        case 'out-of-memory': {
          const hoard: number[][] = [];
          for (;;) hoard.push(new Array<number>(1_000_000).fill(1.5));
        }
        case 'hang':
          return hang();
        case 'unserialisable':
          return () => undefined;
        case 'babble-and-crash':
          process.stderr.write('x'.repeat(300_000));
          process.stderr.write('\u001b[31mpanic: frame\u0007 12\n');
          await sleep(50);
          return process.abort();
        case 'crash-once':
        case 'hang-once': {
          const before = existsSync(job.mark) ? readFileSync(job.mark, 'utf8').length : 0;
          writeFileSync(job.mark, 'x'.repeat(before + 1));
          if (before >= job.attempts) return process.pid;
          return job.kind === 'crash-once' ? process.abort() : hang();
        }
        case 'start-program-and-hang': {
          const program = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
          writeFileSync(job.pidFile, String(program.pid));
          return hang();
        }
      }
    },
    close() {
      if (initial.failClose === true) return Promise.reject(new FramewitnessError('FW_INTERNAL', 'could not let go'));
      return Promise.resolve();
    },
  };
});
