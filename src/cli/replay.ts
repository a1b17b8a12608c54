/** `framewitness replay`: recorded verdicts, derived again and compared. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Subject } from 'rxjs';
import { FramewitnessError } from '../domain/errors.js';
import { openPipeline } from '../topology/build/open.js';
import { replayArchive } from '../topology/build/replay.js';
import type { ReplayRange } from '../topology/build/replay-plan.js';
import type { LoadedTopology } from '../topology/load.js';
import { isArchive, openArchive } from '../transports/archive/reader.js';
import { openRecorded } from '../verdicts/recorded.js';
import { createReplaySummary, type ReplaySummary } from '../verdicts/replay-summary.js';
import { fromFiles } from './archive.js';
import { EXIT } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { createProgress, coloured } from './progress.js';
import { instant, mediaTimeRange, wholeNumber, wholeRange, type Interval } from './ranges.js';
import { openResultWriter } from './replay-out.js';
import { writeReplayReport } from './replay-report.js';
import { replayRecord } from './replay-record.js';
import { replayText } from './replay-text.js';
import { copyTopic } from './topic-copy.js';
import { TOPOLOGY, loadTopologyWithNotes } from './topology-option.js';
import { withModels, type ModelChoice } from './what-if.js';
import { errorLine } from './text.js';

/** Options of the command. */
export interface ReplayOptions {
  readonly verdicts?: string;
  readonly stream?: readonly string[];
  readonly topic?: string;
  readonly partition?: number;
  readonly offsets?: Interval;
  readonly segments?: Interval;
  readonly mediaTime?: Interval;
  readonly since?: number;
  readonly until?: number;
  readonly topology: string;
  readonly model?: readonly ModelChoice[];
  readonly tolerance: number;
  readonly out?: string;
  readonly report?: string;
  readonly keep?: string;
  readonly workers?: number;
  readonly json?: true;
  readonly quiet?: true;
}

function probability(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a number from 0 to 1.');
  return value;
}

function modelChoice(text: string, before: readonly ModelChoice[] | undefined): readonly ModelChoice[] {
  const [, name, card] = /^([a-z][a-z0-9-]{0,63})=(.+)$/.exec(text) ?? [];
  if (name === undefined || card === undefined) throw new InvalidArgumentError('expected NAME=CARD: a name of the topology, and builtin: and a name, or the path of a card.');
  return [...(before ?? []), { name, card }];
}

/** The command; `finish` gets the exit code. */
export function replayCommand(finish: (code: number) => void): Command {
  return new Command('replay')
    .description('Derive recorded verdicts again, from an archive, from the topics that the topology names, or from the scanned files, and compare them.')
    .argument('[SOURCE...]', 'an archive; or files that were scanned, with --verdicts; without any, the topics are read')
    .option('--verdicts <file>', 'the recorded verdicts; of an archive, those in it unless others are named')
    .option('-s, --stream <id...>', 'these streams alone')
    .option('--segments <range>', 'sequence numbers A..B, both ends included, either left out', wholeRange)
    .option('--media-time <range>', 'segments that start at this media time: A..B in seconds, m:ss or h:mm:ss', mediaTimeRange)
    .option('-p, --partition <n>', 'this partition alone', wholeNumber)
    .option('--offsets <range>', 'with --partition: offsets A..B of the topic of segments', wholeRange)
    .option('--since <time>', 'records that the broker took at or after this time, ISO 8601', instant)
    .option('--until <time>', 'records that it took before this time', instant)
    .option('--topic <name>', 'with --partition and one offset: judge this one record again by itself, a dead letter or a segment')
    .option('-t, --topology <file>', 'derive by this topology: another one than the recorded verdicts name is a what-if', TOPOLOGY)
    .option('-m, --model <name=card>', 'what if this model of the topology were another; may be repeated', modelChoice)
    .option('--tolerance <p>', 'how far scores may be apart within the tolerance; nothing but scores may differ', probability, 0.001)
    .option('-o, --out <file>', 'write every result, one JSON record a line')
    .option('-r, --report <file>', 'write the comparison as an HTML page that needs nothing else')
    .option('--keep <folder>', 'keep what was read from topics or files as an archive')
    .option('-w, --workers <n>', 'worker processes; the verdicts do not depend on it', wholeNumber)
    .option('--json', 'print the summary as JSON')
    .option('-q, --quiet', 'show no progress')
    .addHelpText(
      'after',
      `
Examples:
  framewitness replay case-17                                             # an archive
  framewitness replay interview.mp4 --verdicts verdicts.jsonl             # the files of a scan
  framewitness replay --topology job.yaml --stream studio-2               # from Kafka
  framewitness replay case-17 --topology stricter.yaml --media-time 1:00..2:00
  framewitness replay --topic TOPIC --partition P --offsets O             # one record, as dead letters name it

A verdict depends on what came before it in its stream, so a stream is derived from its first segment, and the range asked for is
compared. Where the beginning is not at hand, or a segment is not the one that was judged, a verdict that comes out otherwise is
called not comparable, with the reason, and never different. Topics are read in a group of its own that is deleted afterwards.
Ends with 5 when a verdict came out differently, with 3 when some could not be compared, with 4 when none could.`,
    )
    .action(async (sources: string[], options: ReplayOptions) => {
      finish(await replay(sources, options));
    });
}

