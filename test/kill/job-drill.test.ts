/** Promise 1: each input segment yields one committed verdict, whatever is killed and whenever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobDrill, summary } from './job-drill.js';

test('twenty workers and the broker are killed at random moments, and no verdict is lost, doubled or different', async (t) => {
  const result = await jobDrill(20, 4, (line) => t.diagnostic(line));
  const { lost, doubled, differing } = result;
  assert.deepEqual({ lost, doubled, differing }, { lost: [], doubled: [], differing: [] });
  assert.ok(result.brokerRestarts >= 2, `the broker was restarted ${result.brokerRestarts} times`);
  t.diagnostic(summary(result));
});
