/**
 * From a segment's end to its committed verdict at 70 % of capacity, and what a hostile stream beside seven good ones adds.
 * `npx tsx bench/kafka-latency.ts [SECONDS]`
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startBroker, type Broker } from '../test/broker/broker.js';
import { cutSegments, drain, makeJob, publish, record, startJob } from './kafka-support.js';
import { longClip, median } from './support.js';

const seconds = Number(process.argv[2] ?? 60);
const PARTITIONS = 4;
const PROCESSES = 2;
const SEGMENT_SECONDS = 2;
const SHARE = 0.7;
const GOOD = 7;
/** Delays of the first ones count for starting, not for running. */
const WARM_UP_SECONDS = 10;

const segments = await cutSegments(longClip(60));
const garbage = new Uint8Array(100_000).fill(65);

/** Segments a second, on a backlog, with the start of the processes left out by comparing two lengths. */
async function capacity(broker: Broker): Promise<number> {
  const lengths = [segments.length, 4 * segments.length] as const;
  const times: number[] = [];
  for (const length of lengths) {
    const job = await makeJob(broker, `capacity-${length}`, PARTITIONS);
    const records = Array.from({ length }, (_, index) => {
      const stream = index % 8;
      const sequence = Math.floor(index / 8);
      return record(`clip-${stream}`, sequence, sequence * SEGMENT_SECONDS * 1e6, segments[sequence % segments.length]!.media, stream % PARTITIONS);
    });
    await publish(broker.client(), job.topics.segments, records);
    times.push(await drain(broker, job, 1, PROCESSES));
  }
  return (lengths[1] - lengths[0]) / (times[1]! - times[0]!);
}

/** Streams that each send a segment every `periodSeconds`, one after the other; with `hostile`, one more whose segments are no media. */
interface Load {
  readonly streams: number;
  readonly periodSeconds: number;
  readonly hostile: boolean;
}

/** Delays in seconds, from publishing to the verdict as a reader of committed records gets it. */
async function delays(broker: Broker, name: string, { streams, periodSeconds, hostile }: Load): Promise<readonly number[]> {
  const kafka = broker.client();
  const job = await makeJob(broker, name, PARTITIONS);
  const sent = new Map<string, number>();
  const found: number[] = [];
  let warm = Number.POSITIVE_INFINITY;
  const reader = kafka.consumer({ groupId: `bench-reader-${name}`, maxWaitTimeInMs: 20, readUncommitted: false });
  await reader.connect();
  await reader.subscribe({ topic: job.topics.verdicts, fromBeginning: true });
  await reader.run({
    eachMessage: ({ message }) => {
      const { finding } = JSON.parse(message.value!.toString('utf8')) as { finding: { stream: string; sequence: number } };
      const at = sent.get(`${finding.stream}#${finding.sequence}`);
      if (at !== undefined && at >= warm) found.push((performance.now() - at) / 1000);
      return Promise.resolve();
    },
  });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const worker = await startJob(job, 0, PROCESSES);
  while (!worker.log().includes('taken over')) await delay(100);
  const all = streams + (hostile ? 1 : 0);
  const begun = performance.now();
  warm = begun + 1000 * WARM_UP_SECONDS;
  const slots = Math.floor(((seconds + WARM_UP_SECONDS) / periodSeconds) * all);
  for (let slot = 0; slot < slots; slot++) {
    await delay(Math.max(0, begun + (1000 * slot * periodSeconds) / all - performance.now()));
    const [stream, sequence] = [slot % all, Math.floor(slot / all)];
    const bad = stream >= streams;
    const media = bad ? garbage : segments[sequence % segments.length]!.media;
    if (!bad) sent.set(`clip-${stream}#${sequence}`, performance.now());
    await producer.send({ topic: job.topics.segments, acks: -1, messages: [record(bad ? 'hostile' : `clip-${stream}`, sequence, sequence * SEGMENT_SECONDS * 1e6, media, stream % PARTITIONS)] });
  }
  const due = [...sent.values()].filter((at) => at >= warm).length;
  while (found.length < due && worker.ended() === undefined) await delay(100);
  await worker.end('SIGTERM');
  await Promise.all([producer.disconnect(), reader.disconnect()]);
  return found;
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
}

const shown = (values: readonly number[]): string => `${values.length} segments, median ${median(values).toFixed(2)} s, p99 ${percentile(values, 0.99).toFixed(2)} s`;

const broker = await startBroker({ own: true, heapMegabytes: 512 });
try {
  const most = await capacity(broker);
  const streams = Math.max(1, Math.floor(SHARE * most * SEGMENT_SECONDS));
  console.log(`capacity ${most.toFixed(1)} segments a second; ${streams} live streams are ${Math.round((100 * streams) / SEGMENT_SECONDS / most)} % of it`);
  const live = await delays(broker, 'live', { streams, periodSeconds: SEGMENT_SECONDS, hostile: false });
  console.log(`live: ${shown(live)}`);
  const periodSeconds = Math.max(SEGMENT_SECONDS, (GOOD + 1) / (SHARE * most));
  const alone = await delays(broker, 'alone', { streams: GOOD, periodSeconds, hostile: false });
  const beside = await delays(broker, 'beside', { streams: GOOD, periodSeconds, hostile: true });
  console.log(`seven streams alone: ${shown(alone)}; beside a hostile one: ${shown(beside)}`);
  console.log(`p99 against the segment's duration: ${(percentile(live, 0.99) / SEGMENT_SECONDS).toFixed(2)} (goal below 1); delay beside a hostile stream: median ratio ${(median(beside) / median(alone)).toFixed(2)}, p99 ratio ${(percentile(beside, 0.99) / percentile(alone, 0.99)).toFixed(2)} (goal at most 1.2)`);
} finally {
  await broker.stop();
}
