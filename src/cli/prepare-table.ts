/** `framewitness prepare table`: a table with a row for each picture or video into a manifest. */
import { basename, dirname, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { MANIFEST_SCHEMA, splitLeaks, writeManifest } from '../training/manifest.js';
import { tableItems, type TableColumns } from '../training/prepare/table.js';
import { EXIT } from './exit-codes.js';
import { countsText, manifestCounts } from './prepare-summary.js';
import { printable } from './text.js';

interface TableFlags extends Omit<TableColumns, 'realValues' | 'fakeValues'> {
  readonly root?: string;
  readonly dataset?: string;
  readonly where?: readonly { readonly column: string; readonly value: string }[];
  readonly realValue?: readonly string[];
  readonly fakeValue?: readonly string[];
  readonly out: string;
  readonly json?: true;
}

function boxColumns(text: string): readonly [string, string, string, string] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length !== 4 || names.some((name) => name === '')) throw new InvalidArgumentError('must be four columns, such as x,y,w,h');
  return names as unknown as readonly [string, string, string, string];
}

function condition(text: string, before: readonly { readonly column: string; readonly value: string }[] = []): readonly { readonly column: string; readonly value: string }[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('must be COLUMN=VALUE');
  return [...before, { column: text.slice(0, at), value: text.slice(at + 1) }];
}

/** The command; `finish` gets the exit code. */
export function prepareTableCommand(finish: (code: number) => void): Command {
  return new Command('table')
    .description('Turn a table (CSV, or with semicolons or tabs; the first line names the columns) with a row for each picture or video into a manifest.')
    .argument('<TABLE>', 'the table')
    .requiredOption('--path <COLUMN>', 'where the file is')
    .requiredOption('--label <COLUMN|real|fake>', 'what it is: a column with real or fake, or one of these two words for all rows')
    .option('--root <FOLDER>', 'folder that the paths start at; default: the folder of the table')
    .option('--real-value <VALUE...>', 'values of the label column that mean real, such as 0')
    .option('--fake-value <VALUE...>', 'values of the label column that mean fake, such as 1')
    .option('--split <COLUMN>', 'train, val or test')
    .option('--identity <COLUMN>', 'who is seen')
    .option('--source <COLUMN>', 'what it was made from')
    .option('--group <COLUMN>', 'what is scored together: the video that a picture is from')
    .option('--method <COLUMN>', 'how a fake was made')
    .option('--compression <COLUMN>', 'how it was compressed')
    .option('--box <X,Y,WIDTH,HEIGHT>', 'four columns: where the face is, pixels', boxColumns)
    .option('--where <COLUMN=VALUE>', 'only rows with this value; may be given several times, and then all must hold', condition)
    .option('--dataset <NAME>', 'name of the data set; default: the name of the table')
    .option('--out <FILE>', 'where the manifest goes', 'manifest.jsonl')
    .option('--json', 'print the counts as JSON')
    .addHelpText('after', '\nExample:\n  framewitness prepare table faces.csv --root faces --path file --label real --split split --identity id --box x,y,w,h --out faces.jsonl')
    .action(async (file: string, { root, dataset = basename(file).replace(/\.[^.]*$/, ''), where, realValue, fakeValue, out, json, path, label, split, identity, source, group, method, compression, box }: TableFlags) => {
      const folder = root ?? dirname(file);
      const columns: TableColumns = {
        path,
        label,
        ...(realValue === undefined ? {} : { realValues: realValue }),
        ...(fakeValue === undefined ? {} : { fakeValues: fakeValue }),
        ...(split === undefined ? {} : { split }),
        ...(identity === undefined ? {} : { identity }),
        ...(source === undefined ? {} : { source }),
        ...(group === undefined ? {} : { group }),
        ...(method === undefined ? {} : { method }),
        ...(compression === undefined ? {} : { compression }),
        ...(box === undefined ? {} : { box }),
      };
      const { items, leftOut } = await tableItems({ file, folder: resolve(folder), columns, dataset, ...(where === undefined ? {} : { where }) });
      await writeManifest(out, { header: { schema: MANIFEST_SCHEMA, root: relative(dirname(resolve(out)), resolve(folder)) || '.', dataset }, items });
      const counts = manifestCounts(items);
      const leaks = splitLeaks(items);
      if (json === true) process.stdout.write(`${JSON.stringify({ manifest: out, ...counts, leftOut, leaks: leaks.length })}\n`);
      else process.stdout.write(`${printable(out)}: ${countsText(counts)}${leftOut === 0 ? '' : `  ${leftOut} rows left out by --where\n`}`);
      for (const { kind, name, splits } of leaks.slice(0, 5)) process.stderr.write(`note: the ${kind} ${printable(name)} is in ${splits.join(' and ')}\n`);
      if (leaks.length > 5) process.stderr.write(`note: ${leaks.length - 5} more people or sources are in more than one split\n`);
      finish(EXIT.ok);
    });
}
