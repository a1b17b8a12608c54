/**
 * The metrics of a job and of ingest, in one table: docs/reference/metrics.md is made from it. Names are part of the interface:
 * dashboards and alarms are built on them. They are written as Prometheus shows them, units and `_total` included, so that
 * they are the same over every exporter. No label takes its values from input: streams are told apart in logs and traces.
 */

/** What kind of instrument a metric is: `counter` and `histogram` are recorded, `gauge` and `observed-counter` are read when they are asked for. */
export type MetricKind = 'counter' | 'observed-counter' | 'histogram' | 'gauge';

/** A metric. */
export interface MetricDefinition {
  readonly kind: MetricKind;
  /** UCUM; in braces what is counted. */
  readonly unit: string;
  readonly about: string;
  /** Names of labels, each with what its values are. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** Which command has it. */
  readonly of: 'run' | 'ingest';
}

/** Up to far beyond any duration budget, seconds. */
const SECONDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const RATIOS: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const ITEMS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const REASON = 'a skip reason of the verdict';
const PARTITION = 'number of the partition';

type Of<K extends MetricKind> = MetricDefinition & { readonly kind: K };

const counter = (of: MetricDefinition['of'], unit: string, about: string, labels?: Readonly<Record<string, string>>): Of<'counter'> => ({ kind: 'counter', unit, about, of, ...(labels === undefined ? {} : { labels }) });
const gauge = (of: MetricDefinition['of'], unit: string, about: string, labels?: Readonly<Record<string, string>>): Of<'gauge'> => ({ kind: 'gauge', unit, about, of, ...(labels === undefined ? {} : { labels }) });
const histogram = (of: MetricDefinition['of'], unit: string, about: string, buckets: readonly number[], labels?: Readonly<Record<string, string>>): Of<'histogram'> => ({ kind: 'histogram', unit, about, of, buckets, ...(labels === undefined ? {} : { labels }) });

