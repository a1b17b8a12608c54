/** `framewitness augment export`: examples as pictures or videos with a manifest. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { exportExample } from '../training/augmentation/export.js';
import { recipeOptions } from '../training/augmentation/options.js';
import { MANIFEST_SCHEMA, writeManifest, type ManifestItem } from '../training/manifest.js';
import { examplesOfFlags, wholeFrom, withExampleFlags, type ExampleFlags } from './augment-flags.js';
import { openShown } from './augment-progress.js';
import { EXIT } from './exit-codes.js';
import { onInterrupt } from './interrupt.js';
import { createItemProgress } from './item-progress.js';
import { printable } from './text.js';

interface ExportFlags extends ExampleFlags {
  readonly out: string;
  readonly batches: number;
  readonly fps: number;
  readonly quiet?: true;
  readonly json?: true;
}

/** `augment export`; `finish` gets the exit code. */
export function augmentExportCommand(finish: (code: number) => void): Command {
  const command = new Command('export').description(
    'Write examples as files, pictures or lossless videos of the crops, with a manifest that says which are forged and where the face\n' +
      'is: a labelled set for evaluate and calibrate (--boxes), made of faces that no training saw.',
  );
  return withExampleFlags(command)
    .requiredOption('--out <FOLDER>', 'where the files go, and manifest.jsonl')
    .option('--batches <NUMBER>', 'how many batches', wholeFrom(1, 100_000), 4)
    .option('--fps <NUMBER>', 'frames per second of clips: the sampling rate of the topology, so that every face is looked at', wholeFrom(1, 240), 8)
    .option('--quiet', 'show no progress')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', '\nExample:\n  framewitness augment export --config training/default-clips.yaml --part val --batches 8 --out held-out\n  framewitness calibrate --manifest held-out/manifest.jsonl --boxes')
    .action(async ({ out, batches, fps, quiet, json, ...flags }: ExportFlags) => {
      const options = examplesOfFlags(flags);
      const folder = resolve(out);
      await Promise.all(['real', 'fake'].map((name) => mkdir(join(folder, name), { recursive: true })));
      const source = await openShown(options, quiet === true);
      const { cropScale } = recipeOptions(options.recipe, options.options);
      const progress = createItemProgress(process.stderr, batches, 'batches', quiet === true);
      const interrupt = onInterrupt(() => {
        progress.note('ends after this batch');
      });
      const items: ManifestItem[] = [];
      try {
        for (let batch = 0; batch < batches && !interrupt.happened(); batch++) {
          for (const [index, example] of (await source.batch(batch)).entries()) {
            const name = `${String(batch).padStart(5, '0')}-${String(example.pair ?? index).padStart(4, '0')}${example.pair === undefined ? '' : `-${index}`}`;
            items.push(await exportExample(example, name, { folder, cropScale, framesPerSecond: fps, ...(options.split === undefined ? {} : { split: options.split }) }));
          }
          progress.advance('');
        }
        await writeManifest(join(folder, 'manifest.jsonl'), { header: { schema: MANIFEST_SCHEMA, root: '.', command: `framewitness augment export --batches ${batches}`, dataset: `${options.recipe} examples` }, items });
      } catch (error) {
        throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: folder });
      } finally {
        interrupt.stopListening();
        progress.end();
        await source.close();
      }
      const forged = items.filter(({ label }) => label === 'fake').length;
      if (json === true) process.stdout.write(`${JSON.stringify({ manifest: join(folder, 'manifest.jsonl'), real: items.length - forged, forged })}\n`);
      else process.stdout.write(`${printable(join(out, 'manifest.jsonl'))}: ${items.length - forged} real and ${forged} forged\n`);
      finish(interrupt.happened() ? EXIT.interrupted : EXIT.ok);
    });
}
