/** Promise 5: one bad stream hurts no other. (How much it delays them: bench/kafka-latency.ts.) */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Message } from 'kafkajs';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { sharedBroker, type TestKafka } from '../broker/shared.js';
import { readTopic } from '../broker/topics.js';
import { endRecord, segmentRecord, smallSegments } from '../job/segments.js';
import { watchProgress } from '../job/progress.js';
import { writeJobTopology } from '../job/topology.js';
import { createJobTopics, jobTopics } from '../job/topics.js';
import { runCommand, startWorker } from '../job/worker.js';
import { makeBadInputs } from '../support/bad-inputs.js';

const PARTITIONS = 4;
const GOOD = 7;
const SEGMENTS = 20;
const HOSTILE = 'hostile';
const broker = sharedBroker();

type Placed = Message & { readonly partition: number };

/** Records that no producer in its right mind sends: damaged and lying media, other files, no bytes, headers that make no sense. */
async function hostileRecords(folder: string): Promise<readonly Placed[]> {
  const files = (await makeBadInputs(folder)).flatMap(({ path, judged, codes }) => (judged === 'nothing' && codes.includes('FW_INPUT_NOT_FOUND') ? [] : [readFileSync(path)]));
  const media = files.map((value, sequence) => ({ key: HOSTILE, value, headers: { sequence: String(sequence) }, partition: 0 }));
  const odd: readonly Omit<Placed, 'key' | 'partition'>[] = [
    { value: 'no sequence', headers: {} },
    { value: 'a sequence that is no number', headers: { sequence: '-1e3' } },
    { value: 'a sequence beyond all numbers', headers: { sequence: '9'.repeat(40) } },
    { value: 'a claim check that is none', headers: { sequence: '900', 'content-type': 'application/vnd.framewitness.claim+json' } },
    { value: '{"uri":"file:///etc/passwd","bytes":1,"sha256":"00"}', headers: { sequence: '901', 'content-type': 'application/vnd.framewitness.claim+json' } },
    { value: null, headers: { sequence: '902' } },
    { value: 'the end, with a value', headers: { sequence: '903', 'end-of-stream': 'true' } },
  ];
  return [...media, ...odd.map((record) => ({ ...record, key: HOSTILE, partition: 0 }))];
}

/** The good streams, in rounds of one segment each, with a share of the other records before each round. */
async function records(hostile: readonly Placed[]): Promise<readonly Placed[]> {
  const lap = await smallSegments();
  const good = (make: (stream: string, index: number) => Message): readonly Placed[] => Array.from({ length: GOOD }, (_, index) => ({ ...make(`good-${index}`, index), partition: index % PARTITIONS }));
  const share = Math.ceil(hostile.length / SEGMENTS);
  const rounds = Array.from({ length: SEGMENTS }, (_, sequence) => [...hostile.slice(share * sequence, share * (sequence + 1)), ...good((stream, index) => segmentRecord(lap, stream, sequence, 5 * index))]);
  return [...rounds.flat(), ...good((stream) => endRecord(stream, SEGMENTS))];
}

interface Outcome {
  /** Findings by stream, in order. */
  readonly findings: ReadonlyMap<string, readonly SegmentVerdict['finding'][]>;
  /** Dead letters by stream. */
  readonly deadLetters: ReadonlyMap<string, number>;
}

async function judge(t: TestContext, { kafka, prefix, broker: { bootstrap } }: TestKafka, name: string, input: readonly Placed[], folder: string): Promise<Outcome> {
  const topics = jobTopics(prefix, name, `${prefix}${name}-segments`);
  const applicationId = `${prefix}${name}`;
  await createJobTopics(kafka, topics, PARTITIONS);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  await producer.send({ topic: topics.segments, acks: -1, messages: [...input] });
  await producer.disconnect();
  const worker = await startWorker(runCommand(writeJobTopology(folder, { bootstrap, applicationId, topics, processes: 2 })), join(folder, `${name}.log`));
  t.after(() => worker.end('SIGKILL'));
  await watchProgress(kafka, applicationId, topics.segments).until(({ committed, total }) => committed === total, 120_000, worker.log);
  assert.equal(await worker.end('SIGTERM'), 'exit code 0', worker.log());
  const findings = new Map<string, SegmentVerdict['finding'][]>();
  for (const { key, value } of await readTopic(kafka, topics.verdicts)) {
    const { finding } = JSON.parse(value!.toString('utf8')) as SegmentVerdict;
    findings.set(String(key), [...(findings.get(String(key)) ?? []), finding]);
  }
  const deadLetters = new Map<string, number>();
  for (const { key } of await readTopic(kafka, topics.deadLetters)) deadLetters.set(String(key), (deadLetters.get(String(key)) ?? 0) + 1);
  return { findings, deadLetters };
}

test('seven good streams have the same findings with a stream of hostile segments beside them as without it, and it loses only itself', async (t) => {
  const own = broker(t);
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-isolation-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const hostile = await hostileRecords(join(folder, 'bad'));
  const alone = await judge(t, own, 'alone', await records([]), folder);
  const beside = await judge(t, own, 'beside', await records(hostile), folder);
  assert.deepEqual([...alone.findings.keys()].sort(), Array.from({ length: GOOD }, (_, index) => `good-${index}`));
  for (const [stream, findings] of alone.findings) {
    assert.equal(findings.length, SEGMENTS);
    assert.ok(findings.some(({ probability }) => probability !== null), `${stream} was scored`);
    assert.deepEqual(beside.findings.get(stream), findings, stream);
  }
  assert.deepEqual([...alone.deadLetters], []);
  assert.deepEqual([...beside.deadLetters.keys()], [HOSTILE]);
  // Each hostile record leads to a verdict or a dead letter, or to both: a segment that cannot be decoded has a verdict that says so.
  const verdicts = beside.findings.get(HOSTILE) ?? [];
  assert.ok(verdicts.length + (beside.deadLetters.get(HOSTILE) ?? 0) >= hostile.length);
  assert.ok(verdicts.every(({ verdict, frames }) => verdict === 'inconclusive' || frames.analysed > 0));
});
