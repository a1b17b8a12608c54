/** `framewitness ingest`: feeds and files into the topic of segments. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FramewitnessError } from '../domain/errors.js';
import { ingest, type IngestOutcome } from '../topology/build/ingest.js';
import { IngestHealth } from '../topology/build/ingest-metering.js';
import { loadFeeds, parseFeeds } from '../topology/feeds/load.js';
import { readTopologyText } from '../topology/load.js';
import { EXIT } from './exit-codes.js';
import { ingestRequest, type SourceOptions } from './ingest-sources.js';
import { onInterrupt } from './interrupt.js';
import { streamLogger } from './job-log.js';
import { startTelemetry, telemetryOptions, type TelemetryOptions } from './telemetry.js';
import { errorLine, printable } from './text.js';
import { TOPOLOGY, loadTopologyWithNotes, problemLine } from './topology-option.js';

interface IngestOptions extends SourceOptions, TelemetryOptions {
  readonly topology: string;
  readonly feeds?: string;
  readonly lint?: true;
  readonly json?: true;
  readonly logFormat: 'text' | 'json';
  readonly quiet?: true;
}

/** After a stop, how long what is under way may take to be published before it is given up. */
const STOP_GRACE_MILLIS = 15_000;

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0.');
  return value;
}

function bytes(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number, 1 or more.');
  return value;
}

/** The command; `finish` gets the exit code. */
export function ingestCommand(finish: (code: number) => void): Command {
  const command = new Command('ingest')
    .description('Publish feeds and files: cuts them at keyframes, without re-encoding, into segments on the topic that framewitness run reads.')
    .argument('[SOURCE...]', 'video files, folders, patterns in quotes; addresses of live feeds: rtmp, rtsp, srt, udp, rtp, http(s) for HLS')
    .option('-t, --topology <file>', 'the topology, with transport.kafka', TOPOLOGY)
    .option('-f, --feeds <file>', 'a file of feeds (docs/reference/feeds.md); each goes on whatever becomes of the others')
    .option('--lint', 'only check the file of feeds: every mistake at once')
    .option('-s, --stream <id>', 'stream id, with one source (default: the path or the address, without its secrets)')
    .option('--watch', 'go on looking for new files in the folder; one that is still growing is waited for')
    .option('--end-of-stream', 'close the stream after the last segment of a file or of a finished playlist')
    .option('--listen', 'wait for the feed to be sent to the address (rtmp, rtsp, srt) instead of fetching it')
    .option('--target-seconds <n>', 'live feeds: a segment ends before the first keyframe at which it is so long (default: 2)', seconds)
    .option('--max-seconds <n>', 'live feeds: longest segment where no keyframe comes (default: 20)', seconds)
    .option('--max-bytes <n>', 'live feeds: the same in bytes (default: 32 MiB)', bytes)
    .option('--claim-store <place>', 'a folder or s3://bucket/prefix for segments that do not fit a record; their records carry claim checks')
    .option('--json', 'print the outcome as JSON on standard output')
    .addOption(new Option('--log-format <format>', 'form of the lines on standard error').choices(['text', 'json']).default('text'))
    .option('-q, --quiet', 'show only warnings and errors')
    .addHelpText(
      'after',
      `
Examples:
  framewitness ingest interview.mp4 --end-of-stream
  framewitness ingest uploads/ --watch --end-of-stream
  framewitness ingest rtsp://camera.example.org/live --stream camera-1
  framewitness ingest 'srt://0.0.0.0:9000' --listen --stream studio
  framewitness ingest --feeds feeds.yaml

Numbering goes on where the topic has got to, so a restart, and a file that is named again, publish nothing twice.
Ctrl-C publishes what was begun and ends; a second Ctrl-C ends at once.`,
    )
    .action(async (sources: string[], options: IngestOptions) => {
      finish(options.lint === true ? lint(options.feeds) : await publish(sources, options));
    });
  for (const option of telemetryOptions()) command.addOption(option);
  return command;
}