async function replay(sources: readonly string[], options: ReplayOptions): Promise<number> {
  const progress = createProgress(process.stderr, options.quiet === true);
  const note = (line: string): void => {
    if (options.quiet !== true) progress.note(line);
  };
  const loaded = withModels(loadTopologyWithNotes(options.topology, note), options.model ?? []);
  if (options.topic !== undefined) return replayRecord(options.topic, options, loaded);
  if (options.offsets !== undefined && options.partition === undefined) throw new FramewitnessError('FW_USAGE', '--offsets needs --partition: each partition counts its own offsets');
  const scratch = await mkdtemp(join(tmpdir(), 'framewitness-replay-'));
  const controller = new AbortController();
  const stop = new Subject<void>();
  const interrupted = onInterrupt(() => {
    note('interrupted: finishing the segments under way (press Ctrl-C again to end at once)');
    controller.abort();
    stop.next();
  });
  try {
    const { folder, verdicts } = await sourceOf(sources, options, loaded, { scratch, note, signal: controller.signal });
    const summary = await compare(folder, verdicts, options, loaded, { progress, stop });
    await tell(summary, options, loaded);
    return interrupted.happened() ? EXIT.interrupted : exitCodeOf(summary);
  } catch (error) {
    if (error instanceof FramewitnessError && error.code === 'FW_INTERRUPTED') return EXIT.interrupted;
    throw error;
  } finally {
    interrupted.stopListening();
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Surroundings {
  readonly scratch: string;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** An archive to read, and the verdicts to compare with: what was named, or a copy made for the purpose. */
async function sourceOf(sources: readonly string[], options: ReplayOptions, loaded: LoadedTopology, { scratch, note, signal }: Surroundings): Promise<{ readonly folder: string; readonly verdicts: string }> {
  const copy = options.keep ?? join(scratch, 'archive');
  const [first] = sources;
  if (first === undefined) {
    // From the beginning of the streams, whatever range is asked for: verdicts depend on what came before.
    await copyTopic({ loaded, selection: { ...(options.stream === undefined ? {} : { stream: options.stream }), ...(options.partition === undefined ? {} : { partition: options.partition }) }, folder: copy, note, signal });
    return { folder: copy, verdicts: options.verdicts ?? (await openArchive(copy)).verdicts };
  }
  if (await isArchive(first)) {
    if (sources.length > 1) throw new FramewitnessError('FW_USAGE', 'one archive at a time');
    return { folder: first, verdicts: options.verdicts ?? (await openArchive(first)).verdicts };
  }
  if (options.verdicts === undefined) throw new FramewitnessError('FW_USAGE', `${first} is no archive; for files, name the verdicts of their scan with --verdicts`);
  await fromFiles(sources, { out: copy, verdicts: options.verdicts }, loaded, note, true);
  return { folder: copy, verdicts: (await openArchive(copy)).verdicts };
}

function rangeOf({ stream, segments, mediaTime, partition, offsets, since, until }: ReplayOptions): ReplayRange {
  return {
    ...(stream === undefined ? {} : { streams: new Set(stream) }),
    ...(segments === undefined ? {} : { sequence: segments }),
    ...(mediaTime === undefined ? {} : { mediaMicros: mediaTime }),
    ...(partition === undefined ? {} : { partition }),
    ...(offsets === undefined ? {} : { offset: offsets }),
    ...(since === undefined && until === undefined ? {} : { recordMillis: { from: since ?? -Infinity, to: until === undefined ? Infinity : until - 1 } }),
  };
}

async function compare(folder: string, verdicts: string, options: ReplayOptions, loaded: LoadedTopology, { progress, stop }: { readonly progress: ReturnType<typeof createProgress>; readonly stop: Subject<void> }): Promise<ReplaySummary> {
  const archive = await openArchive(folder);
  const recorded = await openRecorded(verdicts, (error) => {
    progress.note(errorLine(error));
  });
  const summary = createReplaySummary();
  const writer = options.out === undefined ? undefined : await openResultWriter(options.out);
  try {
    const pipeline = await openPipeline(loaded, { signer: null, ...(options.workers === undefined ? {} : { workers: Math.max(1, options.workers) }) });
    try {
      await replayArchive({
        archive,
        recorded,
        range: rangeOf(options),
        tolerance: options.tolerance,
        pipeline,
        stop,
        onResult: async (result) => {
          summary.add(result);
          await writer?.write(result);
        },
        onBegin: (stream, index, streams, segments) => {
          progress.begin(stream, index, streams, segments);
        },
        onSegment: (ptsMicros, verdict) => {
          progress.advance(1, ptsMicros, coloured(verdict));
        },
        onEnd: () => {
          progress.end('derived');
        },
      });
    } finally {
      await pipeline.close();
    }
  } finally {
    await writer?.close();
    await recorded.close();
  }
  return summary.summary();
}

async function tell(summary: ReplaySummary, options: ReplayOptions, loaded: LoadedTopology): Promise<void> {
  if (options.report !== undefined) await writeReplayReport(options.report, summary, { tolerance: options.tolerance, topology: loaded.digest });
  if (options.json === true) process.stdout.write(`${JSON.stringify({ topology: loaded.digest, tolerance: options.tolerance, ...summary })}\n`);
  else process.stdout.write(replayText(summary));
  if (options.report !== undefined && options.json !== true) process.stdout.write(`report: ${resolve(options.report)}\n`);
}

function exitCodeOf({ verdicts, counts }: ReplaySummary): number {
  if (counts.different > 0) return EXIT.mismatch;
  if (counts['not-comparable'] === verdicts) return EXIT.allFailed;
  return counts['not-comparable'] > 0 ? EXIT.someFailed : EXIT.ok;
}
