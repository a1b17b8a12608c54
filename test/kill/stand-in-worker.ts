/**
 * A worker that reads segments and writes records in the shape of verdicts, without judging anything: it proves the drill. With
 * WORKER_MODE=exactly-once it does what the job has to do; otherwise it commits offsets apart from its output: after it on partitions
 * 0 and 1, before it on 2 and 3, and the drill has to catch both.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel, type Consumer, type Producer } from 'kafkajs';

const { WORKER_BROKER, WORKER_GROUP, WORKER_INPUT, WORKER_OUTPUT, WORKER_MODE } = process.env as Readonly<Record<string, string>>;
const topic = WORKER_INPUT!;
const groupId = WORKER_GROUP!;
const kafka = new Kafka({ brokers: [WORKER_BROKER!], logLevel: logLevel.ERROR, retry: { initialRetryTime: 30, maxRetryTime: 1000, retries: 20 } });
const admin = kafka.admin();
const producers = new Map<number, Producer>();
let consumer: Consumer;

interface Message {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly offset: string;
  readonly headers?: object;
}

function outputOf({ key, value, headers }: Message): { key: Buffer | null; value: string } | undefined {
  if (value === null) return undefined;
  const { sequence } = headers as { readonly sequence: Buffer };
  const finding = { stream: String(key), sequence: Number(sequence.toString()), sha256: createHash('sha256').update(value).digest('hex') };
  return { key, value: JSON.stringify({ finding }) };
}

const nextOffset = (messages: readonly Message[]): string => String(BigInt(messages.at(-1)!.offset) + 1n);

/** A producer for a partition that was just taken over. Fences whoever had it before. */
async function takeOver(partition: number): Promise<Producer> {
  const transactional = WORKER_MODE === 'exactly-once' ? { transactionalId: `${groupId}-${topic}-${partition}`, maxInFlightRequests: 1 } : {};
  const producer = kafka.producer({ idempotent: true, ...transactional });
  await producer.connect();
  producers.set(partition, producer);
  return producer;
}

async function handle(partition: number, messages: readonly Message[]): Promise<void> {
  const records = messages.map(outputOf).filter((record) => record !== undefined).map((record) => ({ ...record, partition }));
  const offsets = { topics: [{ topic, partitions: [{ partition, offset: nextOffset(messages) }] }] };
  const producer = producers.get(partition)!;
  // As long as judging takes.
  await delay(4 * messages.length);
  if (WORKER_MODE === 'exactly-once') {
    const transaction = await producer.transaction();
    await transaction.send({ topic: WORKER_OUTPUT!, messages: records });
    await transaction.sendOffsets({ consumerGroupId: groupId, ...offsets });
    await transaction.commit();
    return;
  }
  const steps = [
    async () => {
      if (records.length > 0) await producer.send({ topic: WORKER_OUTPUT!, acks: -1, messages: records });
    },
    () => consumer.commitOffsets([{ topic, partition, offset: nextOffset(messages) }]),
  ];
  if (partition >= 2) steps.reverse();
  await steps[0]!();
  await delay(1000);
  await steps[1]!();
}

function forgetProducers(): Promise<unknown> {
  const old = [...producers.values()];
  producers.clear();
  return Promise.all(old.map((producer) => producer.disconnect()));
}

/** Consumes until kafkajs gives up, which it does when the broker is away for long. */
async function consume(): Promise<void> {
  consumer = kafka.consumer({ groupId, sessionTimeout: 3000, heartbeatInterval: 300, maxWaitTimeInMs: 100, maxBytesPerPartition: 262_144 });
  const crashed = new Promise<void>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) resolve();
    });
  });
  consumer.on(consumer.events.GROUP_JOIN, () => void forgetProducers());
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async (payload) => {
      const { partition, messages } = payload.batch;
      if (!payload.isRunning() || payload.isStale()) return;
      if (!producers.has(partition)) {
        await takeOver(partition);
        // The one before may have committed after the group told us where to start, until it was fenced just now.
        const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const committed = group?.partitions.find((place) => place.partition === partition)?.offset ?? '-1';
        if (BigInt(committed) > BigInt(messages[0]!.offset)) {
          consumer.seek({ topic, partition, offset: committed });
          return;
        }
      }
      const chunk = messages.slice(0, 16);
      await handle(partition, chunk);
      payload.resolveOffset(chunk.at(-1)!.offset);
      await payload.heartbeat();
    },
  });
  await crashed;
}

process.on('SIGTERM', () => {
  void Promise.all([consumer.disconnect(), admin.disconnect(), forgetProducers()]).then(() => process.exit(0));
});
await admin.connect();
for (;;) await consume().catch(() => delay(500));
