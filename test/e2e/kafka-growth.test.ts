/** The topic of segments grows while two workers are at work. */
import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { EXIT } from '../../src/cli/exit-codes.js';
import { verifyChain } from '../../src/verdicts/chain.js';
import { sharedBroker } from '../broker/shared.js';
import { smallSegments } from '../job/segments.js';
import { errorLines, runCli, verdictsOf } from '../support/cli.js';
import { count, jobSetting, type JobSetting, type RunningJob } from '../support/kafka-job.js';
import { endOf, recordOf } from '../support/segments.js';

const kafkaOf = sharedBroker();
/** Growth is noticed within a second. */
const QUICK = { consumer: { sessionTimeoutMillis: 6_000, heartbeatMillis: 500, metadataMaxAgeMillis: 1_000 }, create: { partitions: 2 } };
let segments: readonly Parameters<typeof recordOf>[1][];
before(async () => {
  segments = (await smallSegments()).slice(0, 6).map((media, sequence) => ({ media, sequence, ptsStartMicros: 500_000 * sequence }));
});

const assignedLast = ({ events }: RunningJob): readonly number[] => events.reduce<readonly number[]>((last, event) => (event.kind === 'assigned' ? event.partitions : last), []);
const total = (workers: readonly RunningJob[], kind: 'verdict' | 'stream-ended'): number => workers.reduce((sum, { events }) => sum + count(events, kind), 0);

/** Publishes some segments of streams, each stream to the partition that it is listed at, and the ends of the streams. */
function publish(job: JobSetting, streams: readonly (readonly [string, number])[], from: number, to: number): Promise<void> {
  const records = segments.slice(from, to).flatMap((segment) => streams.map(([stream, partition]) => ({ ...recordOf(stream, segment), partition })));
  const ends = to === segments.length ? streams.map(([stream, partition]) => ({ ...endOf(stream, segments.length), partition })) : [];
  return job.publish([...records, ...ends]);
}

/** `topics grow` as a process. @returns what it printed */
async function grow(job: JobSetting, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(['topics', 'grow', '-t', job.file, ...more]);
  assert.equal(code, EXIT.ok, stderr);
  return stdout;
}

/** Two workers that share two partitions; they end with the test, whatever becomes of it. */
async function crew(t: TestContext, job: JobSetting): Promise<readonly RunningJob[]> {
  const workers = [job.start(), job.start()];
  t.after(() => Promise.all(workers.map((worker) => worker.stop().catch(() => undefined))));
  await untilBoth(workers, () => workers.every((worker) => assignedLast(worker).length === 1));
  return workers;
}

/** Waits for what one of the workers must see, whoever it is. */
const untilBoth = (workers: readonly RunningJob[], test: () => boolean): Promise<unknown> => Promise.race(workers.map((worker) => worker.until(test)));

test('new partitions are shared out and read, and streams under way lose nothing and get nothing twice', async (t) => {
  const kafka = kafkaOf(t);
  const job = await jobSetting(kafka, QUICK);
  const workers = await crew(t, job);
  const old = [['north', 0], ['south', 1]] as const;
  await publish(job, old, 0, 2);
  await untilBoth(workers, () => total(workers, 'verdict') > 0);
  assert.equal(await grow(job, '-p', '4'), `grown    ${kafka.name('state')} from 2 to 4 partitions\ngrown    ${kafka.name('segments')} from 2 to 4 partitions\n`);
  // A stream of its own on each new partition, and one that moved to another in the middle, as streams do whose key leads elsewhere now.
  const fresh = [['east', 2], ['west', 3]] as const;
  await publish(job, old, 2, segments.length);
  await publish(job, fresh, 0, segments.length);
  await job.publish([{ ...recordOf('moved', segments[0]!), partition: 0 }, { ...recordOf('moved', segments[1]!), partition: 2 }, { ...endOf('moved', 2), partition: 2 }]);
  await untilBoth(workers, () => total(workers, 'verdict') >= 4 * segments.length + 2 && total(workers, 'stream-ended') >= 5);
  assert.deepEqual(workers.map((worker) => assignedLast(worker).length), [2, 2]);
  for (const worker of workers) await worker.stop();

  const verdicts = await job.verdicts();
  const whole = verdicts.filter(({ finding }) => finding.stream !== 'moved');
  for (const [stream] of [...old, ...fresh]) assert.deepEqual(verdictsOf(verdicts, stream).map(({ finding }) => finding.sequence), segments.map(({ sequence }) => sequence), stream);
  assert.deepEqual(verifyChain(whole), []);
  // No state follows a stream to its new partition: another chain begins there, and says that something is missing.
  const moved = [...verdictsOf(verdicts, 'moved')].sort((a, b) => a.finding.sequence - b.finding.sequence);
  assert.deepEqual(moved.map(({ finding, previousHash }) => [finding.sequence, previousHash, finding.warnings.map(({ code }) => code)]), [[0, null, []], [1, null, ['FW_SEGMENT_GAP']]]);
  assert.deepEqual(await job.deadLetters(), []);
});

test('a new partition without one of the topic of state is said to be so, the others go on, and it is read once it has one', async (t) => {
  const kafka = kafkaOf(t);
  const job = await jobSetting(kafka, QUICK);
  const workers = await crew(t, job);
  const admin = kafka.kafka.admin();
  await admin.connect();
  t.after(() => admin.disconnect());
  await admin.createPartitions({ topicPartitions: [{ topic: kafka.name('segments'), count: 3 }] });
  await publish(job, [['late', 2]], 0, segments.length);
  const outages = (): readonly string[] => workers.flatMap(({ events }) => events.flatMap((event) => (event.kind === 'outage' ? [`${event.error.code}: ${event.error.message}`] : [])));
  await untilBoth(workers, () => outages().length > 0);
  assert.match(outages()[0]!, /^FW_KAFKA_STATE_PARTITION: \S+state has no partition 2, and \S+segments has/);
  await publish(job, [['north', 0], ['south', 1]], 0, segments.length);
  await untilBoth(workers, () => total(workers, 'stream-ended') === 2);
  assert.equal(await grow(job), `grown    ${kafka.name('state')} from 2 to 3 partitions\n`);
  await untilBoth(workers, () => total(workers, 'stream-ended') === 3);
  for (const worker of workers) await worker.stop();
  const verdicts = await job.verdicts();
  for (const stream of ['north', 'south', 'late']) assert.deepEqual(verdictsOf(verdicts, stream).map(({ finding }) => finding.sequence), segments.map(({ sequence }) => sequence), stream);
  assert.deepEqual(verifyChain(verdicts), []);
});

test('partitions are not taken away', async (t) => {
  const job = await jobSetting(kafkaOf(t), QUICK);
  const { code, stderr } = await runCli(['topics', 'grow', '-t', job.file, '-p', '1']);
  assert.equal(code, EXIT.usage);
  assert.match(errorLines(stderr)[0]?.text ?? '', /state has 2 partitions, and none can be taken away/);
  assert.equal(await grow(job), 'nothing to add\n');
});
