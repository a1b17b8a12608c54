/** Publishes the segments of a stream in order, each once, and keeps at it while the brokers are away. */
import { setTimeout as wait } from 'node:timers/promises';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { FramewitnessError, type ErrorLocation } from '../../domain/errors.js';
import type { Logger } from '../../domain/logger.js';
import type { ClaimStore } from '../claims/store.js';
import { failureOf } from '../kafka/failure.js';
import type { WritableRecord } from '../kafka/records.js';
import { endRecord, segmentRecord } from './records.js';
import type { PlacedSegment } from './timeline.js';

/** Room for key, headers and framing beside the media in a record. */
const RECORD_OVERHEAD_BYTES = 16_384;

/** What {@link createPublisher} needs. */
export interface PublisherOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Largest record of the topic (`max.message.bytes`). */
  readonly maxRecordBytes: number;
  /** Where larger segments go; without one they cannot be published. */
  readonly store?: ClaimStore;
  readonly retry: { readonly initialMillis: number; readonly maxMillis: number; readonly multiplier: number };
  readonly logger: Logger;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** Publishes the records of one stream after the other. Close it. */
export interface Publisher {
  /**
   * Resolves when the brokers have the record. What may pass is tried for as long as it takes.
   *
   * @throws FramewitnessError FW_KAFKA_RECORD_TOO_LARGE; FW_KAFKA_* that do not pass; FW_OUTPUT_UNWRITABLE, FW_CLAIM_DENIED;
   * FW_INTERRUPTED when it was given up
   */
  publish(segment: PlacedSegment): Promise<void>;
  /** Closes a stream of `sequence` segments. @throws FramewitnessError as `publish` does */
  end(stream: string, sequence: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes a publisher; it connects at the first record. */
export function createPublisher({ kafka, topic, maxRecordBytes, store, retry, logger, signal }: PublisherOptions): Publisher {
  let producer: Producer | undefined;
  const limit = maxRecordBytes - RECORD_OVERHEAD_BYTES;

  const connected = async (): Promise<Producer> => {
    if (producer !== undefined) return producer;
    // One request at a time and numbered batches: nothing twice, nothing out of order.
    const fresh = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await fresh.connect();
    producer = fresh;
    return fresh;
  };
  const disconnect = async (): Promise<void> => {
    const old = producer;
    producer = undefined;
    await old?.disconnect().catch(() => undefined);
  };

  const patiently = async (doing: string, location: ErrorLocation, action: () => Promise<void>): Promise<void> => {
    for (let failures = 0; ; failures += 1) {
      if (signal.aborted) throw new FramewitnessError('FW_INTERRUPTED', `gave up to ${doing}`, { location });
      try {
        await action();
        return;
      } catch (error) {
        const failure = failureOf(error, doing);
        if (!failure.retriable) throw new FramewitnessError(failure.code, failure.message, { location, cause: error });
        // A producer that failed may not know which of its batches arrived: a fresh one begins anew. A record that is then
        // written again has the same sequence number, and is counted and passed over as a repeated one.
        await disconnect();
        const millis = Math.min(retry.maxMillis, retry.initialMillis * retry.multiplier ** failures);
        logger[failures === 0 ? 'warn' : 'debug'](`${failure.message}; trying again`, { code: failure.code, ...location, waitMillis: millis });
        await wait(millis, undefined, { signal }).catch(() => undefined);
      }
    }
  };

  const send = (record: WritableRecord, doing: string, location: ErrorLocation): Promise<void> =>
    patiently(doing, location, async () => {
      await (await connected()).send({ topic, acks: -1, messages: [record] });
    });

  return {
    publish: async (segment) => {
      const { stream, sequence, media } = segment;
      const location = { stream, sequence };
      let record = media.length <= limit ? segmentRecord(segment) : undefined;
      if (record === undefined) {
        if (store === undefined) {
          throw new FramewitnessError('FW_KAFKA_RECORD_TOO_LARGE', `a segment of ${media.length} bytes does not fit a record of ${topic}, which takes ${maxRecordBytes}: name a claimStore (or --claim-store), lower maxBytes of the feed, or raise max.message.bytes of the topic`, { location });
        }
        await patiently('store the media of a claim check', location, async () => {
          record = segmentRecord(segment, await store.put(segment));
        });
      }
      if (record !== undefined) await send(record, `publish segment ${sequence} of ${stream}`, location);
    },
    end: (stream, sequence) => send(endRecord(stream, sequence), `publish the end of ${stream}`, { stream, sequence }),
    close: disconnect,
  };
}
