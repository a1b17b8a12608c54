/** Fills an archive: from a topic, or from files and the verdicts that a scan wrote. */
import { createHash } from 'node:crypto';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { FramewitnessError } from '../../domain/errors.js';
import type { ArchiveManifest } from '../../transports/archive/format.js';
import type { ArchiveWriter } from '../../transports/archive/writer.js';
import type { ClaimResolver } from '../../transports/claims/resolver.js';
import { fileSource, type FileInput, type Segmenter } from '../../transports/file-source.js';
import { parseRecord, type InputRecord } from '../../transports/kafka/records.js';
import { rangesOf, readRanges, type PartitionRange, type RangeRequest } from '../../transports/kafka/read-range.js';
import { verdictLine } from '../../verdicts/chain.js';
import { readVerdicts } from '../../verdicts/jsonl.js';
import type { KafkaSettings } from '../schema.js';

/** Records and bytes between two commits: what an interruption costs. */
const COMMIT_RECORDS = 256;
const COMMIT_BYTES = 64 * 1024 * 1024;

/** What {@link archiveTopic} needs. */
export interface TopicArchiveRequest {
  readonly kafka: Kafka;
  readonly settings: KafkaSettings;
  readonly claims: ClaimResolver;
  readonly writer: ArchiveWriter;
  readonly range: Omit<RangeRequest, 'topic'>;
  /** Save these streams alone. */
  readonly streams?: ReadonlySet<string>;
  readonly onProgress?: (progress: { readonly records: number; readonly of: number; readonly what: 'segments' | 'verdicts' }) => void;
  readonly signal?: AbortSignal;
}

type Positions = Record<string, string>;

/**
 * Saves segments, then their verdicts. Goes on where the archive stands.
 *
 * @returns the ranges of the topic of segments, apart from what an earlier run had saved
 * @throws FramewitnessError; what was committed until then counts, and the next run goes on from there
 */
export async function archiveTopic({ kafka, settings, claims, writer, range, streams, onProgress, signal }: TopicArchiveRequest): Promise<readonly PartitionRange[]> {
  const { segments, verdicts } = settings.topics;
  const positions: { segments: Positions; verdicts: Positions } = { segments: { ...writer.positions.segments }, verdicts: { ...writer.positions.verdicts } };
  let [records, bytes] = [0, 0];
  const pass = async (topic: string, request: RangeRequest, own: Positions, what: 'segments' | 'verdicts', take: (message: KafkaMessage, partition: number) => Promise<number>): Promise<readonly PartitionRange[]> => {
    const ranges = (await rangesOf(kafka, request)).map((wanted) => ({ ...wanted, from: later(wanted.from, own[wanted.partition]) })).filter(({ from, to }) => from < to);
    const of = Number(ranges.reduce((n, { from, to }) => n + to - from, 0n));
    let seen = 0;
    await readRanges(
      kafka,
      settings,
      topic,
      ranges,
      async (message, partition) => {
        bytes += await take(message, partition);
        records += 1;
        own[partition] = String(BigInt(message.offset) + 1n);
        onProgress?.({ records: ++seen, of, what });
        if (records < COMMIT_RECORDS && bytes < COMMIT_BYTES) return;
        [records, bytes] = [0, 0];
        await writer.commit(positions);
      },
      signal,
    );
    for (const { partition, to } of ranges) own[partition] = String(to);
    await writer.commit(positions);
    return ranges;
  };
  const done = await pass(segments, { topic: segments, ...range }, positions.segments, 'segments', async (message, partition) => saveRecord(message, { kind: 'kafka', name: segments, partition, offset: message.offset }, { claims, writer, streams }, signal));
  // Verdicts are in a topic of their own with offsets of their own, and come after their segments.
  const wanted = await savedRanges(kafka, { topic: segments, ...range });
  await pass(verdicts, { topic: verdicts, ...(range.sinceMillis === undefined ? {} : { sinceMillis: range.sinceMillis }) }, positions.verdicts, 'verdicts', (message, partition) => saveVerdict(message, { kind: 'kafka', name: verdicts, partition, offset: message.offset }, { writer, streams, wanted, segments }));
  await writer.complete(positions);
  return done;
}

function later(from: bigint, saved: string | undefined): bigint {
  return saved !== undefined && BigInt(saved) > from ? BigInt(saved) : from;
}

async function savedRanges(kafka: Kafka, request: RangeRequest): Promise<ReadonlyMap<number, PartitionRange>> {
  return new Map((await rangesOf(kafka, request)).map((range) => [range.partition, range]));
}

type Source = { readonly kind: 'kafka'; readonly name: string; readonly partition: number; readonly offset: string };

