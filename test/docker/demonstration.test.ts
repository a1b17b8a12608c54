/** What the containers of docker-compose.yml would run, run without containers: their commands, their environment, a real broker. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamVerdict } from '../../src/domain/stream-verdict.js';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { verifyChain } from '../../src/verdicts/chain.js';
import { startBroker, type Broker } from '../broker/broker.js';
import { freePorts } from '../broker/ports.js';
import { readTopic } from '../broker/topics.js';
import { startWorker } from '../job/worker.js';
import { REPOSITORY } from '../support/sample.js';
import { dockerfileStrings, processOf, service } from './compose-file.js';

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
/** Stands where the collector would be. */
let collector: Server;
/** What came to it: the paths of the requests. */
const received: string[] = [];
/** In place of the address of each worker. */
let metricsPort: number;
before(async () => {
  collector = createServer((request, response) => {
    received.push(request.url ?? '');
    request.resume();
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  [metricsPort] = (await freePorts(1)) as [number];
  broker = await startBroker({ own: true, properties: kafkaProperties() });
});
after(async () => {
  collector.close();
  await broker.stop();
});

/** Addresses in the network of the containers, and where the same is to be had here. */
function here(text: string): string {
  return text
    .replace('kafka:9092', broker.bootstrap)
    .replace('otel-collector:4318', `127.0.0.1:${(collector.address() as AddressInfo).port}`)
    .replace('0.0.0.0', '127.0.0.1')
    .replace('9464', String(metricsPort));
}

/** The container's process, in the checkout in place of its working directory. */
function containerOf(name: string, given: Readonly<Record<string, string>> = {}): { readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const { argv, environment } = processOf(name, given);
  const [command, ...args] = argv.map(here) as [string, ...string[]];
  return { command: command === 'node' ? process.execPath : command, args, env: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, here(value)])) };
}

/** What the health check of the image exits with. */
async function healthCheck(): Promise<number | null> {
  const [, ...args] = dockerfileStrings('HEALTHCHECK').map(here);
  const [code] = (await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'close')) as [number | null];
  return code;
}

/** The sum of a counter over its labels, as Prometheus would read it. */
async function counted(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
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
  assert.notEqual(await healthCheck(), 0);
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
  assert.equal(await healthCheck(), 0);
  assert.equal(await counted('framewitness_verdicts_total'), verdicts.length);
  assert.equal(await worker.end('SIGTERM'), 'exit code 0', worker.log());
  assert.ok(received.includes('/v1/traces'), received.join(', '));
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
