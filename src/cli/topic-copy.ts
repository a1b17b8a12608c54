/** Copies a part of the topics that a topology names into an archive: for `archive`, and for `replay` from Kafka. */
import { SILENT } from '../domain/logger.js';
import type { PartitionRange, RangeRequest } from '../transports/kafka/read-range.js';
import { openArchiveWriter } from '../transports/archive/writer.js';
import { createClaimResolver } from '../transports/claims/resolver.js';
import { createKafkaClient, kafkaSettings } from '../transports/kafka/client.js';
import { archiveTopic } from '../topology/build/archive.js';
import { claimSettings } from '../topology/build/claims.js';
import type { LoadedTopology } from '../topology/load.js';
import type { Interval } from './ranges.js';

/** What part of the topics. */
export interface TopicSelection {
  readonly stream?: readonly string[];
  readonly partition?: number;
  readonly offsets?: Interval;
  readonly since?: number;
  readonly until?: number;
}

/** What {@link copyTopic} needs. */
export interface TopicCopyRequest {
  readonly loaded: LoadedTopology;
  readonly selection: TopicSelection;
  readonly folder: string;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

function rangeOf({ partition, offsets, since, until }: TopicSelection): Omit<RangeRequest, 'topic'> {
  const at = (value: number): ReadonlyMap<number, bigint> => new Map(partition === undefined || !Number.isFinite(value) ? [] : [[partition, BigInt(value)]]);
  return {
    ...(partition === undefined ? {} : { partitions: new Set([partition]) }),
    ...(offsets === undefined ? {} : { from: at(offsets.from), to: at(offsets.to + 1) }),
    ...(since === undefined ? {} : { sinceMillis: since }),
    ...(until === undefined ? {} : { untilMillis: until }),
  };
}

/** The selection as the manifest keeps it: so that an archive is gone on with only for the same question. */
function named({ stream, partition, offsets, since, until }: TopicSelection): Record<string, string | number | string[]> {
  return {
    ...(stream === undefined ? {} : { streams: [...stream].sort() }),
    ...(partition === undefined ? {} : { partition }),
    ...(offsets === undefined ? {} : { offsets: `${Number.isFinite(offsets.from) ? offsets.from : ''}..${Number.isFinite(offsets.to) ? offsets.to : ''}` }),
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  };
}

/** Copies, and says on the way how far it is. @returns what was read anew, and what the archive holds */
export async function copyTopic({ loaded, selection, folder, note, signal }: TopicCopyRequest): Promise<{ readonly ranges: readonly PartitionRange[]; readonly segments: number; readonly verdicts: number }> {
  const { topology } = loaded;
  const settings = kafkaSettings(topology);
  const kafka = createKafkaClient(settings, { folder: loaded.folder, logger: SILENT });
  const claims = createClaimResolver(claimSettings(loaded), { maxSegmentBytes: topology.limits.maxSegmentBytes });
  const writer = await openArchiveWriter(folder, { origin: { kind: 'kafka', segments: settings.topics.segments, verdicts: settings.topics.verdicts }, selection: named(selection) });
  let shown = 0;
  try {
    const ranges = await archiveTopic({
      kafka,
      settings,
      claims,
      writer,
      range: rangeOf(selection),
      ...(selection.stream === undefined ? {} : { streams: new Set(selection.stream) }),
      onProgress: ({ records, of, what }) => {
        const tenth = Math.floor((10 * records) / of);
        if (records === 1) shown = 0;
        if (tenth === shown) return;
        shown = tenth;
        note(`${what}: ${tenth * 10}% of ${of} offsets`);
      },
      signal,
    });
    return { ranges, segments: writer.lines.index, verdicts: writer.lines.verdicts };
  } finally {
    claims.close();
    await writer.close();
  }
}
