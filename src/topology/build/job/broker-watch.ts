/** Asks the brokers, every now and then, where the partitions end: says that they answer, and how far behind the job is. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { FramewitnessError } from '../../../domain/errors.js';
import { failureOf } from '../../../transports/kafka/failure.js';

/** Parts of {@link watchBroker}. */
export interface BrokerWatchOptions {
  readonly admin: Admin;
  readonly topic: string;
  readonly everyMillis: number;
  readonly signal: AbortSignal;
  readonly onEnds: (ends: ReadonlyMap<number, bigint>) => void;
  /** An attempt failed; there will be others. */
  readonly onSilence: (error: FramewitnessError) => void;
}

/** Asks until `signal` aborts. */
export async function watchBroker({ admin, topic, everyMillis, signal, onEnds, onSilence }: BrokerWatchOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      const offsets = await admin.fetchTopicOffsets(topic);
      onEnds(new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)])));
    } catch (error) {
      // Not to be said of an end that was asked for.
      if (!isAborted(signal)) onSilence(failureOf(error, `ask where ${topic} ends`));
    }
    await wait(everyMillis, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}
