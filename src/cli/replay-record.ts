/** `framewitness replay --topic`: one record of a topic, a dead letter for example, judged again by itself. */
import { createHash } from 'node:crypto';
import type { KafkaMessage } from 'kafkajs';
import { NEVER, lastValueFrom } from 'rxjs';
import { FramewitnessError } from '../domain/errors.js';
import { SILENT } from '../domain/logger.js';
import { mediaPlace, type Segment } from '../domain/media.js';
import type { SegmentVerdict } from '../domain/verdict.js';
import { claimSettings } from '../topology/build/claims.js';
import { openPipeline } from '../topology/build/open.js';
import type { LoadedTopology } from '../topology/load.js';
import { createClaimResolver } from '../transports/claims/resolver.js';
import type { SourceEvent } from '../transports/file-source.js';
import { createKafkaClient, kafkaSettings } from '../transports/kafka/client.js';
import { parseRecord } from '../transports/kafka/records.js';
import { rangesOf, readRanges } from '../transports/kafka/read-range.js';
import { formatProbability, formatTimeRange } from '../verdicts/words.js';
import { EXIT } from './exit-codes.js';
import { coloured } from './progress.js';
import type { Interval } from './ranges.js';
import { table } from './table.js';
import { errorLine, printable } from './text.js';

interface RecordOptions {
  readonly partition?: number;
  readonly offsets?: Interval;
  readonly workers?: number;
  readonly json?: true;
}

/** Judges one record. What is wrong with it is said, and is no failure of the command. */
export async function replayRecord(topic: string, { partition, offsets, workers, json }: RecordOptions, loaded: LoadedTopology): Promise<number> {
  const at = offsets?.from === offsets?.to ? offsets?.from : undefined;
  if (partition === undefined || at === undefined) throw new FramewitnessError('FW_USAGE', '--topic needs --partition and one offset in --offsets: the three name one record');
  const message = await fetchOne(topic, partition, at, loaded);
  let verdict: SegmentVerdict | undefined;
  try {
    const segment = await segmentOf(message, topic, partition, loaded);
    verdict = await judgeOne(segment, loaded, workers);
  } catch (error) {
    if (!(error instanceof FramewitnessError) || error.scope === 'run') throw error;
    if (json === true) process.stdout.write(`${JSON.stringify({ topic, partition, offset: at, error: error.serialise() })}\n`);
    else process.stdout.write(`${errorLine(error)}\n`);
    return EXIT.allFailed;
  }
  if (json === true) process.stdout.write(`${JSON.stringify({ topic, partition, offset: at, verdict })}\n`);
  else process.stdout.write(`${asText(verdict)}\n`);
  return verdict.finding.reasons.includes('undecodable') ? EXIT.allFailed : EXIT.ok;
}

async function fetchOne(topic: string, partition: number, offset: number, { topology, folder }: LoadedTopology): Promise<KafkaMessage> {
  const settings = kafkaSettings(topology);
  const kafka = createKafkaClient(settings, { folder, logger: SILENT });
  const only = new Map([[partition, BigInt(offset)]]);
  const ranges = await rangesOf(kafka, { topic, partitions: new Set([partition]), from: only, to: new Map([[partition, BigInt(offset) + 1n]]) });
  const found: KafkaMessage[] = [];
  await readRanges(kafka, settings, topic, ranges, (message) => Promise.resolve(void found.push(message)));
  const [message] = found;
  if (message === undefined) throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${topic}, partition ${partition}, has no committed record at offset ${offset}: the topic no longer has it, or it never came.`, { location: { input: topic } });
  return message;
}

async function segmentOf({ key, value, headers, offset }: KafkaMessage, topic: string, partition: number, loaded: LoadedTopology): Promise<Segment> {
  const record = parseRecord({ key, value, ...(headers === undefined ? {} : { headers }) });
  const { stream } = record;
  if (record.kind === 'end') throw new FramewitnessError('FW_INPUT_EMPTY', 'The record ends a stream and holds no media.', { location: { input: topic, stream } });
  const claims = createClaimResolver(claimSettings(loaded), { maxSegmentBytes: loaded.topology.limits.maxSegmentBytes });
  try {
    const media = record.kind === 'claim' ? (await claims.resolve(record.value, { input: topic, stream, sequence: record.sequence })).media : record.value;
    return { stream, sequence: record.sequence, ...mediaPlace(record.ptsStartMicros), media, sha256: createHash('sha256').update(media).digest('hex'), source: { kind: 'kafka', name: topic, partition, offset }, warnings: record.warnings ?? [] };
  } finally {
    claims.close();
  }
}

async function judgeOne(segment: Segment, loaded: LoadedTopology, workers: number | undefined): Promise<SegmentVerdict> {
  const pipeline = await openPipeline(loaded, { signer: null, workers: Math.max(1, workers ?? 1) });
  const verdicts: SegmentVerdict[] = [];
  const source = (async function* (): AsyncGenerator<SourceEvent, void, void> {
    yield await Promise.resolve({ kind: 'segment' as const, segment });
  })();
  try {
    await lastValueFrom(
      pipeline.judge(
        source,
        (event) => {
          if (event.kind === 'verdict') verdicts.push(event.verdict);
          return Promise.resolve();
        },
        NEVER,
      ),
      { defaultValue: undefined },
    );
  } finally {
    await pipeline.close();
  }
  const [verdict] = verdicts;
  if (verdict === undefined) throw new FramewitnessError('FW_INTERNAL', 'A segment led to no verdict.');
  return verdict;
}

function asText({ finding, provenance }: SegmentVerdict): string {
  const rows = [[`${printable(finding.stream)} segment ${finding.sequence}`, formatTimeRange(finding.startMicros, finding.endMicros), String(finding.faces.analysed), formatProbability(finding.probability, provenance.thresholds), coloured(finding.verdict), finding.reasons.join(', ')]];
  const warnings = finding.warnings.map(({ code, message }) => `warning ${code}: ${printable(message, 240)}`);
  return [table(['', 'media time', 'faces', 'probability', 'verdict', 'reasons'], rows), ...warnings, 'Judged by itself: the segments before it in its stream were not taken into account.'].join('\n');
}
