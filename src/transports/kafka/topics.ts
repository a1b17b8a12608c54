/** The topics of a job: what they must be, what is wrong with them, and making those that are missing. */
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { FramewitnessError } from '../../domain/errors.js';
import type { KafkaSettings } from '../../topology/schema.js';
import { failureOf } from './failure.js';
import { STATE_PIECE_BYTES } from './state-records.js';

/** A topic by its role. */
export type TopicRole = keyof KafkaSettings['topics'];

/** In the order in which they are named. */
export const TOPIC_ROLES: readonly TopicRole[] = ['segments', 'verdicts', 'streams', 'alerts', 'deadLetters', 'state'];

/** What a topic is. */
export interface TopicFacts {
  readonly name: string;
  readonly partitions: number;
  /** `cleanup.policy`. */
  readonly cleanup: string;
  /** `max.message.bytes`. */
  readonly maxRecordBytes: number;
}

/** The topics that there are. */
export type TopicsFound = Readonly<Partial<Record<TopicRole, TopicFacts>>>;

// Not importable by name from an ES module.
const { ConfigResourceTypes } = kafkajs;
/** Room for key and headers of a dead letter. */
const HEADER_ROOM = 65_536;
/** Room for key, headers and framing of a piece of state. */
const STATE_ROOM = 65_536;

/** Looks at the topics. @throws FramewitnessError FW_KAFKA_… */
export async function describeTopics(admin: Admin, { topics }: KafkaSettings): Promise<TopicsFound> {
  try {
    const existing = new Set(await admin.listTopics());
    const roles = TOPIC_ROLES.filter((role) => existing.has(topics[role]));
    const names = [...new Set(roles.map((role) => topics[role]))];
    if (names.length === 0) return {};
    const { topics: metadata } = await admin.fetchTopicMetadata({ topics: names });
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: ['cleanup.policy', 'max.message.bytes'] })) });
    const configOf = (name: string, key: string): string => resources.find((resource) => resource.resourceName === name)?.configEntries.find((entry) => entry.configName === key)?.configValue ?? '';
    const factsOf = (name: string): TopicFacts => ({
      name,
      partitions: metadata.find((topic) => topic.name === name)?.partitions.length ?? 0,
      cleanup: configOf(name, 'cleanup.policy'),
      maxRecordBytes: Number(configOf(name, 'max.message.bytes')),
    });
    return Object.fromEntries(roles.map((role) => [role, factsOf(topics[role])]));
  } catch (error) {
    throw failureOf(error, 'look at the topics');
  }
}

/** What keeps the job from working with the topics that there are; a line each. Pure. */
export function topicProblems(found: TopicsFound): readonly string[] {
  const { segments, streams, deadLetters, state } = found;
  const problems: string[] = [];
  const names = Object.values(found).map(({ name }) => name);
  for (const name of new Set(names.filter((each, i) => names.indexOf(each) !== i))) problems.push(`${name} is named for two purposes`);
  if (segments?.cleanup.includes('compact') === true) problems.push(`${segments.name} has cleanup.policy ${segments.cleanup}: compaction would delete all but the last segment of a stream; set it to delete`);
  if (segments && state && segments.partitions !== state.partitions) {
    problems.push(`${state.name} has ${state.partitions} partitions and ${segments.name} has ${segments.partitions}: they must be as many, since each partition of segments has its state in the partition of the same number; add what is missing with: framewitness topics grow`);
  }
  for (const topic of [state, streams]) {
    if (topic && topic.cleanup !== 'compact') problems.push(`${topic.name} has cleanup.policy ${topic.cleanup}; set it to compact, so that the newest record of each key is kept`);
  }
  if (state && state.maxRecordBytes < STATE_PIECE_BYTES + STATE_ROOM) problems.push(`${state.name} has max.message.bytes ${state.maxRecordBytes}; set it to ${STATE_PIECE_BYTES + STATE_ROOM} or more`);
  if (segments && deadLetters && deadLetters.maxRecordBytes < segments.maxRecordBytes) {
    problems.push(`${deadLetters.name} has max.message.bytes ${deadLetters.maxRecordBytes} and ${segments.name} has ${segments.maxRecordBytes}: set it to ${segments.maxRecordBytes + HEADER_ROOM}, so that every segment fits`);
  }
  return problems;
}

/**
 * The topics, all there and fit.
 *
 * @throws FramewitnessError FW_KAFKA_TOPIC_MISSING, FW_KAFKA_TOPIC_UNFIT with every problem, FW_KAFKA_…
 */
