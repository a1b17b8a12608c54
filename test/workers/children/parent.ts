/** A process that owns a pool and gets killed. Prints the children's ids once one of them hangs in its job. */
import { createPool } from '../../../src/workers/pool.js';
import type { Initial, Job, Result } from './jobs.js';

const pool = createPool<Job, Result>({ entry: new URL('./jobs.ts', import.meta.url), size: 2, initial: { greeting: '' } satisfies Initial, jobTimeoutMillis: 600_000 });
const [busy, idle] = await Promise.all([pool.run({ kind: 'pid' }), pool.run({ kind: 'sleep', millis: 1500 }).then(() => pool.run({ kind: 'pid' }))]);
const all = new Set([busy, idle]);
void pool.run({ kind: 'hang' });
setTimeout(() => {
  console.log(JSON.stringify([...all]));
}, 300);
