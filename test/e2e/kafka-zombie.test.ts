/** A worker that the group gave up, and that comes back to life: it must commit nothing. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { sharedBroker } from '../broker/shared.js';
import { readTopic, type StoredRecord } from '../broker/topics.js';
import { compareRecords, verdictName, withoutSource } from '../job/checker.js';
import { startFeed } from '../job/feed.js';
import { watchProgress } from '../job/progress.js';
import { writeJobTopology } from '../job/topology.js';
import { createJobTopics, jobTopics } from '../job/topics.js';
import { runCommand, startWorker, type Worker } from '../job/worker.js';

const PARTITIONS = 2;
const STREAMS = 4;
const NO_PROGRESS_MS = 120_000;
const broker = sharedBroker();

test('a worker that was stopped past its session time-out while another took over commits nothing when it goes on', async (t) => {
  const { kafka, prefix, broker: { bootstrap } } = broker(t);
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-zombie-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const topics = jobTopics(prefix, 'job');
  const applicationId = `${prefix}job`;
  await createJobTopics(kafka, topics, PARTITIONS);
  const feed = await startFeed(kafka, { topic: topics.segments, partitions: PARTITIONS, streams: STREAMS });
  t.after(() => feed.close());
  await feed.publish(60);
  const topology = writeJobTopology(folder, { bootstrap, applicationId, topics });
  const progress = watchProgress(kafka, applicationId, topics.segments);

  const zombie = await start(t, topology, join(folder, 'zombie.log'));
  // In the middle of its work: everything is its own, and some of it is under way.
  const { committed: before } = await progress.until(({ committed }) => committed > 0, NO_PROGRESS_MS, zombie.log);
  zombie.signal('SIGSTOP');
  const heir = await start(t, topology, join(folder, 'heir.log'));
  const explain = (): string => `--- zombie\n${zombie.log().slice(-3000)}\n--- heir\n${heir.log().slice(-3000)}`;
  const { committed: taken } = await progress.until(({ committed }) => committed > before + 40, NO_PROGRESS_MS, explain);
  assert.ok(taken < feed.published(), 'the heir is still at work');
  zombie.signal('SIGCONT');
  // It goes on where it was, with verdicts ready to be committed, and learns that it is no longer the owner.
  await feed.publish(20);
  await feed.end();
  await progress.until(({ committed, total }) => committed === total, NO_PROGRESS_MS, explain);
  assert.equal(zombie.ended(), undefined, `the zombie goes on as a member: ${explain()}`);
  assert.match(zombie.log(), /partition given up/);
  for (const worker of [zombie, heir]) assert.equal(await worker.end('SIGTERM'), 'exit code 0', explain());

  const undisturbed = jobTopics(prefix, 'undisturbed', topics.segments);
  await createJobTopics(kafka, undisturbed, PARTITIONS);
  const other = await start(t, writeJobTopology(folder, { bootstrap, applicationId: `${prefix}undisturbed`, topics: undisturbed, processes: 2 }), join(folder, 'undisturbed.log'));
  await watchProgress(kafka, `${prefix}undisturbed`, topics.segments).until(({ committed, total }) => committed === total, NO_PROGRESS_MS, other.log);
  await other.end('SIGTERM');
  const read = async (topic: string): Promise<readonly StoredRecord[]> => (await readTopic(kafka, topic)).map(withoutSource);
  const expected = await read(undisturbed.verdicts);
  assert.equal(new Set(expected.map(verdictName)).size, feed.published() - STREAMS);
  assert.deepEqual(compareRecords(expected, await read(topics.verdicts)), { lost: [], doubled: [], differing: [] });
});

async function start(t: TestContext, topology: string, log: string): Promise<Worker> {
  const worker = await startWorker(runCommand(topology), log);
  t.after(() => worker.end('SIGKILL'));
  return worker;
}
