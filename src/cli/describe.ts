/** `framewitness describe`: the way of the data through a topology, as text or as a Mermaid diagram. */
import { Command, Option } from 'commander';
import { describeTopology } from '../topology/describe.js';
import { EXIT } from './exit-codes.js';
import { TOPOLOGY, loadTopologyWithNotes } from './topology-option.js';

/** The command; `finish` gets the exit code. */
export function describeCommand(finish: (code: number) => void): Command {
  return new Command('describe')
    .description('Show the way of the data through the topology: stages, settings, models.')
    .argument('[TOPOLOGY]', 'the topology file', TOPOLOGY)
    .addOption(new Option('-f, --format <format>', 'how to show it').choices(['text', 'mermaid']).default('text'))
    .action((path: string, { format }: { format: 'text' | 'mermaid' }) => {
      const { topology } = loadTopologyWithNotes(path, (line) => process.stderr.write(`${line}\n`));
      process.stdout.write(`${describeTopology(topology, format).trimEnd()}\n`);
      finish(EXIT.ok);
    });
}
