/** `framewitness report`: the HTML page of a verdict file, built again. */
import { Command } from 'commander';
import { EXIT } from './exit-codes.js';
import { writeReport } from './report-file.js';
import { loadCards } from '../topology/build/adapters.js';
import { alertStage } from '../topology/build/open.js';
import { TOPOLOGY, loadTopologyWithNotes } from './topology-option.js';

/** The command; `finish` gets the exit code. */
export function reportCommand(finish: (code: number) => void): Command {
  return new Command('report')
    .description('Build the HTML report of a verdict file again.')
    .argument('[VERDICTS]', 'a file that scan wrote', 'verdicts.jsonl')
    .option('-o, --out <file>', 'where the report goes', 'report.html')
    .option('-t, --topology <file>', 'the topology that names the model cards and the alert settings', TOPOLOGY)
    .action(async (verdicts: string, { out, topology }: { out: string; topology: string }) => {
      const loaded = loadTopologyWithNotes(topology, (line) => process.stderr.write(`${line}\n`));
      await writeReport({ verdicts, report: out, cards: await loadCards(loaded.topology, loaded.folder), alerts: alertStage(loaded.topology), errors: [] });
      process.stdout.write(`report: ${out}\n`);
      finish(EXIT.ok);
    });
}
