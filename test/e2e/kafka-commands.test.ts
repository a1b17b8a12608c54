/** The commands around Kafka as processes of their own: from files to verdicts, an archive, and verdicts derived again. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { parseDocument } from 'yaml';
import { EXIT } from '../../src/cli/exit-codes.js';
import type { Segment } from '../../src/domain/media.js';
import { CLAIM_CONTENT_TYPE, claimValue } from '../../src/transports/claims/claim.js';
import { writeRecord, type WritableRecord } from '../../src/transports/kafka/records.js';
import type { ReplaySummary } from '../../src/verdicts/replay-summary.js';
import { sharedBroker, type TestKafka } from '../broker/shared.js';
import { errorLines, readVerdicts, runCli, startCli, verdictsOf, type CliResult, type RunningCli } from '../support/cli.js';
import { REPOSITORY, ffmpeg, shortClip } from '../support/sample.js';
import { cutFile, endOf, recordOf } from '../support/segments.js';

const kafkaOf = sharedBroker();
const folder = mkdtempSync(join(tmpdir(), 'framewitness-commands-'));
const ROLES = ['segments', 'verdicts', 'streams', 'alerts', 'deadLetters', 'state'] as const;

/** A topology file with topics of the test's own, which do not exist yet; `topic` gives a role's full name. */
function topologyOf(kafka: TestKafka, brokers = kafka.broker.bootstrap): { readonly file: string; readonly topic: (role: (typeof ROLES)[number]) => string } {
  const document = parseDocument(readFileSync(join(REPOSITORY, 'topology.yaml'), 'utf8'));
  const topic = kafka.name;
  const section = {
    brokers: [brokers],
    applicationId: kafka.name('job'),
    topics: Object.fromEntries(ROLES.map((role) => [role, topic(role)])),
    create: { partitions: 2 },
    consumer: { sessionTimeoutMillis: 6_000, heartbeatMillis: 500 },
    retries: { connectTimeoutMillis: 1_000, maxMillis: 200 },
  };
  document.setIn(['transport'], document.createNode({ kafka: section, claims: { file: { folders: [folder] } } }));
  // So little at once that a job stopped after its first verdict has something left to do.
  document.setIn(['workers', 'maxBufferedSegments'], 1);
  document.setIn(['signing', 'privateKey'], 'env:COMMANDS_TEST_KEY');
  const file = join(folder, `${kafka.prefix}job.yaml`);
  writeFileSync(file, document.toString());
  return { file, topic };
}

let clip: string;
let segments: readonly Segment[];
/** Two seconds each, with the times that they have in the whole. */
let ownTimes: readonly Buffer[];
before(async () => {
  clip = await shortClip(6);
  segments = await cutFile(clip);
  const cut = join(folder, 'cut');
  mkdirSync(cut);
  await ffmpeg(['-i', await shortClip(6, 'ts'), '-c', 'copy', '-copyts', '-muxdelay', '0', '-f', 'segment', '-segment_time', '2', '-segment_format', 'mpegts', join(cut, '%d.ts')]);
  ownTimes = [0, 1, 2].map((i) => readFileSync(join(cut, `${i}.ts`)));
});

/** A stream with a gap that is filled late, a claim check, and a warning of whoever cut it; and one that says no times. */
function oddRecords(): readonly WritableRecord[] {
  const [first, second, third] = segments as [Segment, Segment, Segment];
  const file = join(folder, 'claimed.mp4');
  writeFileSync(file, third.media);
  const claim = claimValue({ uri: `file://${file}`, bytes: third.media.byteLength, sha256: createHash('sha256').update(third.media).digest('hex') });
  return [
    recordOf('odd', first),
    writeRecord({ kind: 'claim', stream: 'odd', sequence: 2, ptsStartMicros: third.ptsStartMicros, contentType: CLAIM_CONTENT_TYPE, warnings: [{ code: 'FW_LIMIT_SEGMENT_BYTES', message: 'cut where no keyframe was' }], value: claim }),
    recordOf('odd', second),
    endOf('odd', 3),
    ...ownTimes.map((value, sequence) => writeRecord({ kind: 'media', stream: 'timeless', sequence, ptsStartMicros: null, contentType: 'video/mp2t', value })),
    endOf('timeless', 3),
  ];
}

async function publish({ kafka }: TestKafka, topic: string, records: readonly WritableRecord[]): Promise<void> {
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (const record of records) await producer.send({ topic, messages: [record] });
  await producer.disconnect();
}

/** Resolves once the run has written `text` on standard error so many times. @throws when it ends before */
async function untilSaid({ child }: RunningCli, text: string, times: number): Promise<void> {
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr!.on('data', (piece: string) => {
      seen += piece;
      if (seen.split(text).length > times) resolve();
    });
    child.once('close', () => reject(new Error(`the run ended before it wrote ${text} ${times} times: ${seen}`)));
  });
}

