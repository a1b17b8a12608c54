/** `framewitness scan`: files in, verdicts and a report out. */
import { Command, InvalidArgumentError } from 'commander';
import { Subject, lastValueFrom } from 'rxjs';
import type { AlertStage } from '../stages/alert.js';
import { openPipeline } from '../topology/build/open.js';
import { openSigner } from '../topology/build/signing.js';
import { openVerdictWriter } from '../verdicts/jsonl.js';
import { inputName, resolveInputs } from './inputs.js';
import { createProgress } from './progress.js';
import { writeReport } from './report-file.js';
import { onInterrupt } from './interrupt.js';
import { summaryTable } from './table.js';
import { createTally, exitCodeOf, follow, summaryOf, type Tally } from './tally.js';
import { SAMPLE, TOPOLOGY, loadTopologyWithNotes } from './topology-option.js';

interface ScanOptions {
  readonly out: string;
  readonly report: string | false;
  readonly topology: string;
  readonly workers?: number;
  readonly json?: true;
  readonly quiet?: true;
  readonly sign?: string;
  readonly failOnForged?: true;
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
    .argument('[FILE...]', 'video files, archives, other folders (searched for video files), patterns in quotes, or - for standard input; without any, the sample that comes with framewitness')
    .option('-o, --out <file>', 'where the verdicts go, one JSON record a line; replaced if it exists', 'verdicts.jsonl')
    .option('-r, --report <file>', 'where the report goes: one HTML page that needs nothing else', 'report.html')
    .option('--no-report', 'write no report')
    .option('-t, --topology <file>', 'the topology to run', TOPOLOGY)
    .option('-w, --workers <n>', 'worker processes (default: as the topology says, one a core); the verdicts do not depend on it', positiveInteger)
    .option('--json', 'print a summary as JSON on standard output instead of a table')
    .option('-q, --quiet', 'show no progress')
    .option('--sign <key>', 'sign the verdicts with this private key: a PEM file, or env:NAME of a variable that holds it; instead of the one that the topology names')
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
  const signer = options.sign === undefined ? undefined : (openSigner(options.sign, process.cwd()) ?? null);
  const inputs = await resolveInputs(names);
  const writer = await openVerdictWriter(options.out);
  const tally = createTally(inputs.map(inputName));
  const stop = new Subject<void>();
  const interrupted = onInterrupt(() => {
    progress.note('interrupted: finishing the segments under way (press Ctrl-C again to end at once)');
    stop.next();
  });
  const pipeline = await openPipeline(loaded, {
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...(signer === undefined ? {} : { signer }),
  });
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
  if (options.report !== false) await writeReport({ verdicts: options.out, report: options.report, cards: pipeline.cards, alerts: pipeline.alerts, errors: tally.inputs.flatMap(({ error }) => error ?? []) });
  await summarise(options, tally, pipeline.alerts);
  return exitCodeOf(tally, { interrupted: interrupted.happened(), failOnForged: options.failOnForged === true });
}

async function summarise(options: ScanOptions, tally: Tally, alerts: AlertStage): Promise<void> {
  const files = { verdicts: options.out, report: options.report === false ? null : options.report };
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...files, ...summaryOf(tally) })}\n`);
    return;
  }
  process.stdout.write(`${await summaryTable(options.out, alerts)}\n`);
  process.stdout.write(`verdicts: ${files.verdicts}\n${files.report === null ? '' : `report:   ${files.report}\n`}`);
  process.stdout.write('This is evidence, not proof: the report says what the models were trained and measured on.\n');
}
