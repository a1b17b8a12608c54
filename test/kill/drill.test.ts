/** The drill itself: it has to pass a worker that keeps the promise, and to catch workers that do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { drill, type DrillJob } from './drill.js';

const standIn = (mode: string) => ({ bootstrap, applicationId, topics }: DrillJob) => ({
  command: process.execPath,
  args: ['--import', 'tsx', fileURLToPath(new URL('stand-in-worker.ts', import.meta.url))],
  env: { WORKER_MODE: mode, WORKER_BROKER: bootstrap, WORKER_GROUP: applicationId, WORKER_INPUT: topics.segments, WORKER_OUTPUT: topics.verdicts },
});
const note = (line: string): void => console.log(line);

test('the drill passes a worker that commits output and offsets in one transaction', async () => {
  const { lost, doubled, differing, kills, brokerRestarts } = await drill({ kills: 3, seed: 1, brokerEvery: 2, worker: standIn('exactly-once'), note });
  assert.deepEqual({ lost, doubled, differing }, { lost: [], doubled: [], differing: [] });
  assert.deepEqual({ kills, brokerRestarts }, { kills: 3, brokerRestarts: 1 });
});

test('the drill catches a worker that commits offsets apart from its output: verdicts are lost and doubled', async () => {
  const { lost, doubled } = await drill({ kills: 6, seed: 2, worker: standIn('apart'), note });
  assert.ok(lost.length > 0, 'none lost');
  assert.ok(doubled.length > 0, 'none doubled');
});
