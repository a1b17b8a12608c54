/** Archives and replays from a real topic, beside a group that is at work on it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { EXIT } from '../../src/cli/exit-codes.js';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { openArchive } from '../../src/transports/archive/reader.js';
import { segmentOf } from '../../src/transports/archive/reader.js';
import { writeRecord } from '../../src/transports/kafka/records.js';
import { sealVerdict, verdictLine } from '../../src/verdicts/chain.js';
import type { ReplaySummary } from '../../src/verdicts/replay-summary.js';
import { sharedBroker, type TestKafka } from '../broker/shared.js';
import { readVerdicts, runCli } from '../support/cli.js';
import { REPOSITORY, shortClip } from '../support/sample.js';

const kafkaOf = sharedBroker();
const folder = mkdtempSync(join(tmpdir(), 'framewitness-replay-kafka-'));
const STREAMS = ['studio', 'hall'] as const;

interface Piece {
  readonly sequence: number;
  readonly ptsStartMicros: number;
  readonly media: Uint8Array;
}
let pieces: Piece[];
let scanned: readonly SegmentVerdict[];

/** Six seconds of the sample, cut and judged. */
before(async () => {
  const clip = await shortClip(6, 'mp4');
  const verdicts = join(folder, 'verdicts.jsonl');
  assert.equal((await runCli(['scan', clip, '--out', verdicts, '--no-report', '-q'])).code, EXIT.ok);
  assert.equal((await runCli(['archive', clip, '--verdicts', verdicts, '--out', join(folder, 'cut'), '-q'])).code, EXIT.ok);
  scanned = readVerdicts(verdicts);
  const archive = await openArchive(join(folder, 'cut'));
  pieces = [];
  for await (const entry of archive.entries(clip)) {
    if (entry.kind === 'segment') pieces.push(segmentOf(archive, entry, await archive.media(entry)));
  }
  assert.equal(pieces.length, 3);
});

interface Job {
  readonly topology: string;
  readonly topics: Readonly<Record<'segments' | 'verdicts' | 'deadLetters', string>>;
  readonly group: string;
}