function lint(path: string | undefined): number {
  if (path === undefined) {
    process.stderr.write('error FW_USAGE: --lint needs --feeds\n');
    return EXIT.usage;
  }
  const { problems } = parseFeeds(readTopologyText(path), path);
  for (const problem of problems) process.stdout.write(`${problemLine(problem)}\n`);
  process.stdout.write(problems.length === 0 ? `${path}: no mistakes\n` : `${path}: ${problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`}\n`);
  return problems.length === 0 ? EXIT.ok : EXIT.usage;
}

async function publish(sources: readonly string[], options: IngestOptions): Promise<number> {
  const stop = new AbortController();
  const abort = new AbortController();
  const logger = streamLogger(process.stderr, options.quiet === true ? 'warn' : 'info', options.logFormat === 'json');
  const health = new IngestHealth();
  const loaded = loadTopologyWithNotes(options.topology, (line) => process.stderr.write(`${line}\n`));
  const feeds = options.feeds === undefined ? undefined : loadFeeds(options.feeds);
  const missing: FramewitnessError[] = [];
  const request = await ingestRequest(sources, options, feeds, stop.signal, (error) => {
    missing.push(error);
    process.stderr.write(`${errorLine(error)}\n`);
  });
  let grace: NodeJS.Timeout | undefined;
  const interrupted = onInterrupt(() => {
    process.stderr.write('interrupted: publishing what was begun (press Ctrl-C again to end at once)\n');
    health.stopping();
    stop.abort();
    grace = setTimeout(() => {
      abort.abort();
    }, STOP_GRACE_MILLIS);
  });
  const telemetry = await startTelemetry('ingest', loaded, options, health, logger);
  try {
    const outcome = await ingest(loaded, request, {
      health,
      logger,
      stop: stop.signal,
      abort: abort.signal,
      onSegment: ({ stream, sequence, media, ptsStartMicros }) => {
        logger.info('published', { stream, sequence, bytes: media.length, ptsStartMicros });
      },
    });
    show(outcome, missing, options.json === true);
    return exitCodeOf(outcome, missing.length);
  } finally {
    clearTimeout(grace);
    interrupted.stopListening();
    await telemetry.close();
  }
}

function show({ feeds, files }: IngestOutcome, missing: readonly FramewitnessError[], json: boolean): void {
  const told = ({ error, ...rest }: { readonly error?: FramewitnessError }): object => (error === undefined ? rest : { ...rest, error: { code: error.code, message: error.message } });
  if (json) {
    process.stdout.write(`${JSON.stringify({ feeds: feeds.map(told), files: [...files.map(told), ...missing.map((error) => ({ input: error.location.input, error: { code: error.code, message: error.message } }))] })}\n`);
    return;
  }
  for (const { stream, segments, connections, framesLost, microsLost, error } of feeds) {
    process.stdout.write(`${printable(stream)}: ${segments} segments over ${connections} connections; lost ${framesLost} frames, ${(microsLost / 1e6).toFixed(1)} s\n`);
    if (error !== undefined) process.stderr.write(`${errorLine(error)}\n`);
  }
  for (const { stream, segments, alreadyThere, error } of files) {
    process.stdout.write(`${printable(stream)}: ${segments} segments${alreadyThere > 0 ? `, and ${alreadyThere} that were there` : ''}\n`);
    if (error !== undefined) process.stderr.write(`${errorLine(error)}\n`);
  }
}

function exitCodeOf({ feeds, files }: IngestOutcome, missing: number): number {
  const errors = [...feeds, ...files].flatMap(({ error }) => error ?? []);
  const failed = errors.length + missing;
  if (failed === 0) return EXIT.ok;
  if (errors.some(({ code }) => code === 'FW_INTERRUPTED')) return EXIT.interrupted;
  return failed === feeds.length + files.length + missing ? EXIT.allFailed : EXIT.someFailed;
}
