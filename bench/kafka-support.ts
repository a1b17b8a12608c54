/** What the benchmarks of the Kafka job share: a broker, real segments, and jobs on the default topology. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kafka, Message } from 'kafkajs';
import { parse, stringify } from 'yaml';
import { segmentFile } from '../src/media/file-segmenter.js';
import { writeRecord } from '../src/transports/kafka/records.js';
import type { Broker } from '../test/broker/broker.js';
import { watchProgress } from '../test/job/progress.js';
import { createJobTopics, jobTopics, type JobTopics } from '../test/job/topics.js';
import { runCommand, startWorker, type Worker } from '../test/job/worker.js';
import { WORK } from './support.js';

const TOPOLOGY = fileURLToPath(new URL('../topology.yaml', import.meta.url));
const NO_PROGRESS_MS = 120_000;

/** A job that can be started. */
export interface BenchJob {
  readonly name: string;
  readonly topics: JobTopics;
  readonly topology: string;
}

/** Segments of the default topology: about two seconds each. */
export async function cutSegments(path: string): Promise<readonly { readonly media: Uint8Array; readonly ptsStartMicros: number }[]> {
  const segments: { media: Uint8Array; ptsStartMicros: number }[] = [];
  const limits = { maxPixels: 36_000_000, maxSegmentBytes: 268_435_456, maxSegmentFrames: 20_000 };
  for await (const { media, ptsStartMicros } of segmentFile({ path, stream: path }, { targetMicros: 2_000_000, limits })) segments.push({ media, ptsStartMicros });
  return segments;
}

/** A record of the topic of segments. */
export function record(stream: string, sequence: number, ptsStartMicros: number, value: Uint8Array, partition: number): Message {
  return { ...writeRecord({ kind: 'media', stream, sequence, ptsStartMicros, contentType: 'video/mp4', value }), partition };
}

/** Makes the topics of a job on the default topology, and its topology file. */
export async function makeJob(broker: Broker, name: string, partitions: number, segments?: string): Promise<BenchJob> {
  const kafka = broker.client();
  const topics = jobTopics('bench-', name, segments ?? `bench-${name}-segments`);
  await createJobTopics(kafka, topics, partitions);
  const topology = join(WORK, `${name}.yaml`);
  const base = parse(readFileSync(TOPOLOGY, 'utf8')) as Record<string, unknown>;
  writeFileSync(topology, stringify({ ...base, transport: { kafka: { brokers: [broker.bootstrap], applicationId: `bench-${name}`, topics } } }));
  return { name, topics, topology };
}

/** Starts one worker of a job. */
export async function startJob(job: BenchJob, index: number, processes: number): Promise<Worker> {
  const { command, args } = runCommand(job.topology);
  return startWorker({ command, args: [...args, '--workers', String(processes)] }, join(WORK, `${job.name}-${index}.log`));
}

/** Publishes records, some at a time. */
export async function publish(kafka: Kafka, topic: string, records: readonly Message[]): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let from = 0; from < records.length; from += 16) await producer.send({ topic, acks: -1, messages: records.slice(from, from + 16) });
  await producer.disconnect();
}

/** Starts workers on what waits in the topic. @returns seconds from their start until all of it is committed */
export async function drain(broker: Broker, job: BenchJob, workers: number, processes: number): Promise<number> {
  const begun = process.hrtime.bigint();
  const crew = await Promise.all(Array.from({ length: workers }, (_, index) => startJob(job, index, processes)));
  try {
    await watchProgress(broker.client(), `bench-${job.name}`, job.topics.segments).until(({ committed, total }) => committed === total, NO_PROGRESS_MS, () => crew.map((worker) => worker.log().slice(-2000)).join('\n'));
    return Number(process.hrtime.bigint() - begun) / 1e9;
  } finally {
    await Promise.all(crew.map((worker) => worker.end('SIGTERM')));
  }
}
