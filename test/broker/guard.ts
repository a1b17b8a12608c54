/** Ends what a test process started when the test process ends, even when it crashes or is killed. */
import { spawn, type ChildProcess } from 'node:child_process';

/** A guard on duty. */
export interface Guard {
  /** Sends the guard away: what it watched over is gone already. */
  dismiss(): void;
}

/**
 * Runs a shell command once this process is no more. The guard reads a pipe that only this process holds: the pipe ends when the
 * process does, however it ends.
 *
 * @param command - for `sh -c`; `$1` and so on are `args`
 */
export function onDeath(command: string, ...args: readonly string[]): Guard {
  // A session of its own: Ctrl-C in the terminal must not end the guard first.
  const guard: ChildProcess = spawn('sh', ['-c', `cat >/dev/null; ${command}`, 'guard', ...args], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  // Typed as a stream, and a socket in truth; it must not keep the test process alive.
  (guard.stdin as unknown as { unref(): void }).unref();
  guard.stdin?.on('error', () => undefined);
  return {
    dismiss: () => {
      guard.kill('SIGKILL');
    },
  };
}
