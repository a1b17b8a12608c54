/** What all partitions of a job share. */
import type { AlertStage } from '../../../stages/alert.js';
import type { WatchSegment } from '../../../telemetry/segment-watch.js';
import type { KafkaSettings } from '../../schema.js';
import type { StatefulStages } from '../lane.js';
import type { JobObserver } from './events.js';
import type { AnalyseRecord } from './steps.js';

/** The parts of a job that its partitions use. */
export interface JobContext {
  readonly settings: KafkaSettings;
  readonly stages: StatefulStages;
  readonly analyse: AnalyseRecord;
  readonly alerts: AlertStage;
  readonly observe: JobObserver;
  readonly watch: WatchSegment;
  readonly topologyDigest: string;
  /** The job's event source. */
  readonly source: string;
  /** `max.message.bytes` of the topic of dead letters. */
  readonly maxDeadLetterBytes: number;
}
