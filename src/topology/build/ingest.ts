/** Joins feeds and files with the topic of segments. */
import kafkajs, { type Kafka } from 'kafkajs';
import { FramewitnessError } from '../../domain/errors.js';
import type { Logger } from '../../domain/logger.js';
import { publicAddress } from '../../media/feed-address.js';
import { createClaimStore, type ClaimStore } from '../../transports/claims/store.js';
import { createKafkaClient, kafkaSettings } from '../../transports/kafka/client.js';
import { failureOf } from '../../transports/kafka/failure.js';
import { runFeed, type FeedOutcome, type FeedPlan } from '../../transports/ingest/feed-runner.js';
import { publishFile, type FileOutcome, type FilePlan } from '../../transports/ingest/file-runner.js';
import { createPublisher, type Publisher } from '../../transports/ingest/publisher.js';
import { lastPositions } from '../../transports/ingest/resume.js';
import type { PlacedSegment } from '../../transports/ingest/timeline.js';
import type { FeedSettings, Feeds } from '../feeds/schema.js';
import type { LoadedTopology } from '../load.js';
import { openInstruments } from '../../telemetry/instruments.js';
import { openFeed } from './feed.js';
import { meteredPublisher, type IngestHealth } from './ingest-metering.js';
import { createSegmenter } from './segmenter.js';

/** What to publish. */
export interface IngestRequest {
  readonly feeds: readonly FeedSettings[];
  /** One after the other, in order; may go on for as long as a folder is watched. */
  readonly files: AsyncIterable<FilePlan>;
  /** Streams of `files` that are known beforehand; undefined: any, as a watched folder may bring. */
  readonly fileStreams: readonly string[] | undefined;
  readonly claimStore?: Feeds['claimStore'];
}

/** What {@link ingest} needs of its caller. */
export interface IngestOptions {
  readonly logger: Logger;
  /** Ends feeds and files: what was begun is published. */
  readonly stop: AbortSignal;
  /** Gives up on what cannot be published. */
  readonly abort: AbortSignal;
  readonly onSegment: (segment: PlacedSegment) => void;
  readonly health: IngestHealth;
}

/** What became of each feed and file. */
export interface IngestOutcome {
  readonly feeds: readonly FeedOutcome[];
  readonly files: readonly FileOutcome[];
}

/** @throws FramewitnessError FW_TRANSPORT_MISSING, FW_KAFKA_* when the topic cannot be used at all; what concerns one feed or file is in its outcome */
export async function ingest(loaded: LoadedTopology, request: IngestRequest, { logger, stop, abort, onSegment, health }: IngestOptions): Promise<IngestOutcome> {
  const { topology, folder } = loaded;
  const settings = kafkaSettings(topology);
  const kafka = createKafkaClient(settings, { folder, logger });
  const topic = settings.topics.segments;
  const maxRecordBytes = await largestRecord(kafka, topic, settings.create.maxSegmentRecordBytes);
  const streams = request.fileStreams && [...request.feeds.map(({ stream }) => stream), ...request.fileStreams];
  const recorded = await lastPositions(kafka, topic, streams, logger);
  const store = request.claimStore === undefined ? undefined : openStore(request.claimStore, loaded);
  health.opened();
  const instruments = openInstruments('ingest');
  const publisher = (): Publisher => meteredPublisher(createPublisher({ kafka, topic, maxRecordBytes, retry: settings.retries, logger, signal: abort, ...(store === undefined ? {} : { store }) }), instruments, health);
  const withPublisher = async <T>(use: (own: Publisher) => Promise<T>): Promise<T> => {
    const own = publisher();
    try {
      return await use(own);
    } finally {
      await own.close();
    }
  };
  try {
    const [feeds, files] = await Promise.all([
      // Each with a producer of its own: one that waits keeps no other waiting.
      Promise.all(request.feeds.map((feed) => withPublisher((own) => runFeed(planOf(feed, loaded), { open: openFeed, publisher: own, logger, stop, onSegment }, recorded.get(feed.stream))))),
      withPublisher(async (own) => {
        const outcomes: FileOutcome[] = [];
        const cutter = createSegmenter({ targetMicros: micros(topology.segments.targetSeconds), limits: topology.limits }, topology.stages.decode.timeoutSeconds * 1000);
        try {
          for await (const plan of request.files) {
            const outcome = await publishFile(plan, { segmenter: cutter.segmenter, publisher: own, logger, stop, onSegment }, recorded.get(plan.stream));
            if (outcome.error !== undefined) logger.error(outcome.error.message, { code: outcome.error.code, input: plan.path, stream: plan.stream });
            outcomes.push(outcome);
          }
        } finally {
          await cutter.close();
        }
        return outcomes;
      }),
    ]);
    return { feeds, files };
  } finally {
    store?.close();
  }
}

function planOf(feed: FeedSettings, { topology }: LoadedTopology): FeedPlan {
  const { stream, url, listen, rtspTransport, cut, reconnect, endOfStream } = feed;
  return {
    stream,
    name: publicAddress(url),
    feed: { url, listen, rtspTransport, connectMicros: micros(feed.connectSeconds) },
    cut: {
      targetMicros: micros(cut.targetSeconds),
      maxMicros: micros(cut.maxSeconds),
      maxJumpMicros: micros(cut.maxJumpSeconds),
      silenceMicros: micros(feed.silenceSeconds),
      maxBufferedBytes: feed.maxBufferedBytes,
      limits: { ...topology.limits, maxSegmentBytes: Math.min(cut.maxBytes, topology.limits.maxSegmentBytes) },
    },
    reconnect,
    endOfStream,
  };
}

function openStore({ folder, bucket, prefix }: NonNullable<Feeds['claimStore']>, { topology }: LoadedTopology): ClaimStore {
  if (folder !== '') return createClaimStore({ kind: 'folder', folder });
  const claims = topology.transport?.claims;
  if (claims === undefined) throw new FramewitnessError('FW_TRANSPORT_MISSING', 'the topology has no transport.claims.s3');
  return createClaimStore({ kind: 's3', bucket, prefix, s3: claims.s3, idleMillis: claims.idleSeconds * 1000 });
}

/** The topic's own bound; what the topology says where we may not ask. @throws FramewitnessError FW_KAFKA_TOPIC_MISSING and the like */
async function largestRecord(kafka: Kafka, topic: string, fallback: number): Promise<number> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    if (!(await admin.listTopics()).includes(topic)) throw new FramewitnessError('FW_KAFKA_TOPIC_MISSING', `the topic ${topic} does not exist`);
    const described = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['max.message.bytes'] }] }).catch((error: unknown) => {
      if (failureOf(error, '').code === 'FW_KAFKA_AUTHORIZATION') return undefined;
      throw error;
    });
    const value = Number(described?.resources[0]?.configEntries.find(({ configName }) => configName === 'max.message.bytes')?.configValue);
    return Number.isSafeInteger(value) && value > 0 ? value : fallback;
  } catch (error) {
    throw failureOf(error, `ask about the topic ${topic}`);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function micros(seconds: number): number {
  return Math.round(seconds * 1e6);
}
