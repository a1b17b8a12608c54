/** The topics of one job, named so that jobs of a test do not meet. */
import type { ITopicConfig, Kafka } from 'kafkajs';

/** The names of a job's topics, as in `transport.kafka.topics`. */
export interface JobTopics {
  readonly segments: string;
  readonly verdicts: string;
  readonly streams: string;
  readonly alerts: string;
  readonly deadLetters: string;
  readonly state: string;
}

/** Topics of the job `job` of a test; jobs with the same `segments` read the same input. */
export function jobTopics(prefix: string, job: string, segments = `${prefix}segments`): JobTopics {
  const own = `${prefix}${job}-`;
  return { segments, verdicts: `${own}verdicts`, streams: `${own}streams`, alerts: `${own}alerts`, deadLetters: `${own}dead-letters`, state: `${own}state` };
}

/** What the topics of a job have to be. */
export function topicConfigs(topics: JobTopics, partitions: number): readonly ITopicConfig[] {
  const compacted = new Set([topics.streams, topics.state]);
  return Object.values<string>({ ...topics }).map((topic) => ({
    topic,
    numPartitions: partitions,
    configEntries: [
      { name: 'cleanup.policy', value: compacted.has(topic) ? 'compact' : 'delete' },
      { name: 'max.message.bytes', value: '33554432' },
    ],
  }));
}

/** Creates those topics of a job that are not there yet. */
export async function createJobTopics(kafka: Kafka, topics: JobTopics, partitions: number): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const known = new Set(await admin.listTopics());
  await admin.createTopics({ waitForLeaders: true, topics: topicConfigs(topics, partitions).filter(({ topic }) => !known.has(topic)) });
  await admin.disconnect();
}
