/** Workers of a job as separate processes, for tests that stop and kill them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onDeath, type Guard } from '../broker/guard.js';
import { REPOSITORY } from '../support/sample.js';

/** A command line, and what it adds to the environment. */
export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `framewitness run` on a topology. */
export function runCommand(topologyPath: string): WorkerCommand {
  return { command: process.execPath, args: [join(REPOSITORY, 'bin/framewitness.js'), 'run', '--topology', topologyPath] };
}

/** A worker that runs, or ran. */
export interface Worker {
  readonly pid: number;
  /** How it ended, in words; undefined while it runs. */
  ended(): string | undefined;
  signal(name: NodeJS.Signals): void;
  /** Sends a signal and waits for the end. @returns how it ended */
  end(name: NodeJS.Signals): Promise<string>;
  /** What it wrote, standard output and standard error, from its start. */
  readonly log: () => string;
}

/** Starts a worker; what it writes goes to a file. It ends with this process. */
export async function startWorker({ command, args, env }: WorkerCommand, logPath: string): Promise<Worker> {
  const log = openSync(logPath, 'a');
  const from = readFileSync(logPath).length;
  const child: ChildProcess = spawn(command, [...args], { env: { ...process.env, NO_COLOR: '1', ...env }, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  // A stopped process notices no end of its parent: the guard's SIGKILL reaches it all the same.
  const guard: Guard = onDeath('kill -9 "$1" 2>/dev/null', String(pid));
  child.once('exit', () => guard.dismiss());
  const ended = (): string | undefined => (child.exitCode === null && child.signalCode === null ? undefined : (child.signalCode ?? `exit code ${String(child.exitCode)}`));
  return {
    pid,
    ended,
    signal: (name) => {
      child.kill(name);
    },
    end: async (name) => {
      if (ended() === undefined) {
        const gone = once(child, 'exit');
        child.kill(name);
        await gone;
      }
      return ended() ?? '';
    },
    log: () => readFileSync(logPath).subarray(from).toString('utf8'),
  };
}
