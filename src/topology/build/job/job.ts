/** The Kafka job: keeps its partitions at work, whatever happens to workers and brokers. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, Kafka, KafkaMessage } from 'kafkajs';
import { FramewitnessError } from '../../../domain/errors.js';
import { failureOf } from '../../../transports/kafka/failure.js';
import { Membership, type FetchProgress, type MembershipListener } from '../../../transports/kafka/membership.js';
import { acquirePartition } from './acquire.js';
import type { JobContext } from './context.js';
import type { Gate } from './gate.js';
import { PartitionTask } from './partition.js';

/** Parts of a {@link Job}. */
export interface JobOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly context: JobContext;
  readonly gate: Gate;
}

/** What another attempt would not mend. */
const FATAL = new Set(['FW_KAFKA_TLS', 'FW_KAFKA_AUTHENTICATION', 'FW_KAFKA_AUTHORIZATION', 'FW_KAFKA_SECRET', 'FW_KAFKA_TOPIC_UNFIT', 'FW_KAFKA_RECORD_TOO_LARGE', 'FW_STATE_VERSION', 'FW_STATE_DAMAGED', 'FW_INTERNAL']);

/**
 * Signs of life that the coordinator must confirm before a partition is tried again that we could not commit to. One may have
 * been on its way when another worker took over; a second one was not.
 */
const CONFIRMATIONS = 2;

/** A running job. */
export class Job implements MembershipListener {
  readonly #options: JobOptions;
  readonly #membership: Membership;
  readonly #tasks = new Map<number, PartitionTask>();
  /** Partitions that are being taken over, each with the attempt that counts. */
  readonly #acquiring = new Map<number, symbol>();
  /** Partitions that were lost though they may be ours, with the confirmations that are still needed. */
  readonly #lost = new Map<number, number>();
  readonly #fatal: Promise<never>;
  #assigned: readonly number[] = [];
  #end!: (error: FramewitnessError) => void;
  #stopping = false;
  #outage = false;

  constructor(options: JobOptions) {
    this.#options = options;
    this.#membership = new Membership(options.kafka, options.context.settings, this);
    this.#fatal = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#fatal.catch(() => undefined);
  }

  /**
   * Works until `stop` resolves; then finishes what is under way, commits it, and leaves the group.
   * @throws FramewitnessError for what no other attempt would mend
   */
  async run(stop: Promise<void>): Promise<void> {
    try {
      await Promise.race([stop, this.#fatal, this.#membership.run()]);
      this.#stopping = true;
      const settled = this.#options.gate.drain();
      await Promise.race([this.#fatal, Promise.all([...this.#tasks.values()].map((task) => task.drain(settled)))]);
    } finally {
      this.#stopping = true;
      this.#acquiring.clear();
      await Promise.all([...this.#tasks.values()].map((task) => task.abandon()));
      await this.#membership.stop();
    }
  }

  assigned(partitions: readonly number[], continuous: boolean): void {
    this.#recovered();
    this.#assigned = partitions;
    this.#lost.clear();
    this.#acquiring.clear();
    this.#options.context.observe({ kind: 'assigned', partitions });
    const wanted = new Set(partitions);
    for (const [partition, task] of [...this.#tasks]) {
      if (continuous && wanted.has(partition)) {
        // Ours before and after: it goes on where it was.
        this.#membership.seek(partition, task.next);
        if (!task.paused) this.#membership.resume(partition);
      } else this.#drop(task, null);
    }
    for (const partition of partitions) if (!this.#tasks.has(partition)) void this.#acquire(partition);
  }

  records(partition: number, messages: readonly KafkaMessage[], progress: FetchProgress): boolean {
    const task = this.#tasks.get(partition);
    if (task === undefined) return false;
    if (task.accept(messages, progress)) return true;
    if (!this.#stopping) this.#membership.seek(partition, task.next);
    return false;
  }

  passed(partition: number, next: bigint): void {
    this.#tasks.get(partition)?.passed(next);
  }

  confirmed(): void {
    for (const [partition, needed] of [...this.#lost]) {
      if (needed > 1) this.#lost.set(partition, needed - 1);
      else {
        this.#lost.delete(partition);
        void this.#acquire(partition);
      }
    }
  }

  lost(error: FramewitnessError): void {
    this.#failed(error);
  }

  #drop(task: PartitionTask, reason: FramewitnessError | null): void {
    if (this.#tasks.get(task.partition) !== task) return;
    this.#tasks.delete(task.partition);
    this.#options.context.observe({ kind: 'dropped', partition: task.partition, reason });
    void task.abandon();
  }

  async #acquire(partition: number): Promise<void> {
    const { settings, observe } = this.#options.context;
    const attempt = Symbol(`attempt at partition ${partition}`);
    this.#acquiring.set(partition, attempt);
    // A method, since what it asks changes while the acquisition is waited for.
    const isCurrent = (): boolean => !this.#stopping && this.#acquiring.get(partition) === attempt;
    let pause = settings.retries.initialMillis;
    while (isCurrent()) {
      try {
        const { producer, restored, offset, expired } = await acquirePartition({ ...this.#options, settings, membership: this.#membership }, partition);
        if (!isCurrent()) {
          await producer.close();
          return;
        }
        this.#acquiring.delete(partition);
        this.#recovered();
        if (expired > 0n) observe({ kind: 'expired', partition, error: new FramewitnessError('FW_KAFKA_RECORDS_EXPIRED', `${expired} records of partition ${partition} before offset ${offset} are gone`) });
        const task: PartitionTask = new PartitionTask({
          context: this.#options.context,
          partition,
          producer,
          restored,
          offset,
          pause: () => {
            this.#membership.pause(partition);
          },
          resume: () => {
            this.#membership.resume(partition);
          },
          maxBytes: () => Math.max(1, Math.floor(settings.consumer.maxBytesInFlight / Math.max(1, this.#assigned.length))),
          onFailed: (error) => {
            this.#partitionFailed(task, error);
          },
        });
        this.#tasks.set(partition, task);
        observe({ kind: 'restored', partition, offset, streams: restored.open.length, ended: restored.ended.length });
        this.#membership.seek(partition, offset);
        this.#membership.resume(partition);
        return;
      } catch (error) {
        if (!isCurrent()) return;
        this.#failed(failureOf(error, `take over partition ${partition}`));
        await wait(pause);
        pause = Math.min(settings.retries.maxMillis, pause * settings.retries.multiplier);
      }
    }
  }

  #partitionFailed(task: PartitionTask, error: FramewitnessError): void {
    this.#drop(task, error);
    this.#membership.pause(task.partition);
    if (error.code !== 'FW_KAFKA_FENCED') this.#failed(error);
    if (this.#assigned.includes(task.partition) && !this.#stopping) this.#lost.set(task.partition, CONFIRMATIONS);
  }

  #failed(error: FramewitnessError): void {
    if (error.code === 'FW_INTERRUPTED') return;
    if (FATAL.has(error.code)) {
      this.#end(error);
      return;
    }
    if (this.#outage) return;
    this.#outage = true;
    this.#options.context.observe({ kind: 'outage', error });
  }

  #recovered(): void {
    if (!this.#outage) return;
    this.#outage = false;
    this.#options.context.observe({ kind: 'recovered' });
  }
}