/** Every metric, by its name in Prometheus. */
export const METRICS = {
  framewitness_verdicts_total: counter('run', '{verdict}', 'Segment verdicts committed.', { verdict: 'forged, authentic or inconclusive' }),
  framewitness_segments_late_total: counter('run', '{segment}', 'Late segments that were judged alone.'),
  framewitness_segments_missing_total: counter('run', '{segment}', 'Sequence numbers left out when a later segment came. A late one that comes after all is not taken off again.'),
  framewitness_segments_repeated_total: counter('run', '{segment}', 'Repeated segments that were passed over.'),
  framewitness_dead_letters_total: counter('run', '{record}', 'Dead letters committed.', { code: 'a code of the error catalogue' }),
  framewitness_alerts_total: counter('run', '{alert}', 'Alerts that opened or closed.', { change: 'opened or closed' }),
  framewitness_streams_ended_total: counter('run', '{stream}', 'Streams that ended.', { reason: 'end-of-stream or too-many-open' }),
  framewitness_segment_bytes_total: counter('run', 'By', 'Bytes of the segments that have a verdict.'),
  framewitness_media_seconds_total: counter('run', 's', 'Media time of the segments that have a verdict, first frame to last.'),

  framewitness_frames_present_total: counter('run', '{frame}', 'Frames in the segments that have a verdict: sampled + not sampled + undecodable.'),
  framewitness_frames_sampled_total: counter('run', '{frame}', 'Frames on the sampling grid: analysed + skipped.'),
  framewitness_frames_not_sampled_total: counter('run', '{frame}', 'Frames off the sampling grid.'),
  framewitness_frames_undecodable_total: counter('run', '{frame}', 'Frames that could not be decoded.'),
  framewitness_frames_analysed_total: counter('run', '{frame}', 'Sampled frames that were analysed.'),
  framewitness_frames_skipped_total: counter('run', '{frame}', 'Sampled frames that were not analysed.', { reason: REASON }),
  framewitness_faces_found_total: counter('run', '{face}', 'Faces found: analysed + skipped.'),
  framewitness_faces_analysed_total: counter('run', '{face}', 'Faces that were judged.'),
  framewitness_faces_skipped_total: counter('run', '{face}', 'Faces found and not judged.', { reason: REASON }),
  framewitness_clips_total: counter('run', '{clip}', 'Clips scored.', { model: 'name of the model in the topology' }),

  framewitness_batch_items: histogram('run', '{item}', 'Faces or clips in one run of a network; its count is the number of batches.', ITEMS, { model: 'name of the model in the topology' }),
  framewitness_batch_fill_ratio: histogram('run', '1', 'Items of a batch, as part of the most that it may hold.', RATIOS, { model: 'name of the model in the topology' }),

  framewitness_segment_duration_seconds: histogram('run', 's', 'Where a segment spends its time.', SECONDS, { step: 'wait (for room), analyse (claim check, decode, detect, crop), advance (its turn in the stream, tracks, clips), judge (scores, verdict), commit (its turn, the transaction)' }),
  framewitness_segment_commit_duration_seconds: histogram('run', 's', 'From the arrival of a segment in this process to the commit of its verdict.', SECONDS),
  framewitness_transaction_duration_seconds: histogram('run', 's', 'Duration of a transaction that committed.', SECONDS),
  framewitness_transaction_records: histogram('run', '{record}', 'Input records whose results one transaction committed; its count is the number of transactions.', ITEMS),

  framewitness_queue_items: gauge('run', '{segment}', 'Segments that wait or are under way in this process.', { queue: 'held (fetched, not committed), waiting (for room before the workers), under-way (from there to the verdict)' }),
  framewitness_queue_bytes: gauge('run', 'By', 'Bytes of the same.', { queue: 'as above' }),
  framewitness_worker_jobs: gauge('run', '{job}', 'Jobs of the worker processes.', { state: 'queued or running' }),
  framewitness_worker_processes: gauge('run', '{process}', 'Worker processes alive.'),
  framewitness_worker_failures_total: { kind: 'observed-counter', of: 'run', unit: '{attempt}', about: 'Attempts at a job that took their worker process with them.', labels: { kind: 'crash or timeout' } },

  framewitness_consumer_lag_records: gauge('run', '{record}', 'Records of a partition that are not committed, as of the last look at its end.', { partition: PARTITION }),
  framewitness_consumer_lag_seconds: gauge('run', 's', 'The same in media time, estimated: records × mean media time of the segments committed last of that partition.', { partition: PARTITION }),
  framewitness_partitions: gauge('run', '{partition}', 'Partitions of this process.', { state: 'assigned (by the group), ready (restored, at work), paused (fetching held back)' }),
  framewitness_outages_total: counter('run', '{outage}', 'Times that the brokers began not to answer, or to refuse.'),

  framewitness_ingest_segments_total: counter('ingest', '{segment}', 'Segments published.'),
  framewitness_ingest_bytes_total: counter('ingest', 'By', 'Bytes of the segments published.'),
  framewitness_ingest_media_seconds_total: counter('ingest', 's', 'Media time of the segments published.'),
  framewitness_ingest_lost_frames_total: counter('ingest', '{frame}', 'Frames that came and were not published.', { reason: 'as in the header lost' }),
  framewitness_ingest_lost_media_seconds_total: counter('ingest', 's', 'Media time that is missing from the feeds.', { reason: 'as in the header lost' }),
  framewitness_ingest_discontinuities_total: counter('ingest', '{discontinuity}', 'Breaks in the feeds.', { kind: 'as in the header discontinuity' }),
  framewitness_ingest_publish_duration_seconds: histogram('ingest', 's', 'From a segment that is cut to the confirmation of the brokers.', SECONDS),
} as const satisfies Readonly<Record<`framewitness_${string}`, MetricDefinition>>;

/** Name of a metric. */
export type MetricName = keyof typeof METRICS;

/** The names of one kind. */
export type MetricsOf<K extends MetricKind> = { readonly [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never }[MetricName];
