/** `framewitness augment preview`: a contact sheet of examples, as a picture and a page. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { FramewitnessError } from '../domain/errors.js';
import { contactSheet, DIFFERENCE_GAIN, pngOf, sheetEntries, type SheetEntry } from '../training/augmentation/contact-sheet.js';
import type { ExampleOptions } from '../training/examples.js';
import { examplesOfFlags, wholeFrom, withExampleFlags, type ExampleFlags } from './augment-flags.js';
import { openShown } from './augment-progress.js';
import { EXIT } from './exit-codes.js';
import { printable } from './text.js';

interface PreviewFlags extends ExampleFlags {
  readonly out: string;
  readonly count: number;
  readonly columns: number;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function page(entries: readonly SheetEntry[], { recipe, seed, inputSize, clipLength, options }: ExampleOptions, picture: string): string {
  const rows = entries.map(({ real, forged }, i) => `<tr><td>${i + 1}</td><td>${escaped(forged?.method ?? 'none')}</td><td>${escaped((real ?? forged)?.source ?? '')}</td></tr>`);
  const legend = clipLength > 1 ? 'Three rows a clip: real, forged, difference.' : 'Four rows a band: real, forged, mask, difference.';
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(recipe)}: examples</title>
<style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem;background:#111;color:#ddd}img{max-width:100%}td,th{padding:.1rem .8rem .1rem 0;text-align:left}</style>
<h1>${escaped(recipe)}</h1>
<p>Seed ${seed}, ${inputSize} pixels, ${clipLength === 1 ? 'stills' : `clips of ${clipLength} faces`}, options <code>${escaped(JSON.stringify(options ?? {}))}</code>. ${legend} Differences are ${DIFFERENCE_GAIN} times as large as they are.</p>
<p><img alt="contact sheet" src="${escaped(picture)}"></p>
<table><tr><th></th><th>method</th><th>source</th></tr>${rows.join('')}</table>
</html>
`;
}

/** `augment preview`; `finish` gets the exit code. */
export function augmentPreviewCommand(finish: (code: number) => void): Command {
  const command = new Command('preview').description('Draw a contact sheet of examples, to be looked at before anything is trained on them: FILE.png and FILE.html.');
  return withExampleFlags(command)
    .option('--out <FILE>', 'name of the sheet, without its ending', 'augment-preview')
    .option('--count <NUMBER>', 'pairs that are shown', wholeFrom(1, 512), 28)
    .option('--columns <NUMBER>', 'pairs side by side', wholeFrom(1, 64), 14)
    .addHelpText('after', '\nExample:\n  framewitness augment preview --faces faces.jsonl --recipe self-blended --options \'{"kinds":{"synthetic":1}}\'')
    .action(async ({ out, count, columns, ...flags }: PreviewFlags) => {
      const { recipe, faces, split, inputSize, clipLength, seed, options: ofRecipe } = examplesOfFlags(flags);
      const options: ExampleOptions = { recipe, faces, ...(split === undefined ? {} : { split }), inputSize, clipLength, seed, ...(ofRecipe === undefined ? {} : { options: ofRecipe }), batchSize: 2 * count, workers: 0 };
      const source = await openShown(options, false);
      try {
        const entries = sheetEntries(await source.batch(0)).slice(0, count);
        const png = await pngOf(contactSheet(entries, columns));
        await mkdir(dirname(out), { recursive: true });
        await writeFile(`${out}.png`, png);
        await writeFile(`${out}.html`, page(entries, options, `${basename(out)}.png`));
      } catch (error) {
        throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: out });
      } finally {
        await source.close();
      }
      process.stdout.write(`${printable(join(dirname(out), basename(out)))}.png and .html: ${count} pairs\n`);
      finish(EXIT.ok);
    });
}
