/** Promise 7: memory does not grow with the backlog. Ten minutes of it: npm run test:soak. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedBroker } from '../broker/shared.js';
import { backPressure } from '../job/back-pressure.js';

const broker = sharedBroker();
/** Far more than memory varies by itself. */
const BACKLOG_BYTES = 300e6;

test('a feed three times as fast as the job lets its lag grow, and not its memory; nothing is lost', async (t) => {
  const { prefix, broker: own } = broker(t);
  const enough = ({ backlogBytes, seconds }: { readonly backlogBytes: number; readonly seconds: number }): boolean => backlogBytes >= BACKLOG_BYTES && seconds >= 20;
  const result = await backPressure(own, { prefix, padding: 400_000, enough, note: (line) => t.diagnostic(line) });
  const { early, late, highest } = result.memory;
  t.diagnostic(`memory: ${[early, late, highest].map((bytes) => Math.round(bytes / 1e6)).join(', ')} MB`);
  assert.deepEqual([result.lost, result.doubled], [[], []]);
  assert.ok(late - early < BACKLOG_BYTES / 3, `memory grew from ${early} to ${late} bytes`);
  assert.ok(result.reportedLag >= (result.published - result.committed) / 8, `of ${result.published - result.committed} waiting segments, the job told of ${result.reportedLag}`);
});
