/** Counts what happens in a job, and shows what is under way, in the metrics of docs/reference/metrics.md. */
import type { SegmentVerdict } from '../../../domain/verdict.js';
import type { Instruments, Observation } from '../../../telemetry/instruments.js';
import type { PoolMetrics } from '../../../workers/pool-api.js';
import type { JobEvent, JobObserver } from './events.js';
import type { Gate } from './gate.js';
import type { JobHealth } from './health.js';

/** Weight of the last segment in the mean media time of a partition's segments. */
const RECENT = 0.1;

interface PartitionLevels {
  heldItems: number;
  heldBytes: number;
  paused: boolean;
  /** Offset of the next record to fetch, and the end when that was last looked at. */
  next: bigint;
  end: bigint;
  /** Mean media time of the segments committed last, seconds. */
  segmentSeconds: number | null;
}

/** Meters a job. */
export interface JobMeter {
  readonly observe: JobObserver;
  /** The ends of partitions of segments, as a broker has just said. */
  ends(ends: ReadonlyMap<number, bigint>): void;
  /** Shows what is under way, until the job's end. */
  watch(gate: Gate, workers: () => PoolMetrics, health: JobHealth): void;
  close(): void;
}

/** Makes the meter of a job. */
export function meterJob(instruments: Instruments): JobMeter {
  const partitions = new Map<number, PartitionLevels>();
  const closers: (() => void)[] = [];
  const levels = (partition: number, change: (its: PartitionLevels) => void): void => {
    const its = partitions.get(partition);
    if (its !== undefined) change(its);
  };
  const sum = (pick: (its: PartitionLevels) => number): number => [...partitions.values()].reduce((total, its) => total + pick(its), 0);
  const lag = ({ next, end, heldItems }: PartitionLevels): number => heldItems + Math.max(0, Number(end - next));
  const observe = (event: JobEvent): void => {
    count(instruments, event);
    switch (event.kind) {
      case 'restored':
        partitions.set(event.partition, { heldItems: 0, heldBytes: 0, paused: false, next: event.offset, end: event.offset, segmentSeconds: null });
        return;
      case 'dropped':
        partitions.delete(event.partition);
        return;
      case 'fetched':
        levels(event.partition, (its) => {
          its.next = event.next;
          its.end = event.next + BigInt(event.lag);
        });
        return;
      case 'held':
        levels(event.partition, (its) => {
          its.heldItems = event.records;
          its.heldBytes = event.bytes;
          its.paused = event.paused;
        });
        return;
      case 'verdict':
        levels(event.partition, (its) => {
          const seconds = mediaSeconds(event.verdict);
          its.segmentSeconds = its.segmentSeconds === null ? seconds : its.segmentSeconds + RECENT * (seconds - its.segmentSeconds);
        });
    }
  };
  return {
    observe,
    ends: (ends) => {
      for (const [partition, end] of ends) {
        levels(partition, (its) => {
          its.end = end;
        });
      }
    },
    watch: (gate, workers, health) => {
      const each = (value: (its: PartitionLevels) => number | null): readonly Observation[] =>
        [...partitions].flatMap(([partition, its]) => {
          const found = value(its);
          return found === null ? [] : [{ value: found, labels: { partition } }];
        });
      closers.push(
        instruments.observe('framewitness_queue_items', () => [
          { value: sum(({ heldItems }) => heldItems), labels: { queue: 'held' } },
          { value: gate.levels.waitingItems, labels: { queue: 'waiting' } },
          { value: gate.levels.items, labels: { queue: 'under-way' } },
        ]),
        instruments.observe('framewitness_queue_bytes', () => [
          { value: sum(({ heldBytes }) => heldBytes), labels: { queue: 'held' } },
          { value: gate.levels.waitingBytes, labels: { queue: 'waiting' } },
          { value: gate.levels.bytes, labels: { queue: 'under-way' } },
        ]),
        instruments.observe('framewitness_worker_processes', () => [{ value: workers().children }]),
        instruments.observe('framewitness_worker_jobs', () => [
          { value: workers().queued, labels: { state: 'queued' } },
          { value: workers().running, labels: { state: 'running' } },
        ]),
        instruments.observe('framewitness_worker_failures_total', () => [
          { value: workers().crashes, labels: { kind: 'crash' } },
          { value: workers().timeouts, labels: { kind: 'timeout' } },
        ]),
        instruments.observe('framewitness_consumer_lag_records', () => each(lag)),
        instruments.observe('framewitness_consumer_lag_seconds', () => each((its) => (lag(its) === 0 ? 0 : its.segmentSeconds === null ? null : lag(its) * its.segmentSeconds))),
        instruments.observe('framewitness_partitions', () => [
          { value: health.assigned, labels: { state: 'assigned' } },
          { value: partitions.size, labels: { state: 'ready' } },
          { value: sum(({ paused }) => (paused ? 1 : 0)), labels: { state: 'paused' } },
        ]),
      );
    },
    close: () => {
      for (const closer of closers.splice(0)) closer();
    },
  };
}

/** First frame to last, seconds. */
function mediaSeconds({ finding: { startMicros, endMicros } }: SegmentVerdict): number {
  return (endMicros - startMicros) / 1e6;
}

function count(instruments: Instruments, event: JobEvent): void {
  switch (event.kind) {
    case 'verdict':
      countVerdict(instruments, event.verdict);
      instruments.add('framewitness_segments_missing_total', event.missing);
      if (event.late) instruments.add('framewitness_segments_late_total', 1);
      return;
    case 'repeated':
      instruments.add('framewitness_segments_repeated_total', 1);
      return;
    case 'dead-letter':
      instruments.add('framewitness_dead_letters_total', 1, { code: event.code });
      return;
    case 'alert':
      instruments.add('framewitness_alerts_total', 1, { change: event.alert.change });
      return;
    case 'stream-ended':
      instruments.add('framewitness_streams_ended_total', 1, { reason: event.reason });
      return;
    case 'committed':
      instruments.record('framewitness_transaction_duration_seconds', event.millis / 1000);
      instruments.record('framewitness_transaction_records', event.records);
      return;
    case 'outage':
      instruments.add('framewitness_outages_total', 1);
  }
}

function countVerdict(instruments: Instruments, verdict: SegmentVerdict): void {
  const { frames, faces, tracks, verdict: label } = verdict.finding;
  instruments.add('framewitness_verdicts_total', 1, { verdict: label });
  instruments.add('framewitness_segment_bytes_total', verdict.provenance.segmentBytes);
  instruments.add('framewitness_media_seconds_total', mediaSeconds(verdict));
  instruments.add('framewitness_frames_present_total', frames.present);
  instruments.add('framewitness_frames_sampled_total', frames.sampled);
  instruments.add('framewitness_frames_not_sampled_total', frames.notSampled);
  instruments.add('framewitness_frames_undecodable_total', frames.undecodable);
  instruments.add('framewitness_frames_analysed_total', frames.analysed);
  for (const [reason, skipped] of Object.entries(frames.skipped)) instruments.add('framewitness_frames_skipped_total', skipped, { reason });
  instruments.add('framewitness_faces_found_total', faces.found);
  instruments.add('framewitness_faces_analysed_total', faces.analysed);
  for (const [reason, skipped] of Object.entries(faces.skipped)) instruments.add('framewitness_faces_skipped_total', skipped, { reason });
  for (const { model, clips } of tracks.flatMap(({ scores }) => scores)) if (clips.length > 0) instruments.add('framewitness_clips_total', clips.length, { model });
}
