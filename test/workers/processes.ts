import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process runs; one that has ended and was not yet collected (a zombie) does not. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // No such file system here (or gone in between): what the signal said counts.
    return process.platform !== 'linux';
  }
}

/** Waits for the end of a process; the test's own time-out is the limit. */
export async function gone(pid: number): Promise<void> {
  while (runs(pid)) await sleep(20);
}