test('files become verdicts across a SIGTERM in the middle; an archive of them replays to the same and verifies', async (t: TestContext) => {
  const kafka = kafkaOf(t);
  const { file, topic } = topologyOf(kafka);
  const keys = join(folder, 'desk');
  assert.equal((await runCli(['keys', 'generate', '--out', keys])).code, EXIT.ok);
  const env = { COMMANDS_TEST_KEY: readFileSync(`${keys}.private.pem`, 'utf8') };
  const ok = async (...args: string[]): Promise<CliResult> => {
    const result = await runCli([...args], { env, limitMs: 180_000 });
    assert.equal(result.code, EXIT.ok, `${args.join(' ')}: ${result.stderr}`);
    return result;
  };
  await ok('topics', 'create', '-t', file);
  await ok('ingest', clip, '--stream', 'plain', '-t', file, '--end-of-stream', '-q');
  await publish(kafka, topic('segments'), oddRecords());

  const runUntil = async (said: string, times: number): Promise<{ readonly verdicts: number; readonly streamsEnded: number }> => {
    const running = startCli(['run', '-t', file, '--log-level', 'debug', '--json', '-w', '1'], { env, limitMs: 180_000 });
    if (times > 0) await untilSaid(running, said, times);
    running.child.kill('SIGTERM');
    const { code, stdout, stderr } = await running.finished;
    assert.equal(code, EXIT.ok, stderr);
    return JSON.parse(stdout) as { readonly verdicts: number; readonly streamsEnded: number };
  };
  const first = await runUntil('"message":"verdict"', 1);
  const second = await runUntil('"message":"stream ended"', 3 - first.streamsEnded);
  assert.equal(first.verdicts + second.verdicts, 9);

  const archive = join(folder, 'archive');
  await ok('archive', '-t', file, '--out', archive, '-q');
  const replayed = JSON.parse((await ok('replay', archive, '-t', file, '--json', '-q')).stdout) as ReplaySummary;
  assert.deepEqual([replayed.verdicts, replayed.counts.identical], [9, 9], JSON.stringify(replayed));
  const recorded = readVerdicts(join(archive, 'verdicts.jsonl'));
  const warnings = verdictsOf(recorded, 'odd').map(({ finding }) => [finding.sequence, ...finding.warnings.map(({ code }) => code)]);
  assert.deepEqual(warnings, [[0], [2, 'FW_LIMIT_SEGMENT_BYTES', 'FW_SEGMENT_GAP'], [1, 'FW_SEGMENT_LATE']]);
  // The claim check led to the same bytes, and nobody had to say the times.
  const claimed = verdictsOf(recorded, 'odd')[1]!;
  assert.equal(claimed.provenance.segmentSha256, segments[2]!.sha256);
  assert.ok(claimed.finding.faces.analysed > 0);
  const starts = verdictsOf(recorded, 'timeless').map(({ finding }) => finding.startMicros);
  assert.deepEqual(starts.slice(1).map((start, i) => start - starts[i]!), [2_000_000, 2_000_000]);
  assert.match((await ok('verify', join(archive, 'verdicts.jsonl'), '--key', `${keys}.public.pem`)).stdout, /9 records of 3 streams/);
});

test('brokers and topics that do not fit end with a coded error each', async (t: TestContext) => {
  const kafka = kafkaOf(t);
  const { file, topic } = topologyOf(kafka);
  const failure = async (...args: string[]): Promise<string> => {
    const { code, stderr, timedOut } = await runCli(args, { limitMs: 120_000, env: { COMMANDS_TEST_KEY: '' } });
    assert.deepEqual([code, timedOut], [EXIT.usage, false], stderr);
    const [line] = errorLines(stderr);
    return `${line?.code ?? ''}: ${line?.text ?? stderr}`;
  };
  assert.match(await failure('topics', 'check', '-t', file), /^FW_KAFKA_TOPIC_MISSING: .*segments.*state.*topics create/);
  const create = (role: (typeof ROLES)[number], numPartitions: number, settings: Readonly<Record<string, string>> = {}): Promise<void> =>
    kafka.createTopics({ topic: topic(role), numPartitions, configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })) });
  await create('segments', 3, { 'max.message.bytes': '9000000' });
  await create('state', 2, { 'cleanup.policy': 'compact' });
  await create('deadLetters', 1, { 'max.message.bytes': '1000000' });
  await create('streams', 1);
  await create('verdicts', 1);
  assert.match(await failure('run', '-t', file), /^FW_KAFKA_TOPIC_MISSING: there is no topic \S+alerts /);
  await create('alerts', 1);
  for (const command of [['topics', 'check'], ['topics', 'create'], ['run']]) {
    const said = await failure(...command, '-t', file);
    for (const part of [/^FW_KAFKA_TOPIC_UNFIT/, /state has 2 partitions and \S+segments has 3/, /streams has cleanup.policy delete/, /deadLetters has max.message.bytes 1000000/]) assert.match(said, part);
  }
  const nowhere = topologyOf({ ...kafka, prefix: `${kafka.prefix}nowhere-` }, '127.0.0.1:1').file;
  for (const command of [['topics', 'check'], ['run'], ['ingest', clip, '-q']]) assert.match(await failure(...command, '-t', nowhere), /^FW_KAFKA_UNREACHABLE: .*127\.0\.0\.1:1/);
});
