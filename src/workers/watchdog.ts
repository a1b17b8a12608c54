import { Worker } from 'node:worker_threads';

/**
 * Ends this process, and what it started, when its parent is gone, even while its main thread is stuck in native code or an
 * endless loop. An orderly end of the channel is seen by `disconnect`; this is for a parent that was killed while the child
 * could not listen.
 *
 * A thread of its own that looks at the parent's id: a blocking read would see the end at once, but a thread that blocks in a
 * system call cannot be ended when the process wants to.
 */
export function watchParent(): void {
  const worker = new Worker(WATCH, { eval: true, execArgv: [], env: {}, workerData: { parent: process.ppid, everyMillis: 500 }, stdout: false, stderr: false });
  worker.unref();
}

// Plain source, so that it starts in a millisecond and alike from compiled code and from TypeScript.
const WATCH = `
const { workerData } = require('node:worker_threads');
setInterval(() => {
  if (process.ppid === workerData.parent) return;
  try { process.kill(-process.pid, 'SIGKILL'); } catch {}
  process.kill(process.pid, 'SIGKILL');
}, workerData.everyMillis);
`;
