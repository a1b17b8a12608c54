/**
 * Membership in the consumer group: which partitions are ours, and their records. kafkajs ends its consumer where it cannot go
 * on; here a new one is made then, for as long as it takes.
 *
 * Who owns a partition is settled by the producer's transactional id (see partition-producer.ts), not here: this says only
 * when it may be tried to own one.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { FramewitnessError } from '../../domain/errors.js';
import type { KafkaSettings } from '../../topology/schema.js';
import { stickyAssigner } from './assigner.js';
import { retryOptions } from './client.js';
import { failureOf } from './failure.js';

/** What a membership tells, synchronously and in order. */
export interface MembershipListener {
  /**
   * The partitions that are ours from now on; all of them are paused.
   * @param continuous - true when nobody else can have had, in between, one that was ours before
   */
  assigned(partitions: readonly number[], continuous: boolean): void;
  /** Records of a partition of segments, without a hole since the last ones; false refuses them, and they come again after a seek. */
  records(partition: number, messages: readonly KafkaMessage[], progress: FetchProgress): boolean;
  /** The next offset that will be fetched, where records were passed over that are none (transaction marks). */
  passed(partition: number, next: bigint): void;
  /** The coordinator has just confirmed that we are a member. */
  confirmed(): void;
  /** The consumer ended; another one is being made. */
  lost(error: FramewitnessError): void;
}

/** Where a fetch was in the partition. */
export interface FetchProgress {
  /** Offset that the fetch began at. */
  readonly from: bigint;
  /** Offset that the next fetch begins at. */
  readonly next: bigint;
  /** End of the partition when it was fetched. */
  readonly end: bigint;
}

/** Codes that another consumer would meet again. */
const FATAL = new Set(['FW_KAFKA_TLS', 'FW_KAFKA_AUTHENTICATION', 'FW_KAFKA_AUTHORIZATION', 'FW_KAFKA_SECRET']);

interface StateRead {
  readonly end: bigint;
  readonly newest: Map<string, Buffer>;
  readonly resolve: (newest: ReadonlyMap<string, Buffer>) => void;
  readonly reject: (error: FramewitnessError) => void;
}

/** One worker's membership. */
export class Membership {
  readonly #kafka: Kafka;
  readonly #settings: KafkaSettings;
  readonly #listener: MembershipListener;
  readonly #reads = new Map<number, StateRead>();
  #owned: readonly number[] = [];
  #consumer: Consumer | undefined;
  #stopping = false;
  #joins = 0;
  #memberId = '';
  #running: Promise<void> | undefined;
  #fail: ((error: FramewitnessError) => void) | undefined;

