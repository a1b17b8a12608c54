/** Reads a part of a topic in a group of its own that is gone afterwards: no other group's members or offsets are touched. */
import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { FramewitnessError } from '../../domain/errors.js';
import type { KafkaSettings } from '../../topology/schema.js';
import { retryOptions } from './client.js';
import { failureOf } from './failure.js';

/** A part of one partition: `from` inclusive, `to` exclusive. */
export interface PartitionRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** What to read. Absent means: from the oldest record, to the newest at the time of asking. */
export interface RangeRequest {
  readonly topic: string;
  readonly partitions?: ReadonlySet<number>;
  /** First offset, by partition. */
  readonly from?: ReadonlyMap<number, bigint>;
  /** Offset after the last one, by partition. */
  readonly to?: ReadonlyMap<number, bigint>;
  /** Leave out what the broker took before, milliseconds since 1970. */
  readonly sinceMillis?: number;
  /** Leave out what the broker took at or after. */
  readonly untilMillis?: number;
}

/** Longest time without a record before reading is given up, milliseconds: far beyond the longest transaction. */
const PATIENCE_MILLIS = 120_000;
const PATIENCE_CHECK_MILLIS = 1_000;

/**
 * The ranges that a request comes to. Empty ones are left out.
 *
 * @throws FramewitnessError FW_KAFKA_TOPIC_MISSING and the like
 */
export async function rangesOf(kafka: Kafka, { topic, partitions, from, to, sinceMillis, untilMillis }: RangeRequest): Promise<readonly PartitionRange[]> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const at = async (millis: number | undefined): Promise<ReadonlyMap<number, bigint>> =>
      new Map(millis === undefined ? [] : (await admin.fetchTopicOffsetsByTimestamp(topic, millis)).map(({ partition, offset }) => [partition, BigInt(offset)]));
    const [bounds, since, until] = [await admin.fetchTopicOffsets(topic), await at(sinceMillis), await at(untilMillis)];
    const largest = (values: readonly (bigint | undefined)[]): bigint => values.reduce<bigint>((a, b) => (b !== undefined && b > a ? b : a), 0n);
    return bounds
      .filter(({ partition }) => partitions === undefined || partitions.has(partition))
      .map(({ partition, low, high }) => {
        const ends = [BigInt(high), to?.get(partition), until.get(partition)].filter((end) => end !== undefined && end >= 0n) as bigint[];
        return { partition, from: largest([BigInt(low), from?.get(partition), since.get(partition)]), to: ends.reduce((a, b) => (b < a ? b : a)) };
      })
      .filter((range) => range.from < range.to)
      .sort((a, b) => a.partition - b.partition);
  } catch (error) {
    throw failureOf(error, `ask for the offsets of ${topic}`);
  } finally {
    await admin.disconnect();
  }
}

/** Where a range stands while it is read. */
interface Reading {
  readonly range: PartitionRange;
  /** The offset of the first record that was not taken yet. */
  next: bigint;
  done: boolean;
}

/**
 * Reads ranges of a topic, committed records alone, each partition in order. The next record is fetched when the one before
 * has been taken.
 *
 * @param take - one record; records of different partitions do not overlap
 * @throws FramewitnessError of the catalogue's Kafka section; FW_INTERRUPTED when `signal` is raised; whatever `take` throws
 */
export async function readRanges(kafka: Kafka, settings: KafkaSettings, topic: string, ranges: readonly PartitionRange[], take: (message: KafkaMessage, partition: number) => Promise<void>, signal?: AbortSignal): Promise<void> {
  if (ranges.length === 0) return;
  const groupId = `${settings.applicationId}.reader.${randomUUID()}`;
  const { sessionTimeoutMillis, heartbeatMillis, maxFetchBytes, maxFetchWaitMillis } = settings.consumer;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMillis,
    heartbeatInterval: heartbeatMillis,
    maxBytesPerPartition: maxFetchBytes,
    maxWaitTimeInMs: maxFetchWaitMillis,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    retry: retryOptions(settings),
  });
  const reading = new Map(ranges.map((range): [number, Reading] => [range.partition, { range, next: range.from, done: false }]));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await drain(consumer, topic, reading, take, signal);
  } catch (error) {
    throw failureOf(error, `read ${topic}`);
  } finally {
    await consumer.disconnect();
    await forget(kafka, groupId);
  }
}

function drain(consumer: Consumer, topic: string, reading: ReadonlyMap<number, Reading>, take: (message: KafkaMessage, partition: number) => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let lastSign = Date.now();
    let busy = false;
    let tail: Promise<void> = Promise.resolve();
    const finish = (error?: unknown): void => {
      clearInterval(watch);
      signal?.removeEventListener('abort', interrupt);
      if (error === undefined) resolve();
      else reject(failureOf(error, `read ${topic}`));
    };
    const interrupt = (): void => {
      finish(new FramewitnessError('FW_INTERRUPTED', `reading ${topic} was given up`));
    };
    const watch = setInterval(() => {
      if (!busy && Date.now() - lastSign > PATIENCE_MILLIS) finish(new FramewitnessError('FW_KAFKA_UNREACHABLE', `no record of ${topic} came for ${PATIENCE_MILLIS / 1000} seconds, and there are more`));
    }, PATIENCE_CHECK_MILLIS);
    if (signal?.aborted === true) interrupt();
    signal?.addEventListener('abort', interrupt);
    // A broker that has just started knows of no groups yet: kafkajs joins again, and the watch ends what takes too long.
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) finish(payload.error);
    });
    consumer.on(consumer.events.GROUP_JOIN, () => {
      for (const [partition, { next }] of reading) consumer.seek({ topic, partition, offset: String(next) });
    });
    // Told of batches that hold nothing but the marks of transactions too, which eachBatch is not.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      lastSign = Date.now();
      const own = reading.get(payload.partition);
      if (own === undefined || BigInt(payload.lastOffset) + 1n < own.range.to) return;
      own.done = true;
      consumer.pause([{ topic, partitions: [payload.partition] }]);
      if ([...reading.values()].every(({ done }) => done)) finish();
    });
    void (async () => {
      await consumer.run({
        autoCommit: false,
        eachBatch: async (payload) => {
          const { batch } = payload;
          const own = reading.get(batch.partition);
          if (own === undefined) {
            consumer.pause([{ topic, partitions: [batch.partition] }]);
            return;
          }
          for (const message of batch.messages) {
            const offset = BigInt(message.offset);
            if (own.done || offset < own.next || offset >= own.range.to) continue;
            own.next = offset + 1n;
            const mine = tail.then(async () => {
              busy = true;
              await take(message, batch.partition);
              busy = false;
              lastSign = Date.now();
            });
            // What the taker throws ends the reading; a retry of the batch would not mend it.
            tail = mine.catch(() => undefined);
            try {
              await mine;
            } catch (error) {
              finish(error);
              return;
            }
            await payload.heartbeat();
          }
        },
      });
    })().catch(finish);
  });
}

/** Deletes the group, so that a broker's list of groups does not grow by one for each reading. */
async function forget(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // A reader may lack the right to delete groups; an empty group is harmless and expires by itself.
  } finally {
    await admin.disconnect();
  }
}