/** @returns bytes saved */
async function saveRecord(message: KafkaMessage, source: Source, { claims, writer, streams }: { readonly claims: ClaimResolver; readonly writer: ArchiveWriter; readonly streams: ReadonlySet<string> | undefined }, signal: AbortSignal | undefined): Promise<number> {
  const timestampMillis = Number(message.timestamp);
  // A record of a stream that is not asked for costs nothing, whatever is wrong with it.
  if (streams !== undefined && !streams.has(message.key?.toString('utf8') ?? '')) return 0;
  let record: InputRecord | undefined;
  try {
    record = parseRecord({ key: message.key, value: message.value, ...(message.headers === undefined ? {} : { headers: message.headers }) });
    const { stream, sequence } = record;
    if (record.kind === 'end') {
      await writer.addEntry({ kind: 'end', stream, sequence, source, timestampMillis });
      return 0;
    }
    const media = record.kind === 'claim' ? (await claims.resolve(record.value, { input: source.name, stream, sequence: record.sequence }, signal)).media : record.value;
    const sha256 = createHash('sha256').update(media).digest('hex');
    await writer.addSegment({ stream, sequence: record.sequence, ptsStartMicros: record.ptsStartMicros, contentType: record.contentType, sha256, claim: record.kind === 'claim', warnings: [...(record.warnings ?? [])], source, timestampMillis }, media);
    return media.byteLength;
  } catch (error) {
    const known = FramewitnessError.from(error, 'FW_INTERNAL');
    // What is wrong with one record is written down; what is wrong with the run ends it, so that the next one can do better.
    if (known.scope === 'run' || known.code === 'FW_OUTPUT_UNWRITABLE' || known.code === 'FW_CLAIM_UNAVAILABLE') throw known;
    await writer.addEntry({ kind: 'refused', stream: record?.stream ?? null, sequence: record?.sequence ?? null, code: known.code, message: known.message, source, timestampMillis });
    return 0;
  }
}

async function saveVerdict(message: KafkaMessage, source: Source, { writer, streams, wanted, segments }: { readonly writer: ArchiveWriter; readonly streams: ReadonlySet<string> | undefined; readonly wanted: ReadonlyMap<number, PartitionRange>; readonly segments: string }): Promise<number> {
  const { value } = message;
  if (value === null || (streams !== undefined && !streams.has(message.key?.toString('utf8') ?? ''))) return 0;
  if (value.includes(0x0a)) {
    await writer.addEntry({ kind: 'refused', stream: null, sequence: null, code: 'FW_VERDICT_INVALID', message: 'The record of the topic of verdicts holds a line feed, which no verdict has.', source, timestampMillis: Number(message.timestamp) });
    return 0;
  }
  if (!belongs(value, segments, wanted)) return 0;
  await writer.addVerdict(value);
  return value.length;
}

/** Whether a verdict is about a record in the ranges. One that cannot be read is kept: verify is to say what is wrong with it. */
function belongs(value: Buffer, segments: string, wanted: ReadonlyMap<number, PartitionRange>): boolean {
  try {
    const { provenance } = JSON.parse(value.toString('utf8')) as { readonly provenance: { readonly source: { readonly name: string; readonly partition?: number; readonly offset?: string } } };
    const { name, partition, offset } = provenance.source;
    if (partition === undefined || offset === undefined) return true;
    const range = wanted.get(partition);
    return name === segments && range !== undefined && BigInt(offset) >= range.from && BigInt(offset) < range.to;
  } catch {
    return true;
  }
}

/** Saves files as a scan cuts them, and the verdicts of a file that belong to them. @throws FramewitnessError of the first input that cannot be read */
export async function archiveFiles(inputs: readonly FileInput[], verdicts: string | undefined, segmenter: Segmenter, writer: ArchiveWriter, onProgress?: (input: string) => void): Promise<void> {
  const nowhere: ArchiveManifest['positions'] = { segments: {}, verdicts: {} };
  if (writer.lines.index > 0) throw new FramewitnessError('FW_ARCHIVE_INVALID', 'Files are archived as a whole, and this archive has segments already: name an empty or a new folder.');
  for await (const event of fileSource(inputs, segmenter)) {
    if (event.kind === 'begin') onProgress?.(event.input);
    if (event.kind === 'segment') {
      const { stream, sequence, ptsStartMicros, media, sha256, warnings, source } = event.segment;
      await writer.addSegment({ stream, sequence, ptsStartMicros, contentType: 'application/octet-stream', sha256, claim: false, warnings: [...warnings], source, timestampMillis: null }, media);
    }
    if (event.kind === 'end') {
      if (event.error) throw event.error;
      await writer.addEntry({ kind: 'end', stream: event.stream, sequence: null, source: { kind: 'file', name: event.input }, timestampMillis: null });
    }
  }
  if (verdicts !== undefined) {
    const streams = new Set(inputs.map(({ path }) => path));
    for await (const { record } of readVerdicts(verdicts)) {
      if (streams.has(record.finding.stream)) await writer.addVerdict(Buffer.from(verdictLine(record).trimEnd()));
    }
  }
  await writer.complete(nowhere);
}
