/** What the containers of docker-compose.yml would run, run without containers: their commands, their environment, a real broker. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamVerdict } from '../../src/domain/stream-verdict.js';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { verifyChain } from '../../src/verdicts/chain.js';
import { startBroker, type Broker } from '../broker/broker.js';
import { readTopic } from '../broker/topics.js';
import { startWorker } from '../job/worker.js';
import { REPOSITORY } from '../support/sample.js';
import { processOf, service } from './compose-file.js';

/** Where a broker listens and keeps its data differs here; every other setting is the one of the container. */
const PLACE = /LISTENER|QUORUM|LOG_DIRS|NODE_ID|PROCESS_ROLES/;

/** `KAFKA_LOG_RETENTION_HOURS` is `log.retention.hours`, as the image has it. */
const kafkaProperties = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(service('kafka').environment ?? {})
      .filter(([name]) => name.startsWith('KAFKA_') && !PLACE.test(name))
      .map(([name, value]) => [name.replace(/^KAFKA_/, '').toLowerCase().replaceAll('_', '.'), String(value)]),
  );

let broker: Broker;
before(async () => {
  broker = await startBroker({ own: true, properties: kafkaProperties() });
});
after(() => broker.stop());

/** The container's process, in the checkout in place of its working directory. */
function containerOf(name: string, given: Readonly<Record<string, string>> = {}): { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const { argv, environment } = processOf(name, given);
  const [command, ...args] = argv as readonly [string, ...string[]];
  assert.equal(environment['FRAMEWITNESS_KAFKA'], 'kafka:9092', name);
  return { command: command === 'node' ? process.execPath : command, args, env: { ...environment, FRAMEWITNESS_KAFKA: broker.bootstrap } };
}

/** Runs a container that ends by itself. @returns what it wrote */
async function completed(name: string, given: Readonly<Record<string, string>> = {}): Promise<string> {
  const { command, args, env } = containerOf(name, given);
  const child = spawn(command, [...args], { cwd: REPOSITORY, env: { ...process.env, NO_COLOR: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, `${name}: ${output}`);
  return output;
}

test('the topics are made, the demonstration feed is published twice, and every segment of it has a committed verdict', async (t) => {
  assert.match(await completed('topics'), /created {2}framewitness\.segments\n/);
  const worker = await startWorker(containerOf('framewitness'), join(mkdtempSync(join(tmpdir(), 'framewitness-compose-')), 'worker.log'));
  t.after(() => worker.end('SIGKILL'));
  await completed('demonstration-feed', { FEED_REPETITIONS: '2', FEED_PAUSE_SECONDS: '0' });

  const kafka = broker.client();
  let streams: ReadonlyMap<string, StreamVerdict> = new Map();
  for (let ended = 0; ended < 2; await delay(250)) {
    assert.equal(worker.ended(), undefined, worker.log());
    streams = new Map((await readTopic(kafka, 'framewitness.streams')).map(({ key, value }) => [key!.toString('utf8'), JSON.parse(value!.toString('utf8')) as StreamVerdict]));
    ended = [...streams.values()].filter(({ end }) => end === 'end-of-stream').length;
  }
  const verdicts = (await readTopic(kafka, 'framewitness.verdicts')).map(({ value }) => JSON.parse(value!.toString('utf8')) as SegmentVerdict);
  assert.deepEqual(verifyChain(verdicts), []);
  for (const [stream, { segments, head }] of streams) {
    assert.match(stream, /^demonstration-\d{8}T\d{6}Z-[12]$/);
    const own = verdicts.filter(({ finding }) => finding.stream === stream);
    // 24 seconds with a keyframe every two.
    assert.deepEqual(own.map(({ finding }) => finding.sequence), Array.from({ length: 12 }, (_, sequence) => sequence));
    assert.equal(segments.judged, 12);
    assert.equal(own.at(-1)!.hash, head);
  }
  assert.deepEqual(await readTopic(kafka, 'framewitness.dead-letters'), []);
  assert.equal(await worker.end('SIGTERM'), 'exit code 0', worker.log());
});

test('the demonstration feed goes on without end, and ends at once when its container is stopped', async (t) => {
  assert.equal(processOf('demonstration-feed').environment['FEED_REPETITIONS'], '0');
  const feed = await startWorker(containerOf('demonstration-feed'), join(mkdtempSync(join(tmpdir(), 'framewitness-compose-')), 'feed.log'));
  t.after(() => feed.end('SIGKILL'));
  while (!feed.log().includes('12 segments')) {
    assert.equal(feed.ended(), undefined, feed.log());
    await delay(100);
  }
  assert.equal(await feed.end('SIGTERM'), 'exit code 0');
});
