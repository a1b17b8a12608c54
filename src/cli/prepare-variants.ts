/** `framewitness prepare variants`: worse copies of what a manifest lists. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { MANIFEST_SCHEMA, readManifest, writeManifest } from '../training/manifest.js';
import { makeVariants } from '../training/prepare/make-variants.js';
import { parseVariant, VARIANT_KINDS, type Variant } from '../training/prepare/variants.js';
import { wholeFrom } from './augment-flags.js';
import { EXIT } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { createItemProgress } from './item-progress.js';
import { printable } from './text.js';

interface VariantFlags {
  readonly out: string;
  readonly variant: readonly Variant[];
  readonly workers: number;
  readonly quiet?: true;
  readonly json?: true;
}

function variantOf(text: string, before: readonly Variant[] = []): readonly Variant[] {
  try {
    return [...before, parseVariant(text)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** The command; `finish` gets the exit code. */
export function prepareVariantsCommand(finish: (code: number) => void): Command {
  return new Command('variants')
    .description('Make worse copies of the videos and pictures of a manifest, and a manifest of the copies, for robustness sweeps. Needs ffmpeg.\nWhat is there already is not made again.')
    .argument('<MANIFEST>', 'a manifest')
    .requiredOption('--out <FOLDER>', 'where the copies and manifest.jsonl go')
    .requiredOption('--variant <KIND:VALUE...>', 'which copies', variantOf)
    .option('--workers <NUMBER>', 'copies that are made side by side', wholeFrom(1, 64), availableParallelism())
    .option('--quiet', 'show no progress')
    .option('--json', 'print the counts as JSON')
    .addHelpText('after', `\nVariants:\n${Object.entries(VARIANT_KINDS).map(([kind, { least, most, about }]) => `  ${kind.padEnd(7)} ${least} to ${most}: ${about}`).join('\n')}\n\nExample:\n  framewitness prepare variants test.jsonl --out worse --variant x264:23 x264:40 jpeg:50 resize:0.5 blur:2 noise:5`)
    .action(async (path: string, flags: VariantFlags) => {
      const manifest = await readManifest(path);
      const total = manifest.items.length * flags.variant.length;
      if (total === 0) throw new FramewitnessError('FW_USAGE', `${path} lists nothing`);
      const progress = createItemProgress(process.stderr, total, 'copies', flags.quiet === true);
      const interrupt = onInterrupt(() => {
        progress.note('interrupted: finishing the copies under way (press Ctrl-C again to end at once)');
      });
      const counts = { made: 0, there: 0, failed: 0 };
      try {
        const { items, complete } = await makeVariants({
          manifest,
          variants: flags.variant,
          out: flags.out,
          workers: flags.workers,
          isStopped: () => interrupt.happened(),
          onItem: (item, variant, outcome) => {
            counts[typeof outcome === 'string' ? outcome : 'failed']++;
            progress.advance(item.path);
            if (typeof outcome !== 'string') progress.note(`${printable(item.path, 200)}: ${variant.name}: ${outcome.code}: ${outcome.message.split('\n')[0] ?? ''}`);
          },
        });
        progress.end();
        const file = join(flags.out, 'manifest.jsonl');
        const { dataset } = manifest.header;
        if (complete) await writeManifest(file, { header: { schema: MANIFEST_SCHEMA, root: '.', ...(dataset === undefined ? {} : { dataset }) }, items });
        if (flags.json === true) process.stdout.write(`${JSON.stringify({ complete, manifest: complete ? file : null, items: items.length, ...counts })}\n`);
        else process.stdout.write(complete ? `${printable(file)}: ${items.length} copies, ${counts.there} of them there before, ${counts.failed} failed\n` : `${items.length} of ${total} copies are there: the same command goes on from there\n`);
        finish(!complete ? EXIT.interrupted : items.length === 0 ? EXIT.allFailed : counts.failed > 0 ? EXIT.someFailed : EXIT.ok);
      } finally {
        interrupt.stopListening();
      }
    });
}
