/**
 * The one producer of an input partition. Its transactional id names the partition, so whoever opens it last owns the
 * partition: the broker undoes the open transaction of the one before, and refuses whatever that one sends from then on.
 */
import { Partitioners, type Kafka, type Producer, type TopicMessages, type Transaction } from 'kafkajs';
import type { KafkaSettings } from '../../topology/schema.js';
import { retryOptions } from './client.js';
import { failureOf, isFenced } from './failure.js';

/** The owner of a partition. */
export interface PartitionProducer {
  /**
   * Writes records, and that the input is done up to `offset`, all or nothing. After an error nothing more can be written:
   * whether it was committed, only who opens the partition anew can tell.
   *
   * @throws FramewitnessError FW_KAFKA_FENCED when somebody else has opened the partition, else FW_KAFKA_…
   */
  commit(records: readonly TopicMessages[], offset: bigint): Promise<void>;
  close(): Promise<void>;
}

/** `applicationId`, topic and partition. */
export function transactionalId({ applicationId, topics }: Pick<KafkaSettings, 'applicationId' | 'topics'>, partition: number): string {
  return `${applicationId}-${topics.segments}-${partition}`;
}

/** Takes a partition over. When it resolves, nobody else can commit to it any more. @throws FramewitnessError FW_KAFKA_… */
export async function openPartitionProducer(kafka: Kafka, settings: KafkaSettings, partition: number): Promise<PartitionProducer> {
  const producer = kafka.producer({
    transactionalId: transactionalId(settings, partition),
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: settings.transactions.timeoutMillis,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: retryOptions(settings),
  });
  try {
    await producer.connect();
    // Beginning one fetches the producer's epoch. To the broker it begins with its first record.
    const first = await producer.transaction();
    return new Owner(producer, settings, partition, first);
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw failureOf(error, `take over partition ${partition}`);
  }
}

class Owner implements PartitionProducer {
  #prepared: Transaction | undefined;

  constructor(
    private readonly producer: Producer,
    private readonly settings: KafkaSettings,
    private readonly partition: number,
    first: Transaction,
  ) {
    this.#prepared = first;
  }

  async commit(records: readonly TopicMessages[], offset: bigint): Promise<void> {
    const { applicationId, topics } = this.settings;
    let transaction: Transaction | undefined;
    try {
      transaction = this.#prepared ?? (await this.producer.transaction());
      this.#prepared = undefined;
      // Records first: kafkajs waits for the end of the transaction before only where it sends records.
      await transaction.sendBatch({ topicMessages: [...records], acks: -1 });
      await transaction.sendOffsets({ consumerGroupId: applicationId, topics: [{ topic: topics.segments, partitions: [{ partition: this.partition, offset: String(offset) }] }] });
      await transaction.commit();
    } catch (error) {
      // Undone at once where it can be, so that whoever takes over need not wait. A fenced one has nothing to undo.
      if (!isFenced(error) && transaction?.isActive() === true) await transaction.abort().catch(() => undefined);
      throw failureOf(error, `commit to partition ${this.partition}`);
    }
  }

  async close(): Promise<void> {
    await this.#prepared?.abort().catch(() => undefined);
    await this.producer.disconnect().catch(() => undefined);
  }
}
