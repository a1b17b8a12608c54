/** `framewitness models`: the networks that can be named in a topology. */
import { Command } from 'commander';
import { listModels, type ModelSummary } from '../models/load.js';
import { EXIT } from './exit-codes.js';
import { modelsCheckCommand } from './models-check.js';
import { modelsExportCommand } from './models-export.js';
import { modelsImportCommand, modelsTensorsCommand } from './models-import.js';
import { modelsInspectCommand } from './models-inspect.js';
import { modelsQuantiseCommand } from './models-quantise.js';
import { table } from './table.js';
import { WEIGHTS } from './topology-option.js';

/** The command group; `finish` gets the exit code. */
export function modelsCommand(finish: (code: number) => void): Command {
  const list = new Command('list')
    .description('List the models that come with framewitness, or those whose cards lie in a folder.')
    .argument('[FOLDER]', 'a folder with *.card.json files', WEIGHTS)
    .option('--json', 'print the list as JSON')
    .action(async (folder: string, { json }: { json?: true }) => {
      const models = await listModels(folder);
      process.stdout.write(json === true ? `${JSON.stringify(models)}\n` : `${modelTable(models)}\n`);
      finish(EXIT.ok);
    });
  return new Command('models')
    .description('The networks that can be named in a topology.')
    .addCommand(list)
    .addCommand(modelsInspectCommand(finish))
    .addCommand(modelsImportCommand(finish))
    .addCommand(modelsExportCommand(finish))
    .addCommand(modelsTensorsCommand(finish))
    .addCommand(modelsCheckCommand(finish))
    .addCommand(modelsQuantiseCommand(finish));
}

function modelTable(models: readonly ModelSummary[]): string {
  const rows = models.map(({ name, kind, network, parameters, multiplyAdds, digest }) => [
    `builtin:${name}`,
    kind === 'clip' ? 'clips of a track' : 'single faces',
    network,
    `${(parameters / 1e6).toFixed(2)} M`,
    `${(multiplyAdds / 1e9).toFixed(2)} G`,
    `${digest.slice(0, 19)}…`,
  ]);
  const notes = models.map(({ name, description, licence, limits }) => `${name}: ${description}\n  weights: ${licence.weights}\n${limits.map((limit) => `  limit: ${limit}`).join('\n')}`);
  return `${table(['card', 'looks at', 'network', 'parameters', 'multiply-adds', 'digest'], rows)}\n\n${notes.join('\n\n')}`;
}
