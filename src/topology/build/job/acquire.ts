/** Taking a partition over: first nobody else can commit to it, then its state is read, then it is known where to go on. */
import type { Admin, Kafka } from 'kafkajs';
import { FramewitnessError } from '../../../domain/errors.js';
import type { KafkaSettings } from '../../schema.js';
import { failureOf } from '../../../transports/kafka/failure.js';
import type { Membership } from '../../../transports/kafka/membership.js';
import { openPartitionProducer, type PartitionProducer } from '../../../transports/kafka/partition-producer.js';
import { restorePartition, type RestoredPartition } from '../../../transports/kafka/state-records.js';

/** A partition that is ours. */
export interface Acquired {
  readonly producer: PartitionProducer;
  readonly restored: RestoredPartition;
  /** Offset of the next record to read. */
  readonly offset: bigint;
  /** Records that were deleted before they were read. */
  readonly expired: bigint;
}

/** Parts of {@link acquirePartition}. */
export interface AcquireOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly settings: KafkaSettings;
  readonly membership: Membership;
}

interface Ends {
  readonly low: bigint;
  readonly high: bigint;
}

/** Undefined where the topic has no such partition. */
async function endsOf(admin: Admin, topic: string, partition: number): Promise<Ends | undefined> {
  const own = (await admin.fetchTopicOffsets(topic)).find((entry) => entry.partition === partition);
  return own === undefined ? undefined : { low: BigInt(own.low), high: BigInt(own.high) };
}

/** The group's committed offset; undefined where there is none. */
async function committedOffset(admin: Admin, { applicationId, topics }: KafkaSettings, partition: number): Promise<bigint | undefined> {
  const [topic] = await admin.fetchOffsets({ groupId: applicationId, topics: [topics.segments] });
  const offset = topic?.partitions.find((entry) => entry.partition === partition)?.offset;
  return offset === undefined || BigInt(offset) < 0n ? undefined : BigInt(offset);
}

/**
 * Takes a partition over. The place to go on from is what the topic of state says, since it was committed with the state;
 * the group's offset, which is committed with it, counts only where there is no state.
 *
 * @throws FramewitnessError FW_KAFKA_…, FW_KAFKA_STATE_PARTITION among them; FW_STATE_VERSION or FW_STATE_DAMAGED when the state cannot be read; FW_INTERRUPTED when
 * the partitions were shared out anew meanwhile
 */
export async function acquirePartition({ kafka, admin, settings, membership }: AcquireOptions, partition: number): Promise<Acquired> {
  const producer = await openPartitionProducer(kafka, settings, partition);
  try {
    const state = await endsOf(admin, settings.topics.state, partition);
    if (state === undefined) throw new FramewitnessError('FW_KAFKA_STATE_PARTITION', `${settings.topics.state} has no partition ${partition}, and ${settings.topics.segments} has`);
    const restored = await restorePartition(partition, await membership.readState(partition, state.low, state.high));
    const segments = await endsOf(admin, settings.topics.segments, partition);
    if (segments === undefined) throw new FramewitnessError('FW_KAFKA_TOPIC_UNFIT', `${settings.topics.segments} has no partition ${partition}`);
    const wanted = restored.position?.offset ?? (await committedOffset(admin, settings, partition)) ?? segments.low;
    // Past the end: the topic was made anew, so what was done of the old one says nothing.
    if (wanted > segments.high) throw new FramewitnessError('FW_KAFKA_TOPIC_UNFIT', `the job has done ${settings.topics.segments} up to offset ${wanted} of partition ${partition}, which ends at ${segments.high}: the topic was made anew; give the job another applicationId`);
    const offset = wanted < segments.low ? segments.low : wanted;
    return { producer, restored, offset, expired: offset - wanted };
  } catch (error) {
    await producer.close();
    throw failureOf(error, `take over partition ${partition}`);
  }
}