/** A topic with two streams, the verdicts that a job wrote of them in transactions, and the job's group half-way through. */
async function atWork(t: TestContext): Promise<{ kafka: TestKafka; job: Job }> {
  const kafka = kafkaOf(t);
  const topics = { segments: kafka.name('segments'), verdicts: kafka.name('verdicts'), deadLetters: kafka.name('dead') };
  await kafka.createTopics(...Object.values(topics).map((topic) => ({ topic, numPartitions: 2 })));
  const topology = join(folder, `${kafka.prefix}job.yaml`);
  const text = readFileSync(join(REPOSITORY, 'topology.yaml'), 'utf8').replace(/^transport:[\s\S]*?(?=^\S)/m, '');
  writeFileSync(topology, `${text}\ntransport:\n  kafka:\n    brokers: ['${kafka.broker.bootstrap}']\n    applicationId: ${kafka.name('job')}\n    topics: { segments: ${topics.segments}, verdicts: ${topics.verdicts}, deadLetters: ${topics.deadLetters} }\n`);
  const producer = kafka.kafka.producer({ transactionalId: kafka.name('tx'), idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const heads = new Map<string, string>();
  for (const { sequence, ptsStartMicros, media } of pieces) {
    for (const [partition, stream] of STREAMS.entries()) {
      const [sent] = await sendPlain(kafka, topics.segments, partition, writeRecord({ kind: 'media', stream, sequence, ptsStartMicros, contentType: 'video/mp4', value: media }));
      const { finding, provenance, evidence } = scanned[sequence]!;
      const record = sealVerdict({ finding: { ...finding, stream }, provenance: { ...provenance, source: { kind: 'kafka', name: topics.segments, partition, offset: sent!.baseOffset! } }, evidence }, heads.get(stream) ?? null);
      heads.set(stream, record.hash);
      // One transaction is undone before each that counts: its records are in the topic and must not be read.
      for (const counts of [false, true]) {
        const transaction = await producer.transaction();
        await transaction.send({ topic: topics.verdicts, messages: [{ partition, key: stream, value: counts ? verdictLine(record).trimEnd() : '{"undone":true}' }] });
        if (!counts) await transaction.abort();
        else await transaction.commit();
      }
    }
  }
  await producer.disconnect();
  return { kafka, job: { topology, topics, group: kafka.name('job') } };
}

async function sendPlain({ kafka }: TestKafka, topic: string, partition: number, record: ReturnType<typeof writeRecord>): Promise<{ baseOffset?: string }[]> {
  const producer = kafka.producer();
  await producer.connect();
  const sent = await producer.send({ topic, messages: [{ partition, ...record }] });
  await producer.disconnect();
  return sent;
}

const replay = async (...args: string[]): Promise<{ code: number | null; stderr: string; summary: ReplaySummary }> => {
  const { code, stdout, stderr } = await runCli(['replay', ...args, '--json', '-q'], { limitMs: 180_000 });
  return { code, stderr, summary: JSON.parse(stdout === '' ? '{}' : stdout) as ReplaySummary };
};

test('replays from the topics, by stream and by offset, and leaves the live group as it is', async (t) => {
  const { kafka, job } = await atWork(t);
  const admin = kafka.kafka.admin();
  await admin.connect();
  t.after(() => admin.disconnect());
  // The live job: a member that stays, with an offset of its own.
  const live = kafka.kafka.consumer({ groupId: job.group });
  await live.connect();
  t.after(() => live.disconnect());
  await live.subscribe({ topics: [job.topics.segments] });
  const joins: unknown[] = [];
  live.on(live.events.GROUP_JOIN, (event) => joins.push(event.payload.memberId));
  await live.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
  await admin.setOffsets({ groupId: `${job.group}.offsets`, topic: job.topics.segments, partitions: [{ partition: 0, offset: '1' }] });
  while (joins.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const membersOf = async (): Promise<unknown> => (await admin.describeGroups([job.group])).groups.map(({ state, members }) => [state, members.map(({ memberId }) => memberId)]);
  const groupsOf = async (): Promise<string[]> => (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(kafka.prefix)).sort();
  const before = [await membersOf(), await groupsOf(), await admin.fetchOffsets({ groupId: `${job.group}.offsets`, topics: [job.topics.segments] })];

  const whole = await replay('--topology', job.topology);
  assert.equal(whole.code, EXIT.ok, whole.stderr);
  assert.deepEqual(whole.summary.streams.map(({ stream, counts }) => [stream, counts.identical]).sort(), [['hall', 3], ['studio', 3]]);
  const part = await replay('--topology', job.topology, '--stream', 'hall', '--partition', '1', '--offsets', '1..1');
  assert.deepEqual([part.code, part.summary.verdicts, part.summary.counts.identical], [EXIT.ok, 1, 1], part.stderr);

  assert.deepEqual([await membersOf(), await groupsOf(), await admin.fetchOffsets({ groupId: `${job.group}.offsets`, topics: [job.topics.segments] })], before);
  assert.equal(joins.length, 1, 'the live member was never made to join again');
});

test('archives a range, goes on when it is asked again, and its verdicts verify', async (t) => {
  const { kafka, job } = await atWork(t);
  const out = join(folder, `${kafka.prefix}archive`);
  const archive = (): ReturnType<typeof runCli> => runCli(['archive', '--topology', job.topology, '--stream', 'studio', '--out', out, '-q'], { limitMs: 180_000 });
  const first = await archive();
  assert.equal(first.code, EXIT.ok, first.stderr);
  assert.equal((await runCli(['verify', join(out, 'verdicts.jsonl')])).code, EXIT.ok);
  // More comes: the third kind is a record that no archive can hold as a segment.
  await sendPlain(kafka, job.topics.segments, 0, { ...writeRecord({ kind: 'media', stream: 'studio', sequence: 3, ptsStartMicros: null, contentType: 'video/mp4', value: pieces[0]!.media }), headers: { sequence: 'three' } });
  await sendPlain(kafka, job.topics.segments, 0, writeRecord({ kind: 'end', stream: 'studio', sequence: 3 }));
  const second = await archive();
  assert.equal(second.code, EXIT.ok, second.stderr);
  const read = await openArchive(out);
  const kinds: string[] = [];
  for await (const entry of read.entries('studio')) kinds.push(`${entry.kind} ${entry.source.offset ?? ''}`);
  assert.deepEqual(kinds, ['segment 0', 'segment 1', 'segment 2', 'end 4']);
  assert.equal(read.nameless, 1, 'the malformed record is named in the index');
  assert.deepEqual(read.manifest.positions.segments, { 0: '5', 1: '3' });
  assert.equal(readVerdicts(read.verdicts).length, 3);
  const again = await replay(out);
  assert.deepEqual([again.code, again.summary.counts.identical], [EXIT.ok, 3], again.stderr);
});

test('one record is judged again by itself, and what is wrong with a dead letter is said', async (t) => {
  const { kafka, job } = await atWork(t);
  await sendPlain(kafka, job.topics.deadLetters, 1, writeRecord({ kind: 'media', stream: 'studio', sequence: 9, ptsStartMicros: 0, contentType: 'video/mp4', value: Buffer.from('no media at all') }));
  await sendPlain(kafka, job.topics.deadLetters, 1, { key: Buffer.from('studio'), value: Buffer.from('x'), headers: {} });
  const at = (topic: string, partition: number, offset: number): ReturnType<typeof runCli> => runCli(['replay', '--topology', job.topology, '--topic', topic, '--partition', String(partition), '--offsets', String(offset)], { limitMs: 180_000 });
  const good = await at(job.topics.segments, 0, 0);
  assert.equal(good.code, EXIT.ok, good.stderr);
  assert.match(good.stdout, /studio segment 0 .*authentic/);
  const bad = await at(job.topics.deadLetters, 1, 0);
  assert.equal(bad.code, EXIT.allFailed, bad.stderr);
  assert.match(bad.stdout, /undecodable|FW_/);
  const malformed = await at(job.topics.deadLetters, 1, 1);
  assert.equal(malformed.code, EXIT.allFailed);
  assert.match(malformed.stdout, /FW_RECORD_HEADER.*sequence is missing/);
  const missing = await at(job.topics.segments, 0, 77);
  assert.match(missing.stderr, /FW_INPUT_NOT_FOUND.*no committed record at offset 77/);
});