  constructor(kafka: Kafka, settings: KafkaSettings, listener: MembershipListener) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#listener = listener;
  }

  /** Joins, and stays until {@link stop}. Rejects only for what no other attempt would mend. */
  run(): Promise<void> {
    this.#running ??= new Promise((resolve, reject) => {
      this.#fail = reject;
      void this.#stay().then(resolve, reject);
    });
    return this.#running;
  }

  /** Leaves the group. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#abandonReads();
    await this.#consumer?.disconnect().catch(() => undefined);
  }

  /** Fetches a partition of segments from `offset` on. */
  seek(partition: number, offset: bigint): void {
    this.#consumer?.seek({ topic: this.#settings.topics.segments, partition, offset: String(offset) });
  }

  pause(partition: number): void {
    this.#consumer?.pause([{ topic: this.#settings.topics.segments, partitions: [partition] }]);
  }

  resume(partition: number): void {
    this.#consumer?.resume([{ topic: this.#settings.topics.segments, partitions: [partition] }]);
  }

  /**
   * The newest value of each key in a partition of the topic of state. The partition must be ours, and fenced: nobody else
   * may be writing to it.
   *
   * @param start - first offset there is; @param end - the offset after the last
   */
  readState(partition: number, start: bigint, end: bigint): Promise<ReadonlyMap<string, Buffer>> {
    if (start >= end) return Promise.resolve(new Map());
    const topic = this.#settings.topics.state;
    return new Promise((resolve, reject) => {
      this.#endRead(partition)?.reject(interrupted());
      this.#reads.set(partition, { end, newest: new Map(), resolve, reject });
      this.#consumer?.seek({ topic, partition, offset: String(start) });
      this.#consumer?.resume([{ topic, partitions: [partition] }]);
    });
  }

  async #stay(): Promise<void> {
    const { retries } = this.#settings;
    let pause = retries.initialMillis;
    while (!this.#stopping) {
      const failure = await this.#belong(() => {
        pause = retries.initialMillis;
      });
      if (failure === undefined) continue;
      if (FATAL.has(failure.code)) throw failure;
      this.#memberId = '';
      this.#abandonReads();
      this.#listener.lost(failure);
      await wait(pause);
      pause = Math.min(retries.maxMillis, pause * retries.multiplier);
    }
  }

  /** One consumer's life; its end, unless it was asked to end. */
  async #belong(onJoined: () => void): Promise<FramewitnessError | undefined> {
    const { topics, consumer: wanted, applicationId } = this.#settings;
    const consumer = this.#kafka.consumer({
      groupId: applicationId,
      partitionAssigners: [stickyAssigner({ segments: topics.segments, state: topics.state, owned: () => this.#owned, onJoin: () => this.#joins++ })],
      sessionTimeout: wanted.sessionTimeoutMillis,
      heartbeatInterval: wanted.heartbeatMillis,
      rebalanceTimeout: wanted.rebalanceTimeoutMillis,
      metadataMaxAge: wanted.metadataMaxAgeMillis,
      maxBytesPerPartition: wanted.maxFetchBytes,
      maxBytes: Math.max(wanted.maxFetchBytes, Math.min(wanted.maxBytesInFlight, 4 * wanted.maxFetchBytes)),
      maxWaitTimeInMs: wanted.maxFetchWaitMillis,
      readUncommitted: false,
      allowAutoTopicCreation: false,
      retry: { ...retryOptions(this.#settings), restartOnFailure: () => Promise.resolve(false) },
    });
    this.#consumer = consumer;
    return new Promise((resolve) => {
      const { events } = consumer;
      consumer.on(events.CRASH, ({ payload }) => {
        resolve(failureOf(payload.error, 'stay in the consumer group'));
      });
      consumer.on(events.STOP, () => {
        if (this.#stopping) resolve(undefined);
      });
      consumer.on(events.GROUP_JOIN, ({ payload }) => {
        onJoined();
        this.#joined(consumer, payload.memberId, payload.memberAssignment[topics.segments] ?? []);
      });
      consumer.on(events.HEARTBEAT, () => {
        this.#listener.confirmed();
      });
      consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
        const next = BigInt(payload.lastOffset) + 1n;
        if (payload.topic === topics.state) this.#readTo(payload.partition, next);
        else if (payload.batchSize === 0) this.#listener.passed(payload.partition, next);
      });
      const begin = async (): Promise<void> => {
        await consumer.connect();
        await consumer.subscribe({ topics: [topics.segments, topics.state], fromBeginning: true });
        await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 64, eachBatch: (payload) => this.#batch(payload) });
        if (this.#stopping) await consumer.disconnect();
      };
      begin().catch((error: unknown) => {
        void consumer.disconnect().catch(() => undefined);
        resolve(failureOf(error, 'join the consumer group'));
      });
    });
  }

  /** All is paused until the listener says so: records must not come before it is known where to go on. */
  #joined(consumer: Consumer, memberId: string, partitions: readonly number[]): void {
    const { segments, state } = this.#settings.topics;
    // Joined once since the last time, under the same id: we were a member of every generation in between.
    const continuous = memberId === this.#memberId && this.#joins === 1;
    this.#memberId = memberId;
    this.#joins = 0;
    this.#owned = [...partitions];
    consumer.pause([
      { topic: segments, partitions: [...partitions] },
      { topic: state, partitions: [...partitions] },
    ]);
    this.#abandonReads();
    this.#listener.assigned(this.#owned, continuous);
  }

  #batch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition, messages } = batch;
    const next = BigInt(batch.lastOffset()) + 1n;
    if (topic === this.#settings.topics.state) {
      this.#keep(partition, messages);
      payload.resolveOffset(batch.lastOffset());
      return Promise.resolve();
    }
    if (payload.isStale()) return Promise.resolve();
    // Not in kafkajs's types: the offset that was asked for. Without it a hole could not be told from transaction marks.
    const from = BigInt((batch as unknown as { readonly fetchedOffset: string }).fetchedOffset);
    if (this.#listener.records(partition, messages, { from, next, end: BigInt(batch.highWatermark) })) payload.resolveOffset(batch.lastOffset());
    return Promise.resolve();
  }

  #keep(partition: number, messages: readonly KafkaMessage[]): void {
    const read = this.#reads.get(partition);
    if (read === undefined) return;
    for (const { key, value } of messages) {
      if (key === null) continue;
      if (value === null) read.newest.delete(key.toString('utf8'));
      else read.newest.set(key.toString('utf8'), value);
    }
  }

  #readTo(partition: number, next: bigint): void {
    const read = this.#reads.get(partition);
    if (read === undefined || next < read.end) return;
    this.#endRead(partition)?.resolve(read.newest);
  }

  #endRead(partition: number): StateRead | undefined {
    const read = this.#reads.get(partition);
    if (read === undefined) return undefined;
    this.#reads.delete(partition);
    this.#consumer?.pause([{ topic: this.#settings.topics.state, partitions: [partition] }]);
    return read;
  }

  #abandonReads(): void {
    for (const [partition, read] of [...this.#reads]) {
      this.#reads.delete(partition);
      read.reject(interrupted(partition));
    }
  }
}

function interrupted(partition?: number): FramewitnessError {
  return new FramewitnessError('FW_INTERRUPTED', `reading the state${partition === undefined ? '' : ` of partition ${partition}`} was given up`);
}
