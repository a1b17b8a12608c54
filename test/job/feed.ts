/** Streams of small segments, published to the topic of segments. */
import type { Kafka, Producer } from 'kafkajs';
import { padded } from './padding.js';
import { endRecord, segmentRecord, smallSegments } from './segments.js';

/** What to publish. */
export interface FeedSettings {
  readonly topic: string;
  readonly partitions: number;
  /** Streams, spread evenly over the partitions. */
  readonly streams: number;
  /** Begins the names of the streams. */
  readonly name?: string;
  /** Bytes that are added to every segment and cost nothing to judge. */
  readonly padding?: number;
}

/** A feed that goes on for as long as it is asked to. */
export interface Feed {
  /** Records published so far. */
  published(): number;
  /** Publishes the next `segments` of every stream. Call it while the broker answers. */
  publish(segments: number): Promise<void>;
  /** Ends every stream. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** Connects a producer; each stream keeps to one partition, and two partitions never share a stream. */
export async function startFeed(kafka: Kafka, { topic, partitions, streams, name = 'camera', padding = 0 }: FeedSettings): Promise<Feed> {
  const lap = (await smallSegments()).map((segment) => (padding === 0 ? segment : padded(segment, padding)));
  let sequence = 0;
  let published = 0;
  let producer: Producer | undefined;
  const names = Array.from({ length: streams }, (_, index) => `${name}-${index}`);
  const send = async (recordsOf: (stream: string, index: number) => ReturnType<typeof segmentRecord>[]): Promise<void> => {
    if (producer === undefined) {
      producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
    }
    for (const [index, stream] of names.entries()) {
      const records = recordsOf(stream, index);
      await producer.send({ topic, acks: -1, messages: records.map((record) => ({ ...record, partition: index % partitions })) });
      published += records.length;
    }
  };
  return {
    published: () => published,
    publish: async (segments) => {
      // Sequence by sequence over all streams would interleave more; partition by partition is what batches do in practice.
      await send((stream, index) => Array.from({ length: segments }, (_, more) => segmentRecord(lap, stream, sequence + more, 5 * index)));
      sequence += segments;
    },
    end: () => send((stream) => [endRecord(stream, sequence)]),
    close: async () => {
      await producer?.disconnect();
    },
  };
}
