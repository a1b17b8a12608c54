/** `framewitness models import` and `models tensors`: published checkpoints. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { importModel, readCheckpointFile } from '../models/import-model.js';
import { findNetwork } from '../models/registry.js';
import { EXIT } from './exit-codes.js';
import { NETWORKS_HELP, shapeFor, sourceOf, withShapeOptions, type NetworkFlags } from './model-argument.js';
import { table } from './table.js';
import { printable } from './text.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

interface ImportFlags extends NetworkFlags {
  readonly network: string;
  readonly out: string;
  readonly name?: string;
  readonly json?: true;
}

function modelName(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError('must be letters, digits, dots, hyphens and underscores, from a letter or digit');
  return text;
}

async function write(folder: string, file: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, file);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path, content);
    return path;
  } catch (error) {
    throw new FramewitnessError('FW_OUTPUT_UNWRITABLE', `${path}: cannot be written`, { cause: error });
  }
}

/** `models import`; `finish` gets the exit code. */
export function modelsImportCommand(finish: (code: number) => void): Command {
  const command = new Command('import')
    .description(
      'Turn a published checkpoint into weights (safetensors) and a draft of a model card that a topology can name.\n' +
        'Reads PyTorch .pth and .pt (zip and legacy), Keras .h5 and safetensors. Pickles are parsed, never executed: what could\n' +
        'run a program is refused by name. Every missing, surplus and misshapen tensor is listed.',
    )
    .argument('<FILE...>', 'the checkpoint; where weights are published in parts, PREFIX=FILE for each (head=a.pth tail=b.pth)')
    .requiredOption('--network <NAME>', 'the network that the weights are for')
    .requiredOption('--out <FOLDER>', 'where NAME.safetensors and NAME.card.json are written')
    .option('--name <NAME>', 'name of the model (default: the network)', modelName);
  return withShapeOptions(command)
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', `\n${NETWORKS_HELP}\n\nThen write down in the card what is known of the training data, the licence and how well it does.`)
    .action(async (files: string[], flags: ImportFlags) => {
      const network = findNetwork(flags.network);
      const name = flags.name ?? network.name;
      const { weights, card, sources } = await importModel(network, files.map(sourceOf), {
        name,
        shape: shapeFor(network, flags),
        ...(flags.entry === undefined ? {} : { entry: flags.entry }),
        ...(flags.range === undefined ? {} : { range: flags.range }),
      });
      const written = {
        card: await write(flags.out, `${name}.card.json`, `${JSON.stringify(card, null, 2)}\n`),
        weights: await write(flags.out, card.weights.file, weights),
      };
      if (flags.json === true) process.stdout.write(`${JSON.stringify({ ...written, sha256: card.weights.sha256, sources: card.importedFrom })}\n`);
      else {
        for (const { path, checkpoint } of sources) process.stdout.write(`read ${printable(path)}: ${checkpoint.format}, ${checkpoint.tensors.size} tensors${checkpoint.entry === '' ? '' : ` under ${checkpoint.entry}`}\n`);
        process.stdout.write(`wrote ${printable(written.weights)} and ${printable(written.card)}: every tensor of ${network.name} fits\n`);
      }
      finish(EXIT.ok);
    });
}

/** `models tensors`; `finish` gets the exit code. */
export function modelsTensorsCommand(finish: (code: number) => void): Command {
  return new Command('tensors')
    .description('List the tensors of a checkpoint (PyTorch, Keras, safetensors), without running anything in it.')
    .argument('<FILE>', 'the checkpoint')
    .option('--entry <KEY>', 'where in the checkpoint the state dict is, if it is not found')
    .option('--json', 'print the list as JSON')
    .action(async (path: string, { entry, json }: { entry?: string; json?: true }) => {
      const { checkpoint, sha256 } = await readCheckpointFile(path, entry);
      const tensors = [...checkpoint.tensors].map(([name, { dims, type }]) => ({ name, shape: dims, type }));
      if (json === true) process.stdout.write(`${JSON.stringify({ format: checkpoint.format, entry: checkpoint.entry, sha256, tensors })}\n`);
      else {
        const rows = tensors.map(({ name, shape, type }) => [printable(name), shape.join(' × '), type]);
        process.stdout.write(`${table(['tensor', 'shape', 'stored as'], rows)}\n${tensors.length} tensors, ${checkpoint.format}${checkpoint.entry === '' ? '' : `, under ${printable(checkpoint.entry)}`}\n`);
      }
      finish(EXIT.ok);
    });
}
