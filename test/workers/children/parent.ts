/** A process that owns a pool and gets killed. Prints the ids of its two children once one hangs in its job and one is idle. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from '../../../src/workers/pool.js';
import type { Initial, Job, Result } from './jobs.js';

const log = process.argv[2] ?? '';
const pool = createPool<Job, Result>({ entry: new URL('./jobs.ts', import.meta.url), size: 2, initial: { greeting: '', log } satisfies Initial, jobTimeoutMillis: 600_000 });
void pool.run({ kind: 'hang' });
// The one child never comes back from that, so this has the other.
await pool.run({ kind: 'pid' });
const started = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
while (started().length < 2) await sleep(20);
console.log(JSON.stringify(started().map((line) => Number(line.split(' ')[1]))));
