/** Finds out from the topic how far streams have got: ingest keeps nothing on disk that could be lost. */
import { randomBytes } from 'node:crypto';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { Logger } from '../../domain/logger.js';
import { failureOf } from '../kafka/failure.js';
import { positionOf, type RecordedPosition } from './records.js';

/** How many of the last records of each partition are read first; then so many times more, until every stream is found. */
const FIRST_RECORDS = 64n;
const GROWTH = 8n;

/** Where a partition begins and ends. */
interface Extent {
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * The last record of each stream in `streams`, read backwards from the end of the topic. A stream that the topic does not
 * hold (any more) costs reading all of it, and is absent from the answer.
 *
 * @param streams - ids to look for; undefined: all that there are
 * @throws FramewitnessError FW_KAFKA_*
 */
export async function lastPositions(kafka: Kafka, topic: string, streams: readonly string[] | undefined, logger: Logger): Promise<ReadonlyMap<string, RecordedPosition>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const found = new Map<string, RecordedPosition>();
    const missing = (): boolean => streams === undefined || streams.some((stream) => !found.has(stream));
    let unread = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }): [number, Extent] => [partition, { low: BigInt(low), high: BigInt(high) }]));
    for (let records = FIRST_RECORDS; missing() && [...unread.values()].some(({ low, high }) => high > low); records *= GROWTH) {
      const window = new Map([...unread].map(([partition, { low, high }]): [number, Extent] => [partition, { low: high - low > records ? high - records : low, high }]));
      logger.debug('looking for the last records of streams', { topic, records: String(records) });
      for (const [stream, position] of await lastWithin(kafka, admin, topic, window)) if (!found.has(stream)) found.set(stream, position);
      unread = new Map([...unread].map(([partition, { low }]) => [partition, { low, high: window.get(partition)?.low ?? low }]));
    }
    return found;
  } catch (error) {
    throw failureOf(error, `read how far the streams in ${topic} have got`);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function lastWithin(kafka: Kafka, admin: Admin, topic: string, window: ReadonlyMap<number, Extent>): Promise<ReadonlyMap<string, RecordedPosition>> {
  const groupId = `framewitness-ingest-${randomBytes(8).toString('hex')}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  const found = new Map<string, RecordedPosition>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    await readWindow(consumer, topic, window, found);
  } finally {
    await consumer.disconnect().catch(() => undefined);
    // The group has done its work; what a broker does not let us delete it forgets by itself.
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
  return found;
}

function readWindow(consumer: Consumer, topic: string, window: ReadonlyMap<number, Extent>, found: Map<string, RecordedPosition>): Promise<void> {
  const open = new Set([...window].filter(([, { low, high }]) => high > low).map(([partition]) => partition));
  return new Promise((resolve, reject) => {
    // Whenever the group is joined, for it may be joined again: a broker that has just started knows of no groups yet.
    consumer.on(consumer.events.GROUP_JOIN, () => {
      for (const [partition, { low, high }] of window) consumer.seek({ topic, partition, offset: String(high > low ? low : high) });
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    // Markers of transactions take offsets and are no records: only the position of the fetch says that the end was reached.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      const extent = window.get(partition);
      if (extent !== undefined && BigInt(lastOffset) + 1n >= extent.high) open.delete(partition);
      if (open.size === 0) resolve();
    });
    consumer
      .run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          const extent = window.get(batch.partition);
          for (const { key, headers, offset, timestamp } of batch.messages) {
            const within = extent !== undefined && BigInt(offset) >= extent.low && BigInt(offset) < extent.high;
            const position = within && key !== null ? positionOf(headers, timestamp) : undefined;
            if (position !== undefined && key !== null) found.set(key.toString('utf8'), position);
          }
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
}
