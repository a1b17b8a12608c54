/** `framewitness augment make`: fills a cache folder with batches ahead of training. */
import { access } from 'node:fs/promises';
import { Command } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { batchPath } from '../training/augmentation/source.js';
import { examplesOfFlags, wholeFrom, withExampleFlags, type ExampleFlags } from './augment-flags.js';
import { openShown } from './augment-progress.js';
import { EXIT } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { createItemProgress } from './item-progress.js';
import { printable } from './text.js';

interface MakeFlags extends ExampleFlags {
  readonly out?: string;
  readonly first: number;
  readonly batches?: number;
  readonly quiet?: true;
  readonly json?: true;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** `augment make`; `finish` gets the exit code. */
export function augmentMakeCommand(finish: (code: number) => void): Command {
  const command = new Command('make').description(
    'Make batches of examples ahead of training and keep them, one file a batch. What is there already is not made again, so an\n' +
      'interrupted run goes on where it was; training reads the folder and makes what is missing.',
  );
  return withExampleFlags(command)
    .option('--out <FOLDER>', 'where the batches are kept; default: cacheFolder of the configuration')
    .option('--batches <NUMBER>', 'how many; default: distinct of the configuration', wholeFrom(1, 1_000_000))
    .option('--first <NUMBER>', 'index of the first', wholeFrom(0, 1_000_000), 0)
    .option('--quiet', 'show no progress')
    .option('--json', 'print what was made as JSON')
    .addHelpText('after', '\nExample:\n  framewitness augment make --config training/default-frames.yaml --batches 600')
    .action(async ({ out, first, batches, quiet, json, ...flags }: MakeFlags) => {
      const named = examplesOfFlags(flags);
      const folder = out ?? named.cacheFolder;
      const count = batches ?? named.distinct;
      if (folder === undefined) throw new FramewitnessError('FW_USAGE', 'say with --out where the batches are kept');
      if (count === undefined) throw new FramewitnessError('FW_USAGE', 'say with --batches how many are made');
      const source = await openShown({ ...named, cacheFolder: folder, ahead: 0 }, quiet === true);
      const progress = createItemProgress(process.stderr, count, 'batches', quiet === true);
      let [next, made, pending] = [first, 0, true];
      const interrupt = onInterrupt(() => {
        pending = false;
        progress.note('ends after the batches that are being made');
      });
      try {
        const lane = async (): Promise<void> => {
          while (pending && next < first + count) {
            const index = next++;
            // The first is read in any case: it tells whether the folder belongs to these options.
            const known = index !== first && (await isThere(batchPath(folder, index)));
            if (!known) {
              await source.batch(index);
              made++;
            }
            progress.advance('');
          }
        };
        await Promise.all(Array.from({ length: Math.max(1, named.workers) }, lane));
      } finally {
        interrupt.stopListening();
        progress.end();
        await source.close();
      }
      const done = next - first;
      if (json === true) process.stdout.write(`${JSON.stringify({ folder, first, batches: done, made, examples: done * named.batchSize })}\n`);
      else process.stdout.write(`${printable(folder)}: ${done} batches, ${done * named.batchSize} examples\n`);
      finish(interrupt.happened() ? EXIT.interrupted : EXIT.ok);
    });
}
