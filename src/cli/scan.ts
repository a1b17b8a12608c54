/** `framewitness scan`: files in, verdicts and a report out. */
import { Command, InvalidArgumentError } from 'commander';
import { Subject, lastValueFrom } from 'rxjs';
import { FramewitnessError } from '../domain/errors.js';
import type { VerdictLabel } from '../domain/verdict.js';
import { openPipeline } from '../topology/build/open.js';
import type { PipelineEvent } from '../topology/build/pipeline.js';
import { openVerdictWriter } from '../verdicts/jsonl.js';
import { EXIT } from './exit-codes.js';
import { resolveInputs } from './inputs.js';
import { createProgress, coloured, type Progress } from './progress.js';
import { writeReport } from './report-file.js';
import { onInterrupt } from './interrupt.js';
import { summaryTable } from './table.js';
import { errorLine } from './text.js';
import { SAMPLE, TOPOLOGY, loadTopologyWithNotes } from './topology-option.js';

interface ScanOptions {
  readonly out: string;
  readonly report: string | false;
  readonly topology: string;
  readonly workers?: number;
  readonly json?: true;
  readonly quiet?: true;
  readonly failOnForged?: true;
}

/** How the inputs fared. */
interface Tally {
  readonly inputs: { readonly input: string; segments: number; worst: VerdictLabel | null; readonly errors: FramewitnessError[] }[];
  forged: number;
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number, 1 or more.');
  return value;
}

/** The command; `finish` gets the exit code. */
export function scanCommand(finish: (code: number) => void): Command {
  return new Command('scan')
    .description('Judge videos: says for every segment and every face track whether it is forged, and writes verdicts.jsonl and report.html.')
    .argument('[FILE...]', 'video files, folders (searched for video files), patterns in quotes, or - for standard input; without any, the sample that comes with framewitness')
    .option('-o, --out <file>', 'where the verdicts go, one JSON record a line; replaced if it exists', 'verdicts.jsonl')
    .option('-r, --report <file>', 'where the report goes: one HTML page that needs nothing else', 'report.html')
    .option('--no-report', 'write no report')
    .option('-t, --topology <file>', 'the topology to run', TOPOLOGY)
    .option('-w, --workers <n>', 'worker processes (default: as the topology says, one a core); the verdicts do not depend on it', positiveInteger)
    .option('--json', 'print a summary as JSON on standard output instead of a table')
    .option('-q, --quiet', 'show no progress')
    .option('--fail-on-forged', 'exit with 10 when a segment is judged forged')
    .addHelpText(
      'after',
      `
Examples:
  framewitness scan interview.mp4
  framewitness scan uploads/ 'archive/**/*.mkv' --out verdicts.jsonl --report report.html
  curl -s https://example.org/clip.ts | framewitness scan - --json

Any container and codec that libav reads will do. Ctrl-C finishes the segments under way and keeps what was written;
a second Ctrl-C ends at once.`,
    )
    .action(async (files: string[], options: ScanOptions) => {
      finish(await scan(files.length > 0 ? files : [SAMPLE], options));
    });
}

async function scan(names: readonly string[], options: ScanOptions): Promise<number> {
  const progress = createProgress(process.stderr, options.quiet === true);
  const loaded = loadTopologyWithNotes(options.topology, progress.note);
  const inputs = await resolveInputs(names);
  const writer = await openVerdictWriter(options.out);
  const tally: Tally = { inputs: inputs.map(({ path }) => ({ input: path, segments: 0, worst: null, errors: [] })), forged: 0 };
  const stop = new Subject<void>();
  const interrupted = onInterrupt(() => {
    progress.note('interrupted: finishing the segments under way (press Ctrl-C again to end at once)');
    stop.next();
  });
  const pipeline = await openPipeline(loaded, options.workers === undefined ? {} : { workers: options.workers });
  try {
    const show = follow(tally, progress);
    const events = pipeline.judgeFiles(
      inputs,
      async (event) => {
        if (event.kind === 'verdict') await writer.write(event.verdict);
        show(event);
      },
      stop,
    );
    await lastValueFrom(events, { defaultValue: undefined });
  } finally {
    interrupted.stopListening();
    await writer.close();
    await pipeline.close();
  }
  const errors = tally.inputs.flatMap(({ errors: own }) => own);
  if (options.report !== false) await writeReport({ verdicts: options.out, report: options.report, cards: pipeline.cards, errors });
  await summarise(options, tally);
  return exitCodeOf(tally, options, interrupted.happened());
}

/** Keeps the tally and the progress up to date. */
function follow(tally: Tally, progress: Progress): (event: PipelineEvent) => void {
  let current: Tally['inputs'][number] | undefined;
  return (event) => {
    if (event.kind === 'begin') {
      current = tally.inputs[event.index];
      progress.begin(event.input, event.index, tally.inputs.length, event.bytes);
    } else if (event.kind === 'verdict') {
      const { finding, provenance } = event.verdict;
      if (finding.verdict === 'forged') tally.forged++;
      if (current) {
        current.segments++;
        current.worst = worse(current.worst, finding.verdict);
      }
      progress.advance(provenance.segmentBytes, finding.endMicros, coloured(finding.verdict));
    } else {
      if (event.error) current?.errors.push(event.error);
      progress.end(current ? endLine(current) : '');
      if (event.error) progress.note(errorLine(event.error));
    }
  };
}

const ORDER: readonly (VerdictLabel | null)[] = [null, 'inconclusive', 'authentic', 'forged'];

function worse(a: VerdictLabel | null, b: VerdictLabel): VerdictLabel {
  return ORDER.indexOf(a) > ORDER.indexOf(b) && a !== null ? a : b;
}

function endLine({ segments, worst, errors }: Tally['inputs'][number]): string {
  const outcome = worst === null ? 'nothing judged' : `${segments} ${segments === 1 ? 'segment' : 'segments'}, ${coloured(worst)}`;
  return errors.length > 0 ? `${outcome}, ended by an error` : outcome;
}

async function summarise(options: ScanOptions, tally: Tally): Promise<void> {
  const files = { verdicts: options.out, report: options.report === false ? null : options.report };
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...files, inputs: tally.inputs.map(({ errors, ...input }) => ({ ...input, errors: errors.map((error) => error.serialise()) })), segmentsForged: tally.forged })}\n`);
    return;
  }
  process.stdout.write(`${await summaryTable(options.out)}\n`);
  process.stdout.write(`verdicts: ${files.verdicts}\n${files.report === null ? '' : `report:   ${files.report}\n`}`);
  process.stdout.write('This is evidence, not proof: the report says what the models were trained and measured on.\n');
}

function exitCodeOf(tally: Tally, options: ScanOptions, interrupted: boolean): number {
  if (interrupted) return EXIT.interrupted;
  const failed = tally.inputs.filter(({ errors }) => errors.length > 0);
  if (failed.length === tally.inputs.length && failed.every(({ segments }) => segments === 0)) return EXIT.allFailed;
  if (failed.length > 0) return EXIT.someFailed;
  return options.failOnForged === true && tally.forged > 0 ? EXIT.forged : EXIT.ok;
}
