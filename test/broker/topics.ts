/** Reads what a topic holds, as a reader of committed records sees it. */
import { randomBytes } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { TEST_PREFIX } from './given-broker.js';

/** A record as it lies in a topic. */
export interface StoredRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Values as text; of a header that occurs more than once, the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
}

/** A broker that has just come back may load the coordinator of a group for a while; no test waits longer for it. */
const READ_DEADLINE_MILLIS = 120_000;

/** Every record that is committed in a topic, by partition and offset. Waits for the transactions that are open when it starts, and for a broker that is still coming up. */
export async function readTopic(kafka: Kafka, topic: string): Promise<readonly StoredRecord[]> {
  const groupId = `${TEST_PREFIX}reader-${randomBytes(6).toString('hex')}`;
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high, low }) => [partition, { low: BigInt(low), high: BigInt(high) }]));
  // By place: a consumer that joined again may be given a record twice, which is no second record.
  const records = new Map<string, StoredRecord>();
  const open = new Set([...ends].filter(([, { low, high }]) => high > low).map(([partition]) => partition));
  if (open.size > 0) {
    const consumer = kafka.consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 200 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    let deadline: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      let last: Error | undefined;
      deadline = setTimeout(() => reject(new Error(`${topic} was not read to its end within ${READ_DEADLINE_MILLIS} ms`, { cause: last })), READ_DEADLINE_MILLIS);
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) return reject(payload.error);
        // The consumer joins again by itself.
        last = payload.error;
      });
      // Markers of transactions take offsets and are no records: only the position of the fetch says that the end was reached.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        if (BigInt(payload.lastOffset) + 1n >= ends.get(payload.partition)!.high) open.delete(payload.partition);
        if (open.size === 0) resolve();
      });
      consumer
        .run({
          autoCommit: false,
          eachMessage: ({ partition, message }) => {
            const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(Array.isArray(value) ? value.at(-1) : value)]));
            records.set(`${partition}:${message.offset}`, { partition, offset: BigInt(message.offset), key: message.key, value: message.value, headers, timestampMs: Number(message.timestamp) });
            return Promise.resolve();
          },
        })
        .catch(reject);
    }).finally(() => clearTimeout(deadline));
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
  }
  await admin.disconnect();
  return [...records.values()].sort((a, b) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1));
}
