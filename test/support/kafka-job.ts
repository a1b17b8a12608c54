/** A Kafka job inside the test process: its topology, its topics, and what it has committed. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kafka, Message } from 'kafkajs';
import { parseDocument } from 'yaml';
import { SILENT } from '../../src/domain/logger.js';
import type { StreamVerdict } from '../../src/domain/stream-verdict.js';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import type { JobEvent } from '../../src/topology/build/job/events.js';
import { runJob } from '../../src/topology/build/job/open.js';
import { loadTopology, type LoadedTopology } from '../../src/topology/load.js';
import { kafkaSettings } from '../../src/transports/kafka/client.js';
import type { WritableRecord } from '../../src/transports/kafka/records.js';
import { createTopics } from '../../src/transports/kafka/topics.js';
import type { TestKafka } from '../broker/shared.js';
import { readTopic, type StoredRecord } from '../broker/topics.js';
import { REPOSITORY } from './sample.js';

/** A job under way. */
export interface RunningJob {
  readonly events: readonly JobEvent[];
  /** Resolves when what has happened since the start satisfies `test`; rejects when the job ends before. */
  until(test: (events: readonly JobEvent[]) => boolean): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/** A record, and where it goes. */
export type PlacedRecord = WritableRecord & Pick<Message, 'partition'>;

/** A job's topology with topics of the test's own. */
export interface JobSetting {
  /** Path of the topology. */
  readonly file: string;
  readonly loaded: LoadedTopology;
  /** Publishes records in order; those that name no partition go by their key. */
  publish(records: readonly PlacedRecord[]): Promise<void>;
  start(): RunningJob;
  verdicts(): Promise<readonly SegmentVerdict[]>;
  streamVerdicts(): Promise<ReadonlyMap<string, StreamVerdict>>;
  deadLetters(): Promise<readonly StoredRecord[]>;
  read(role: 'verdicts' | 'streams' | 'alerts' | 'deadLetters' | 'state'): Promise<readonly StoredRecord[]>;
}

/** The shipped topology on a broker, with topics that begin with the test's prefix, made as `topics create` makes them. */
export async function jobSetting({ broker, kafka, prefix }: TestKafka, changes: Readonly<Record<string, unknown>> = {}): Promise<JobSetting> {
  const document = parseDocument(readFileSync(join(REPOSITORY, 'topology.yaml'), 'utf8'));
  const topics = Object.fromEntries(['segments', 'verdicts', 'streams', 'alerts', 'deadLetters', 'state'].map((role) => [role, `${prefix}${role}`]));
  const kafkaSection = { brokers: [broker.bootstrap], applicationId: `${prefix}job`, topics, consumer: { sessionTimeoutMillis: 6_000, heartbeatMillis: 500 }, ...changes };
  document.setIn(['transport'], document.createNode({ kafka: kafkaSection }));
  document.setIn(['workers', 'count'], 2);
  const file = join(mkdtempSync(join(tmpdir(), 'framewitness-job-')), 'topology.yaml');
  writeFileSync(file, document.toString());
  const loaded = loadTopology(file);
  const settings = kafkaSettings(loaded.topology);
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, settings);
  await admin.disconnect();
  const read = (role: keyof typeof settings.topics): Promise<readonly StoredRecord[]> => readTopic(kafka, settings.topics[role]);
  const json = (record: StoredRecord): unknown => JSON.parse(record.value!.toString('utf8'));
  return {
    file,
    loaded,
    publish: (records) => publish(kafka, settings.topics.segments, records),
    start: () => startJob(loaded),
    verdicts: async () => (await read('verdicts')).map((record) => json(record) as SegmentVerdict),
    streamVerdicts: async () => new Map((await read('streams')).map((record) => [record.key!.toString('utf8'), json(record) as StreamVerdict])),
    deadLetters: () => read('deadLetters'),
    read,
  };
}

async function publish(kafka: Kafka, topic: string, records: readonly PlacedRecord[]): Promise<void> {
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (const record of records) await producer.send({ topic, messages: [record] });
  await producer.disconnect();
}

/** Starts a job on topics that are there. */
export function startJob(loaded: LoadedTopology): RunningJob {
  const events: JobEvent[] = [];
  const listeners = new Set<() => void>();
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const ended = runJob(loaded, {
    logger: SILENT,
    stop: stopped,
    observe: (event) => {
      events.push(event);
      for (const listener of [...listeners]) listener();
    },
  });
  ended.catch(() => undefined);
  return {
    events,
    until: (test) =>
      new Promise((resolve, reject) => {
        const listener = (): void => {
          if (!test(events)) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
        ended.then(() => reject(new Error('the job ended')), reject);
        listener();
      }),
    stop: async () => {
      stop();
      await ended;
    },
  };
}

/** How many events of a kind there are. */
export function count(events: readonly JobEvent[], kind: JobEvent['kind']): number {
  return events.filter((event) => event.kind === kind).length;
}
