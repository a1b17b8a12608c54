/** Opens a Kafka job: checks the topics, starts the workers, and joins the two. */
import type { Kafka } from 'kafkajs';
import { FramewitnessError } from '../../../domain/errors.js';
import type { Logger } from '../../../domain/logger.js';
import { createClaimResolver } from '../../../transports/claims/resolver.js';
import { createKafkaClient, kafkaSettings } from '../../../transports/kafka/client.js';
import { eventSource } from '../../../transports/kafka/cloud-events.js';
import { failureOf } from '../../../transports/kafka/failure.js';
import { checkTopics } from '../../../transports/kafka/topics.js';
import { withAbsoluteFolders } from '../../claims-section.js';
import type { LoadedTopology } from '../../load.js';
import { openPipeline } from '../open.js';
import { analyseRecords } from './analysis.js';
import type { JobObserver } from './events.js';
import { Gate } from './gate.js';
import { Job } from './job.js';

/** Options of {@link runJob}. */
export interface RunJobOptions {
  /** Worker processes, instead of the topology's `workers.count`. */
  readonly workers?: number;
  readonly logger: Logger;
  readonly observe: JobObserver;
  /** When it resolves, the job finishes what is under way and ends. */
  readonly stop: Promise<void>;
  /** Called when the job is up: topics checked, models loaded, about to join the group. */
  readonly onReady?: () => void;
}

/**
 * Judges what comes on the topic of segments, until it is stopped.
 *
 * @throws FramewitnessError when the topology, the topics or the rights are not as they must be. Brokers that do not answer
 * are waited for once the job runs, not before.
 */
export async function runJob(loaded: LoadedTopology, { workers, logger, observe, stop, onReady }: RunJobOptions): Promise<void> {
  const settings = kafkaSettings(loaded.topology);
  const { transport } = loaded.topology;
  if (transport === undefined) throw new FramewitnessError('FW_TRANSPORT_MISSING', 'the topology has no transport.kafka');
  const kafka: Kafka = createKafkaClient(settings, { folder: loaded.folder, logger });
  const admin = kafka.admin();
  const stopping = new AbortController();
  const claims = createClaimResolver(withAbsoluteFolders(transport.claims, loaded.folder), { maxSegmentBytes: loaded.topology.limits.maxSegmentBytes });
  try {
    await admin.connect().catch((error: unknown) => {
      throw failureOf(error, 'connect');
    });
    const topics = await checkTopics(admin, settings);
    const pipeline = await openPipeline(loaded, workers === undefined ? {} : { workers });
    try {
      const gate = new Gate({ maxItems: pipeline.bounds.maxSegments, maxBytes: pipeline.bounds.maxBytes });
      const context = {
        settings,
        stages: pipeline.stages,
        analyse: analyseRecords({ stages: pipeline.stages, gate, claims, topic: settings.topics.segments, signal: stopping.signal }),
        alerts: pipeline.alerts,
        observe,
        topologyDigest: loaded.digest,
        source: eventSource(settings.applicationId),
        maxDeadLetterBytes: topics.deadLetters.maxRecordBytes,
      };
      const job = new Job({ kafka, admin, context, gate });
      onReady?.();
      await job.run(stop);
    } finally {
      stopping.abort();
      await pipeline.close();
    }
  } finally {
    claims.close();
    await admin.disconnect().catch(() => undefined);
  }
}
