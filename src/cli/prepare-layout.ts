/** `framewitness prepare LAYOUT`: a published data set, as its download lays it out, into a manifest. */
import { dirname, join, relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { MANIFEST_SCHEMA, splitLeaks, writeManifest } from '../training/manifest.js';
import type { Layout, LayoutOptions } from '../training/prepare/layouts/layout.js';
import { readLayout } from '../training/prepare/layouts/read-layout.js';
import { EXIT } from './exit-codes.js';
import { countsText, manifestCounts } from './prepare-summary.js';
import { printable } from './text.js';

/** Names that are shown of a longer list. */
const MOST_SHOWN = 5;

/** The command of one layout; `finish` gets the exit code. */
export function prepareLayoutCommand(layout: Layout, finish: (code: number) => void): Command {
  return new Command(layout.name)
    .description(`${layout.about}.`)
    .argument('<FOLDER>', 'the folder of the data set')
    .requiredOption('--out <FOLDER>', 'where manifest.jsonl goes')
    .addOption(new Option('--pair <WHICH>', 'what pair names: the real one of a fake, or the less compressed one of a c40').choices(['real', 'compression']).default('real'))
    .option('--json', 'print the counts as JSON')
    .action(async (folder: string, { out, pair, json }: { readonly out: string; readonly pair: LayoutOptions['pair']; readonly json?: true }) => {
      const { items, unknown, notes } = await readLayout(layout, resolve(folder), { pair });
      const path = join(out, 'manifest.jsonl');
      await writeManifest(path, { header: { schema: MANIFEST_SCHEMA, root: relative(dirname(resolve(path)), resolve(folder)) || '.', dataset: items[0]?.dataset ?? layout.name }, items });
      const counts = manifestCounts(items);
      const leaks = splitLeaks(items);
      if (json === true) process.stdout.write(`${JSON.stringify({ manifest: path, ...counts, unknown: unknown.length, leaks: leaks.length, notes })}\n`);
      else process.stdout.write(`${printable(path)}: ${countsText(counts)}`);
      for (const note of notes) process.stderr.write(`note: ${printable(note, 400)}\n`);
      for (const { kind, name, splits } of leaks.slice(0, MOST_SHOWN)) process.stderr.write(`note: the ${kind} ${printable(name)} is in ${splits.join(' and ')}\n`);
      if (leaks.length > MOST_SHOWN) process.stderr.write(`note: ${leaks.length - MOST_SHOWN} more people or sources are in more than one split\n`);
      if (unknown.length > 0) process.stderr.write(`note: ${unknown.length} files are not known in this layout and were left out: ${unknown.slice(0, MOST_SHOWN).map((name) => printable(name)).join(', ')}${unknown.length > MOST_SHOWN ? ', …' : ''}\n`);
      finish(EXIT.ok);
    });
}