export async function checkTopics(admin: Admin, settings: KafkaSettings): Promise<Readonly<Record<TopicRole, TopicFacts>>> {
  const found = await describeTopics(admin, settings);
  const missing = TOPIC_ROLES.filter((role) => found[role] === undefined).map((role) => settings.topics[role]);
  if (missing.length > 0) throw new FramewitnessError('FW_KAFKA_TOPIC_MISSING', `there is no topic ${missing.join(', nor ')}`);
  refuseUnfit(found);
  return found as Readonly<Record<TopicRole, TopicFacts>>;
}

function refuseUnfit(found: TopicsFound): void {
  const problems = topicProblems(found);
  if (problems.length > 0) throw new FramewitnessError('FW_KAFKA_TOPIC_UNFIT', problems.join('; '));
}

/** How a topic is made. */
export function plannedTopic({ topics, create }: KafkaSettings, role: TopicRole, partitions = create.partitions): ITopicConfig {
  const settings: Record<string, string> = { 'min.insync.replicas': String(create.minInSyncReplicas) };
  if (role === 'state' || role === 'streams') settings['cleanup.policy'] = 'compact';
  if (role === 'segments') settings['max.message.bytes'] = String(create.maxSegmentRecordBytes);
  else if (role === 'deadLetters') settings['max.message.bytes'] = String(create.maxSegmentRecordBytes + HEADER_ROOM);
  else if (role !== 'state') settings['max.message.bytes'] = String(create.maxOutputRecordBytes);
  else settings['max.message.bytes'] = String(STATE_PIECE_BYTES + STATE_ROOM);
  return { topic: topics[role], numPartitions: partitions, replicationFactor: create.replicationFactor, configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })) };
}

/** What was made, and what was there. */
export interface TopicsCreated {
  readonly created: readonly string[];
  readonly existing: readonly string[];
}

/**
 * Makes the topics that are missing; those that are there stay as they are. The topic of state gets as many partitions as that
 * of segments has.
 *
 * @throws FramewitnessError FW_KAFKA_TOPIC_UNFIT when one that was there cannot be worked with; FW_KAFKA_…
 */
export async function createTopics(admin: Admin, settings: KafkaSettings): Promise<TopicsCreated> {
  const found = await describeTopics(admin, settings);
  const partitionsOf = (role: TopicRole): number => (role === 'state' ? found.segments?.partitions : role === 'segments' ? found.state?.partitions : undefined) ?? settings.create.partitions;
  const missing = TOPIC_ROLES.filter((role) => found[role] === undefined);
  if (missing.length > 0) {
    try {
      await admin.createTopics({ waitForLeaders: true, topics: missing.map((role) => plannedTopic(settings, role, partitionsOf(role))) });
    } catch (error) {
      throw failureOf(error, 'create the topics');
    }
  }
  refuseUnfit(await describeTopics(admin, settings));
  return { created: missing.map((role) => settings.topics[role]), existing: Object.values(found).map(({ name }) => name) };
}

/** A topic that got partitions. */
export interface GrownTopic {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** What was grown, in the order in which it was. */
export interface TopicsGrown {
  readonly grown: readonly GrownTopic[];
}

/**
 * Adds partitions to the topics of state and of segments, in this order, so that no partition of segments is ever without its
 * state. Jobs may be at work on them. The other topics can have any number of partitions and stay as they are.
 *
 * @param partitions - how many each shall have; undefined: as many as the larger of the two has
 * @throws FramewitnessError FW_KAFKA_TOPIC_MISSING; FW_KAFKA_TOPIC_UNFIT where there are more, since partitions cannot be taken
 * away; FW_KAFKA_…
 */
export async function growTopics(admin: Admin, settings: KafkaSettings, partitions?: number): Promise<TopicsGrown> {
  const { segments, state } = await describeTopics(admin, settings);
  if (segments === undefined || state === undefined) throw new FramewitnessError('FW_KAFKA_TOPIC_MISSING', `there is no topic ${segments === undefined ? settings.topics.segments : settings.topics.state}`);
  const wanted = partitions ?? Math.max(segments.partitions, state.partitions);
  for (const { name, partitions: before } of [state, segments]) {
    if (before > wanted) throw new FramewitnessError('FW_KAFKA_TOPIC_UNFIT', `${name} has ${before} partitions, and none can be taken away: ask for ${before} or more`);
  }
  const grown: GrownTopic[] = [];
  for (const { name, partitions: before } of [state, segments].filter((topic) => topic.partitions < wanted)) {
    try {
      await admin.createPartitions({ topicPartitions: [{ topic: name, count: wanted }] });
    } catch (error) {
      throw failureOf(error, `add partitions to ${name}`);
    }
    grown.push({ name, before, after: wanted });
  }
  return { grown };
}
