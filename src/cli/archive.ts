/** `framewitness archive`: a part of a topic, or files and their verdicts, as a folder that replay and scan read. */
import { Command } from 'commander';
import { archiveFiles } from '../topology/build/archive.js';
import { createSegmenter } from '../topology/build/segmenter.js';
import type { LoadedTopology } from '../topology/load.js';
import { FramewitnessError } from '../domain/errors.js';
import { openArchiveWriter } from '../transports/archive/writer.js';
import { counted } from '../verdicts/words.js';
import { EXIT } from './exit-codes.js';
import { resolveInputs } from './inputs.js';
import { onInterrupt } from './interrupt.js';
import { instant, wholeNumber, wholeRange } from './ranges.js';
import { printable } from './text.js';
import { copyTopic, type TopicSelection } from './topic-copy.js';
import { TOPOLOGY, loadTopologyWithNotes } from './topology-option.js';

interface ArchiveOptions extends TopicSelection {
  readonly out: string;
  readonly topology: string;
  readonly verdicts?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** The command; `finish` gets the exit code. */
export function archiveCommand(finish: (code: number) => void): Command {
  return new Command('archive')
    .description('Save segments and their recorded verdicts to a folder that replay and scan read: a part of the topics that the topology names, or files that were scanned.')
    .argument('[FILE...]', 'files that were scanned, as they were named then; without any, the topics are read')
    .requiredOption('-o, --out <folder>', 'the archive: a new or empty folder, or one to go on with, for the same topics and the same selection')
    .option('--verdicts <file>', 'with FILE: the verdicts that the scan wrote')
    .option('-s, --stream <id...>', 'these streams alone')
    .option('-p, --partition <n>', 'this partition alone', wholeNumber)
    .option('--offsets <range>', 'with --partition: offsets A..B, both ends included, either left out', wholeRange)
    .option('--since <time>', 'records that the broker took at or after this time, ISO 8601', instant)
    .option('--until <time>', 'records that it took before this time', instant)
    .option('-t, --topology <file>', 'the topology that names brokers and topics, or how files are cut', TOPOLOGY)
    .option('--json', 'print the result as JSON')
    .option('-q, --quiet', 'show no progress')
    .addHelpText(
      'after',
      `
Examples:
  framewitness archive --topology job.yaml --out case-17 --stream studio-2
  framewitness archive --topology job.yaml --out night --since 2026-01-31T22:00:00Z --until 2026-02-01T06:00:00Z
  framewitness archive interview.mp4 --verdicts verdicts.jsonl --out case-18

Reads in a consumer group of its own that is deleted afterwards; the job's group and offsets are not touched. Interrupted, it goes
on where it was when it is started again. An archive that is to be replayed exactly should hold its streams from their first
segment. Layout: docs/reference/archive.md.`,
    )
    .action(async (files: string[], options: ArchiveOptions) => {
      if (files.length > 0 && (options.stream ?? options.partition ?? options.offsets ?? options.since ?? options.until) !== undefined) throw new FramewitnessError('FW_USAGE', '--stream, --partition, --offsets, --since and --until choose records of a topic, and files were named');
      if (options.offsets !== undefined && options.partition === undefined) throw new FramewitnessError('FW_USAGE', '--offsets needs --partition: each partition counts its own offsets');
      const note = (line: string): void => {
        if (options.quiet !== true) process.stderr.write(`${line}\n`);
      };
      const loaded = loadTopologyWithNotes(options.topology, note);
      finish(await (files.length > 0 ? fromFiles(files, options, loaded, note) : fromTopic(options, loaded, note)));
    });
}

function tell({ out, json }: ArchiveOptions, segments: number, verdicts: number): void {
  if (json === true) process.stdout.write(`${JSON.stringify({ archive: out, entries: segments, verdicts })}\n`);
  else process.stdout.write(`archive: ${out}, ${counted(segments, 'entry', 'entries')} and ${counted(verdicts, 'verdict')}\n`);
}

async function fromTopic(options: ArchiveOptions, loaded: LoadedTopology, note: (line: string) => void): Promise<number> {
  const controller = new AbortController();
  const interrupted = onInterrupt(() => {
    note('interrupted: what was saved is kept; start the same command again to go on');
    controller.abort();
  });
  try {
    const { segments, verdicts } = await copyTopic({ loaded, selection: options, folder: options.out, note, signal: controller.signal });
    tell(options, segments, verdicts);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof FramewitnessError && error.code === 'FW_INTERRUPTED') return EXIT.interrupted;
    throw error;
  } finally {
    interrupted.stopListening();
  }
}

/** Cuts files as a scan under the same topology does. */
export async function fromFiles(files: readonly string[], options: Pick<ArchiveOptions, 'out' | 'verdicts' | 'json'>, { topology }: LoadedTopology, note: (line: string) => void, silent = false): Promise<number> {
  const inputs = await resolveInputs(files);
  const cutter = createSegmenter({ targetMicros: Math.round(topology.segments.targetSeconds * 1e6), limits: topology.limits }, topology.stages.decode.timeoutSeconds * 1000);
  try {
    const writer = await openArchiveWriter(options.out, { origin: { kind: 'file' }, selection: {} });
    try {
      await archiveFiles(inputs, options.verdicts, cutter.segmenter, writer, (input) => {
        note(`cutting ${printable(input, 200)}`);
      });
      if (!silent) tell({ ...options, topology: '' }, writer.lines.index, writer.lines.verdicts);
    } finally {
      await writer.close();
    }
  } finally {
    await cutter.close();
  }
  return EXIT.ok;
}
