/** A feed that outruns the job: memory must stay flat, nothing may be lost, and the job must say how far it is behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../../bench/process-tree.js';
import type { Broker } from '../broker/broker.js';
import { readTopic } from '../broker/topics.js';
import { startFeed } from './feed.js';
import { watchProgress } from './progress.js';
import { writeJobTopology } from './topology.js';
import { createJobTopics, jobTopics } from './topics.js';
import { runCommand, startWorker, type Worker } from './worker.js';

/** How long to go on, and how heavy a segment is. */
export interface BackPressureSettings {
  readonly prefix: string;
  /** Bytes added to each segment. */
  readonly padding: number;
  /** Asked about four times a second. */
  readonly enough: (so: { readonly backlogBytes: number; readonly committed: number; readonly seconds: number }) => boolean;
  readonly note?: (line: string) => void;
}

/** What was seen. */
export interface BackPressureResult {
  readonly seconds: number;
  readonly published: number;
  readonly committed: number;
  /** Bytes that waited in the topic at the end: what a job without bounds would have held. */
  readonly backlogBytes: number;
  /** Memory of all processes of the worker: the middle of the second and of the last third of the samples (the first is warming up), and the highest. */
  readonly memory: { readonly early: number; readonly late: number; readonly highest: number };
  /** Highest lag that the job told of, records. */
  readonly reportedLag: number;
  /** Segments before the job's place in the input that have no verdict, or more than one. */
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

const PARTITIONS = 2;
const STREAMS = 4;
/** Published for each one that was judged. */
const TIMES_FASTER = 3;
const NO_PROGRESS_MS = 120_000;

/** Runs one worker beside a feed that is three times as fast as it. */
export async function backPressure(broker: Broker, settings: BackPressureSettings): Promise<BackPressureResult> {
  const { prefix, padding } = settings;
  const kafka = broker.client();
  const folder = mkdtempSync(join(tmpdir(), 'framewitness-pressure-'));
  const topics = jobTopics(prefix, 'job');
  const applicationId = `${prefix}job`;
  await createJobTopics(kafka, topics, PARTITIONS);
  const feed = await startFeed(kafka, { topic: topics.segments, partitions: PARTITIONS, streams: STREAMS, padding });
  const kafkaSettings = { consumer: { maxBytesInFlight: 8 * 1_048_576, maxFetchBytes: 1_048_576, sessionTimeoutMillis: 10_000 } };
  const command = runCommand(writeJobTopology(folder, { bootstrap: broker.bootstrap, applicationId, topics, kafka: kafkaSettings }));
  const progress = watchProgress(kafka, applicationId, topics.segments);
  await feed.publish(10);
  const worker = await startWorker({ ...command, args: [...command.args, '--json', '--log-level', 'debug'] }, join(folder, 'worker.log'));
  try {
    await progress.until(({ committed }) => committed > 0, NO_PROGRESS_MS, worker.log);
    const samples: number[] = [];
    const begun = Date.now();
    for (;;) {
      const { committed } = await progress.until(() => true, NO_PROGRESS_MS, worker.log);
      if (worker.ended() !== undefined) throw new Error(`the worker ended with ${String(worker.ended())}:\n${worker.log().slice(-4000)}`);
      samples.push(residentBytes(worker.pid));
      const backlogBytes = (feed.published() - committed) * padding;
      if (settings.enough({ backlogBytes, committed, seconds: (Date.now() - begun) / 1000 })) {
        settings.note?.(`${committed} of ${feed.published()} segments judged, ${Math.round(backlogBytes / 1e6)} MB waiting`);
        break;
      }
      const due = TIMES_FASTER * committed - feed.published();
      if (due >= STREAMS) await feed.publish(Math.floor(due / STREAMS));
      await delay(250);
    }
    const how = await worker.end('SIGTERM');
    if (how !== 'exit code 0') throw new Error(`the worker ended with ${how}:\n${worker.log().slice(-4000)}`);
    const { committed } = await progress.until(() => true, NO_PROGRESS_MS, worker.log);
    return {
      seconds: (Date.now() - begun) / 1000,
      published: feed.published(),
      committed,
      backlogBytes: (feed.published() - committed) * padding,
      memory: memoryOf(samples),
      reportedLag: reportedLag(worker),
      ...(await account(broker, topics.verdicts, applicationId, topics.segments)),
    };
  } finally {
    await worker.end('SIGKILL');
    await feed.close();
    rmSync(folder, { recursive: true });
  }
}

function memoryOf(samples: readonly number[]): BackPressureResult['memory'] {
  const third = Math.ceil(samples.length / 3);
  const middle = (part: readonly number[]): number => [...part].sort((a, b) => a - b)[Math.floor(part.length / 2)] ?? Number.NaN;
  return { early: middle(samples.slice(third, 2 * third)), late: middle(samples.slice(-third)), highest: Math.max(...samples) };
}

function reportedLag(worker: Worker): number {
  return Math.max(0, ...[...worker.log().matchAll(/"lag":(\d+)/g)].map(([, lag]) => Number(lag)));
}

/** Every record before the group's place must have one verdict, and no record two. */
async function account(broker: Broker, verdictTopic: string, groupId: string, topic: string): Promise<Pick<BackPressureResult, 'lost' | 'doubled'>> {
  const kafka = broker.client();
  const admin = kafka.admin();
  await admin.connect();
  const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  const counts = new Map<string, number>();
  for (const { value } of await readTopic(kafka, verdictTopic)) {
    const { source } = (JSON.parse(value!.toString('utf8')) as { provenance: { source: { partition: number; offset: string } } }).provenance;
    const place = `${source.partition}/${source.offset}`;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const due = (group?.partitions ?? []).flatMap(({ partition, offset }) => Array.from({ length: Math.max(0, Number(offset)) }, (_, at) => `${partition}/${at}`));
  return { lost: due.filter((place) => !counts.has(place)), doubled: [...counts].filter(([, count]) => count > 1).map(([place]) => place) };
}
