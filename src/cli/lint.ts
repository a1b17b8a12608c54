/** `framewitness lint`: every mistake of a topology at once. */
import { Command } from 'commander';
import { lintTopology } from '../topology/lint.js';
import { readTopologyText } from '../topology/load.js';
import { EXIT } from './exit-codes.js';
import { TOPOLOGY, problemLine } from './topology-option.js';

/** The command; `finish` gets the exit code. */
export function lintCommand(finish: (code: number) => void): Command {
  return new Command('lint')
    .description('Check a topology: every mistake at once, with line, column and what to do.')
    .argument('[TOPOLOGY]', 'the topology file', TOPOLOGY)
    .option('--json', 'print the problems as a JSON array')
    .action((path: string, { json }: { json?: true }) => {
      const problems = lintTopology(readTopologyText(path), path);
      const errors = problems.filter(({ severity }) => severity === 'error').length;
      if (json === true) process.stdout.write(`${JSON.stringify(problems)}\n`);
      else {
        for (const problem of problems) process.stdout.write(`${problemLine(problem)}\n`);
        process.stdout.write(errors === 0 ? `${path}: no mistakes\n` : `${path}: ${errors === 1 ? '1 mistake' : `${errors} mistakes`}\n`);
      }
      finish(errors === 0 ? EXIT.ok : EXIT.usage);
    });
}
