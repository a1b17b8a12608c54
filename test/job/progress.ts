/** How far a job has come, as the broker knows it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';

/** Records of the input topic. */
export interface Progress {
  /** Records that the group has committed. */
  readonly committed: number;
  /** Records that there are. */
  readonly total: number;
}

/** What a test sees of a job's progress. */
export interface ProgressWatch {
  now(): Promise<Progress>;
  /** Waits until `reached` holds. @throws after `withinMs` without any progress, with what `explain` says */
  until(reached: (progress: Progress) => boolean, withinMs: number, explain: () => string): Promise<Progress>;
}

/** Watches a consumer group's progress through a topic, on a connection that outlives the broker's restarts. */
export function watchProgress(kafka: Kafka, groupId: string, topic: string): ProgressWatch {
  const ask = async (): Promise<Progress> => {
    const admin = kafka.admin();
    try {
      await admin.connect();
      const [ends, [group]] = await Promise.all([admin.fetchTopicOffsets(topic), admin.fetchOffsets({ groupId, topics: [topic] })]);
      const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
      const committed = (group?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
      return { committed, total };
    } finally {
      await admin.disconnect();
    }
  };
  return {
    now: ask,
    until: async (reached, withinMs, explain) => {
      let best = -1;
      for (let deadline = Date.now() + withinMs; ; await delay(100)) {
        // The broker may be away just now.
        const progress = await ask().catch(() => undefined);
        if (progress !== undefined && reached(progress)) return progress;
        if (progress !== undefined && progress.committed > best) {
          best = progress.committed;
          deadline = Date.now() + withinMs;
        }
        if (Date.now() > deadline) throw new Error(`no progress for ${withinMs / 1000} s, at ${progress === undefined ? 'a broker that does not answer' : `${progress.committed} of ${progress.total} records`}:\n${explain()}`);
      }
    },
  };
}
