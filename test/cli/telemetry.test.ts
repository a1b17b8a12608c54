/** Metrics, traces, health and logs of `run` and `ingest`, on a real broker. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { METRICS } from '../../src/telemetry/metrics.js';
import { startBroker, type Broker } from '../broker/broker.js';
import { testKafka } from '../broker/shared.js';
import { runCli, startCli, untilStderr, verdictsOf } from '../support/cli.js';
import { jobSetting } from '../support/kafka-job.js';
import { shortClip } from '../support/sample.js';
import { cutFile, endOf, recordOf } from '../support/segments.js';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

const LIMIT_MS = 240_000;
let broker: Broker;
let collector: Server;
let endpoint: string;
const spans: Span[] = [];

before(async () => {
  broker = await startBroker({ own: true });
  // What a collector takes: OTLP over HTTP, in JSON.
  collector = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (request.url === '/v1/traces') {
        const { resourceSpans } = JSON.parse(Buffer.concat(pieces).toString('utf8')) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
        spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
after(async () => {
  collector.close();
  collector.closeAllConnections();
  await broker.stop();
});

/** Asks until the answer is as wanted. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean, what: string): Promise<T> {
  for (const deadline = Date.now() + LIMIT_MS; ; await delay(100)) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not come about: ${JSON.stringify(answer)}`);
  }
}

/** Samples of a metric, summed over the series that have all of `labels`. */
function sample(exposition: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const lines = exposition.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`))).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

test('a run serves metrics that match its verdicts, carries traces from ingest to verdict, and tells the truth about its health', async (t) => {
  const job = await jobSetting(testKafka(broker, t));
  const topology = join(job.loaded.folder, 'topology.yaml');
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const run = startCli(['run', '--topology', topology, '--metrics-port', '0', '--json', '--log-level', 'debug'], { env, limitMs: LIMIT_MS });
  let log = '';
  run.child.stderr!.on('data', (text: string) => (log += text));
  await untilStderr(run, 'serving metrics and health');
  const address = /"address":"(http:[^"]+)"/.exec(log)![1]!;
  const health = async (path: string): Promise<{ status: number; body: string }> => {
    const response = await fetch(`${address}${path}`);
    return { status: response.status, body: await response.text() };
  };
  const isStatus = (status: number) => (answer: { readonly status: number }) => answer.status === status;

  // It has only begun to start.
  assert.equal((await health('/readyz')).status, 503);
  assert.equal((await health('/healthz')).status, 200);
  await until(() => health('/readyz'), isStatus(200), 'readiness');
  assert.match(log, /"message":"partition taken over"/);

  const clip = await shortClip(8);
  const ingested = await runCli(['ingest', clip, '--stream', 'north', '--end-of-stream', '--topology', topology, '--log-format', 'json'], { env, limitMs: LIMIT_MS });
  assert.equal(ingested.code, 0, ingested.stderr);
  const published = ingested.stderr.split('\n').filter((line) => line.includes('"message":"published"')).map((line) => JSON.parse(line) as { stream: string; sequence: number });
  assert.ok(published.length > 1 && published.every(({ stream, sequence }, i) => stream === 'north' && sequence === i));

  const [segment, next] = await cutFile(clip);
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traced = recordOf('south', segment!);
  await job.publish([
    { ...traced, headers: { ...traced.headers, traceparent: `00-${traceId}-b7ad6b7169203331-01` } },
    recordOf('south', segment!),
    recordOf('south', { ...next!, media: new TextEncoder().encode('this is no video') }),
    endOf('south', 2),
  ]);
  const metrics = async (): Promise<string> => (await fetch(`${address}/metrics`)).text();
  const exposition = await until(metrics, (text) => sample(text, 'framewitness_streams_ended_total') === 2 && sample(text, 'framewitness_consumer_lag_records') === 0, 'the end of both streams');

  const verdicts = await job.verdicts();
  const total = (pick: (finding: (typeof verdicts)[number]['finding']) => number): number => verdicts.reduce((sum, { finding }) => sum + pick(finding), 0);
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((all, each) => all + each, 0);
  const expected: Readonly<Partial<Record<keyof typeof METRICS, number>>> = {
    framewitness_verdicts_total: verdicts.length,
    framewitness_frames_present_total: total(({ frames }) => frames.present),
    framewitness_frames_sampled_total: total(({ frames }) => frames.sampled),
    framewitness_frames_not_sampled_total: total(({ frames }) => frames.notSampled),
    framewitness_frames_undecodable_total: total(({ frames }) => frames.undecodable),
    framewitness_frames_analysed_total: total(({ frames }) => frames.analysed),
    framewitness_frames_skipped_total: total(({ frames }) => sum(frames.skipped)),
    framewitness_faces_found_total: total(({ faces }) => faces.found),
    framewitness_faces_analysed_total: total(({ faces }) => faces.analysed),
    framewitness_faces_skipped_total: total(({ faces }) => sum(faces.skipped)),
    framewitness_clips_total: total(({ tracks }) => tracks.flatMap(({ scores }) => scores).reduce((all, { clips }) => all + clips.length, 0)),
    framewitness_segment_bytes_total: verdicts.reduce((all, { provenance }) => all + provenance.segmentBytes, 0),
    framewitness_segments_repeated_total: 1,
    framewitness_dead_letters_total: 1,
    framewitness_queue_items: 0,
    framewitness_worker_failures_total: 0,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(sample(exposition, name), value, name);
  assert.ok(expected.framewitness_frames_analysed_total! > 0 && expected.framewitness_clips_total! > 0);
  for (const verdict of ['forged', 'authentic', 'inconclusive']) assert.equal(sample(exposition, 'framewitness_verdicts_total', { verdict }), verdicts.filter(({ finding }) => finding.verdict === verdict).length);
  assert.equal(sample(exposition, 'framewitness_dead_letters_total', { code: 'FW_INPUT_NOT_MEDIA' }), 1);
  assert.equal(sample(exposition, 'framewitness_segment_commit_duration_seconds_count'), verdicts.length);
  for (const step of ['wait', 'analyse', 'advance', 'judge', 'commit']) assert.equal(sample(exposition, 'framewitness_segment_duration_seconds_count', { step }), verdicts.length, step);
  assert.equal(sample(exposition, 'framewitness_partitions', { state: 'ready' }), sample(exposition, 'framewitness_partitions', { state: 'assigned' }));
  assert.ok(sample(exposition, 'framewitness_batch_items_sum') >= expected.framewitness_clips_total!);
  const served = new Set([...exposition.matchAll(/^# TYPE (framewitness_\S+)/gm)].map(([, name]) => name!));
  assert.deepEqual([...served].filter((name) => !(name in METRICS)), [], 'metrics that the table lacks');

  await broker.kill();
  const gone = await until(() => health('/readyz'), isStatus(503), 'the loss of readiness');
  assert.match(gone.body, /"name":"(?:broker|group)","ok":false/);
  assert.equal((await health('/healthz')).status, 200);
  await broker.restart();
  await until(() => health('/readyz'), isStatus(200), 'readiness once more');

  run.child.kill('SIGTERM');
  const ended = await run.finished;
  assert.equal(ended.code, 0, ended.stderr);
  const lines = ended.stderr.trim().split('\n').map((line) => JSON.parse(line) as { time: string; level: string; message: string; stream?: string; sequence?: number });
  assert.deepEqual(lines.filter(({ message }) => message === 'verdict').map(({ stream, sequence }) => `${stream}/${sequence}`).sort(), verdicts.map(({ finding }) => `${finding.stream}/${finding.sequence}`).sort());

  // Everything was flushed: each verdict's header names its segment's span, in the trace that its record began.
  const records = await job.read('verdicts');
  const contexts = new Map(records.map(({ value, headers }) => {
    const { finding } = JSON.parse(value!.toString('utf8')) as (typeof verdicts)[number];
    const [, trace, span] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(headers['traceparent']!)!;
    return [`${finding.stream}/${finding.sequence}`, { trace, span }];
  }));
  assert.equal(contexts.get('south/0')!.trace, traceId);
  for (const { finding } of verdictsOf(verdicts, 'north')) {
    const { trace, span } = contexts.get(`north/${finding.sequence}`)!;
    const own = spans.filter((each) => each.traceId === trace);
    const whole = own.find((each) => each.spanId === span)!;
    assert.equal(whole.name, 'segment');
    assert.equal(own.find((each) => each.spanId === whole.parentSpanId)!.name, 'publish');
    assert.deepEqual(own.filter((each) => each.parentSpanId === span).map(({ name }) => name), ['wait', 'analyse', 'advance', 'judge', 'commit']);
  }
});

test('secrets are in no line of the log', async (t) => {
  const job = await jobSetting(testKafka(broker, t), { sasl: { mechanism: 'plain', username: 'someone', secretVariable: 'FRAMEWITNESS_TEST_SECRET' } });
  const secret = 'correct-horse-battery-staple';
  const refused = await runCli(['run', '--topology', join(job.loaded.folder, 'topology.yaml'), '--json', '--log-level', 'debug'], { env: { FRAMEWITNESS_TEST_SECRET: secret }, limitMs: LIMIT_MS });
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /FW_KAFKA_/);
  for (const text of [refused.stdout, refused.stderr]) for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(`\0someone\0${secret}`).toString('base64')]) assert.ok(!text.includes(form));
});

test('a port that is taken is an error that says so', async () => {
  const { port } = collector.address() as AddressInfo;
  const refused = await runCli(['run', '--topology', 'topology.yaml', '--metrics-port', String(port)]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /error FW_TELEMETRY_PORT: /);
});
