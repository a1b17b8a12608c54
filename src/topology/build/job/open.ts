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
import type { JobEvent, JobObserver } from './events.js';
import { openInstruments } from '../../../telemetry/instruments.js';
import { segmentWatcher } from '../../../telemetry/segment-watch.js';
import { watchBroker } from './broker-watch.js';
import { Gate } from './gate.js';
import { JobHealth } from './health.js';
import { Job } from './job.js';
import { meterJob } from './metering.js';

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
  /** Gets the job's health before anything else is done. */
  readonly onHealth?: (health: JobHealth) => void;
}

/** How often the brokers are asked where partitions end, and after how long they count as gone. */
const ASK_EVERY_MILLIS = 2_000;
const SILENT_AFTER_MILLIS = 10_000;
/** A segment may take this many times its time limit (it is tried twice, and waits for others), and so long for the rest. */
const STUCK_AFTER_LIMITS = 4;
const STUCK_AFTER_MILLIS = 60_000;

/**
 * Judges what comes on the topic of segments, until it is stopped.
 *
 * @throws FramewitnessError when the topology, the topics or the rights are not as they must be. Brokers that do not answer
 * are waited for once the job runs, not before.
 */
export async function runJob(loaded: LoadedTopology, { workers, logger, observe: told, stop, onReady, onHealth }: RunJobOptions): Promise<void> {
  const settings = kafkaSettings(loaded.topology);
  const { transport } = loaded.topology;
  if (transport === undefined) throw new FramewitnessError('FW_TRANSPORT_MISSING', 'the topology has no transport.kafka');
  const instruments = openInstruments('run');
  const meter = meterJob(instruments);
  const health = new JobHealth({ stuckAfterMillis: STUCK_AFTER_LIMITS * loaded.topology.stages.decode.timeoutSeconds * 1000 + STUCK_AFTER_MILLIS, silentAfterMillis: SILENT_AFTER_MILLIS });
  onHealth?.(health);
  void stop.then(() => {
    health.stopping();
  });
  const observe = (event: JobEvent): void => {
    health.observe(event);
    meter.observe(event);
    told(event);
  };
  const kafka: Kafka = createKafkaClient(settings, { folder: loaded.folder, logger });
  const admin = kafka.admin();
  const stopping = new AbortController();
  const claims = createClaimResolver(withAbsoluteFolders(transport.claims, loaded.folder), { maxSegmentBytes: loaded.topology.limits.maxSegmentBytes });
  try {
    await admin.connect().catch((error: unknown) => {
      throw failureOf(error, 'connect');
    });
    const topics = await checkTopics(admin, settings);
    const pipeline = await openPipeline(loaded, {
      ...(workers === undefined ? {} : { workers }),
      onBatch: (model, items, mostItems) => {
        instruments.record('framewitness_batch_items', items, { model });
        instruments.record('framewitness_batch_fill_ratio', items / mostItems, { model });
      },
    });
    try {
      const gate = new Gate({ maxItems: pipeline.bounds.maxSegments, maxBytes: pipeline.bounds.maxBytes });
      const context = {
        settings,
        stages: pipeline.stages,
        analyse: analyseRecords({ stages: pipeline.stages, gate, claims, topic: settings.topics.segments, signal: stopping.signal }),
        alerts: pipeline.alerts,
        observe,
        watch: segmentWatcher(instruments),
        topologyDigest: loaded.digest,
        source: eventSource(settings.applicationId),
        maxDeadLetterBytes: topics.deadLetters.maxRecordBytes,
      };
      const job = new Job({ kafka, admin, context, gate });
      health.working(pipeline.workers);
      meter.watch(gate, pipeline.workers, health);
      void watchBroker({
        admin,
        topic: settings.topics.segments,
        everyMillis: ASK_EVERY_MILLIS,
        signal: stopping.signal,
        onEnds: (ends) => {
          health.answered();
          meter.ends(ends);
        },
        onSilence: (error) => {
          logger.debug(error.message, { code: error.code });
        },
      });
      onReady?.();
      await job.run(stop);
    } finally {
      meter.close();
      stopping.abort();
      await pipeline.close();
    }
  } finally {
    claims.close();
    await admin.disconnect().catch(() => undefined);
  }
}
