/** The command line: one file a command. */
import { Command, CommanderError } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { archiveCommand } from './archive.js';
import { augmentCommand } from './augment.js';
import { calibrateCommand } from './calibrate.js';
import { describeCommand } from './describe.js';
import { evaluateCommand } from './evaluate.js';
import { EXIT, EXIT_HELP } from './exit-codes.js';
import { ingestCommand } from './ingest.js';
import { keysCommand } from './keys.js';
import { lintCommand } from './lint.js';
import { modelsCommand } from './models.js';
import { prepareCommand } from './prepare.js';
import { replayCommand } from './replay.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { scanCommand } from './scan.js';
import { errorLine } from './text.js';
import { topicsCommand } from './topics.js';
import { trainCommand } from './train.js';
import { verifyCommand } from './verify.js';
import { SOFTWARE } from '../topology/build/software.js';

/** A command and all commands below it. */
function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)];
}

function usageError(text: string, write: (text: string) => void): void {
  const detail = text.replace(/^error: /, '').trim();
  // What follows an error is the hint that the help is one option away; the error line says that already.
  if (!detail.startsWith('(see ')) write(`${errorLine(new FramewitnessError('FW_USAGE', detail))}\n`);
}

/** The whole command line; `finish` gets the exit code of the command that ran. */
export function commandLine(finish: (code: number) => void): Command {
  const program = new Command('framewitness')
    .description(
      'Says, for every segment of every video, whether the faces in it are forged, and shows how it came to say so.\n' +
        'What it says is evidence, not proof: read the limits in the report and in the model cards.',
    )
    .version(SOFTWARE.version)
    .addHelpText('after', `\n${EXIT_HELP}\n\nStart with: framewitness scan VIDEO`);
  for (const command of [scanCommand, runCommand, topicsCommand, ingestCommand, reportCommand, lintCommand, describeCommand, modelsCommand, prepareCommand, trainCommand, archiveCommand, replayCommand, keysCommand, verifyCommand, evaluateCommand, calibrateCommand, augmentCommand]) program.addCommand(command(finish));
  for (const command of family(program)) command.exitOverride().configureOutput({ outputError: usageError });
  return program;
}

/** Lets a command finish its work though nobody reads what it prints any more (`scan … | head`): its results go to files. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/**
 * Runs the command line.
 * @param argv - as `process.argv`
 * @returns the exit code (see {@link EXIT})
 */
export async function main(argv: readonly string[]): Promise<number> {
  outliveReaders();
  let exitCode: number = EXIT.ok;
  const program = commandLine((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const known = FramewitnessError.from(error, 'FW_INTERNAL');
    process.stderr.write(`${errorLine(known)}\n`);
    if (known.code === 'FW_INTERNAL' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    return known.code === 'FW_INTERNAL' ? EXIT.internal : EXIT.usage;
  }
}
