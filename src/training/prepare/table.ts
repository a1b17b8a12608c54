/** A table with a row for each picture or video, as items of a manifest. */
import { readFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { parse } from 'csv-parse/sync';
import { FramewitnessError } from '../../domain/errors.js';
import { mediaKindOf } from '../../media/extensions.js';
import type { ManifestItem } from '../manifest.js';

/** Which column says what. Names of columns, unless said otherwise. */
export interface TableColumns {
  readonly path: string;
  /** A column, or `real` or `fake` for all rows. */
  readonly label: string;
  /** Values of the label column beside `real` and `fake`. */
  readonly realValues?: readonly string[];
  readonly fakeValues?: readonly string[];
  readonly split?: string;
  readonly identity?: string;
  readonly source?: string;
  readonly group?: string;
  readonly method?: string;
  readonly compression?: string;
  readonly box?: readonly [x: string, y: string, width: string, height: string];
}

/** What is read, and how. */
export interface TableRequest {
  readonly file: string;
  /** Folder that the path column starts at. */
  readonly folder: string;
  readonly columns: TableColumns;
  readonly dataset: string;
  /** Only rows with these values. */
  readonly where?: readonly { readonly column: string; readonly value: string }[];
  /** Folder that the items' paths start at; default: `folder`. */
  readonly root?: string;
}

/** Items, and how many rows {@link TableRequest.where} left out. */
export interface TableItems {
  readonly items: readonly ManifestItem[];
  readonly leftOut: number;
}

const SPLITS: Readonly<Partial<Record<string, ManifestItem['split']>>> = { train: 'train', training: 'train', val: 'val', valid: 'val', validation: 'val', test: 'test', testing: 'test' };
/** Mistakes that an error names. */
const MOST_PROBLEMS = 20;

type Row = Readonly<Record<string, string>>;

/** Rows with the line that each begins in. */
function rowsOf(text: string, file: string): { readonly columns: readonly string[]; readonly rows: readonly { readonly row: Row; readonly line: number }[] } {
  try {
    let columns: readonly string[] = [];
    const records = parse<{ record: Row; info: { lines: number } }>(text, {
      columns: (names: string[]) => {
        columns = names;
        return names;
      },
      bom: true,
      info: true,
      skip_empty_lines: true,
      delimiter: [',', '\t', ';'].sort((a, b) => (text.split('\n')[0] ?? '').split(b).length - (text.split('\n')[0] ?? '').split(a).length)[0] ?? ',',
    });
    return { columns, rows: records.map(({ record, info }) => ({ row: record, line: info.lines })) };
  } catch (error) {
    throw new FramewitnessError('FW_TABLE_INVALID', error instanceof Error ? error.message : String(error), { location: { input: file }, cause: error });
  }
}

/** Four numbers; NaN where a field is none. */
function boxOf(row: Row, names: NonNullable<TableColumns['box']>): readonly [number, number, number, number] {
  const number = (name: string): number => ((row[name] ?? '').trim() === '' ? Number.NaN : Number(row[name]));
  return [number(names[0]), number(names[1]), number(names[2]), number(names[3])];
}

/** Reads a table. @throws FramewitnessError FW_INPUT_NOT_FOUND; FW_TABLE_INVALID with every mistake and its line */
export async function tableItems({ file, folder, columns: named, dataset, where = [], root = folder }: TableRequest): Promise<TableItems> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', 'the table cannot be read', { location: { input: file }, cause: error });
  }
  const { columns, rows } = rowsOf(text, file);
  const isConstant = !columns.includes(named.label) && (named.label === 'real' || named.label === 'fake');
  const asked = [named.path, named.split, named.identity, named.source, named.group, named.method, named.compression, ...(named.box ?? []), ...where.map(({ column }) => column), ...(isConstant ? [] : [named.label])];
  const missing = asked.filter((name) => name !== undefined && !columns.includes(name));
  if (missing.length > 0) throw new FramewitnessError('FW_TABLE_INVALID', `there is no column ${missing.join(', ')}; there are ${columns.join(', ')}`, { location: { input: file } });

  const labels = new Map<string, ManifestItem['label']>([['real', 'real'], ['fake', 'fake'], ...(named.realValues ?? []).map((value) => [value, 'real'] as const), ...(named.fakeValues ?? []).map((value) => [value, 'fake'] as const)]);
  const problems: string[] = [];
  const seen = new Map<string, number>();
  const kept = rows.filter(({ row }) => where.every(({ column, value }) => row[column] === value));
  const items = kept.flatMap(({ row, line }): ManifestItem[] => {
    const wrong = (what: string): void => void problems.push(`${file}:${line}: ${what}`);
    const value = (column: string | undefined): string | undefined => (column === undefined || row[column] === '' ? undefined : row[column]);
    const written = value(named.path);
    if (written === undefined) {
      wrong(`${named.path} is empty`);
      return [];
    }
    const path = relative(root, resolve(folder, written)).split(sep).join('/');
    const earlier = seen.get(path);
    if (earlier !== undefined) wrong(`${written} stands in line ${earlier} already`);
    seen.set(path, line);
    const kind = mediaKindOf(written);
    if (kind === undefined) wrong(`${written} is neither a video nor a picture by its name`);
    const label = labels.get(isConstant ? named.label : (value(named.label) ?? ''));
    if (label === undefined) wrong(`${named.label} is ${JSON.stringify(value(named.label) ?? '')}: whether that means real or fake is not known`);
    const splitValue = value(named.split);
    const split = splitValue === undefined ? undefined : SPLITS[splitValue.toLowerCase()];
    if (splitValue !== undefined && split === undefined) wrong(`${named.split ?? ''} is ${JSON.stringify(splitValue)} instead of train, val or test`);
    const box = named.box === undefined ? undefined : boxOf(row, named.box);
    if (box !== undefined && !(box.every((number) => Number.isFinite(number)) && box[2] > 0 && box[3] > 0)) wrong(`${named.box?.join(', ') ?? ''} are no box: ${box.join(', ')}`);
    const [identity, source, group, method, compression] = [named.identity, named.source, named.group, named.method, named.compression].map(value);
    if (kind === undefined || label === undefined) return [];
    return [
      {
        path,
        kind,
        label,
        dataset,
        ...(method === undefined || label === 'real' ? {} : { method }),
        ...(compression === undefined ? {} : { compression }),
        ...(split === undefined ? {} : { split }),
        ...(identity === undefined ? {} : { identities: [identity] }),
        ...(source === undefined ? {} : { sources: [source] }),
        ...(box === undefined ? {} : { box }),
        ...(group === undefined ? {} : { group }),
      },
    ];
  });
  if (problems.length > 0) throw new FramewitnessError('FW_TABLE_INVALID', `${problems.length} mistakes:\n${problems.slice(0, MOST_PROBLEMS).join('\n')}${problems.length > MOST_PROBLEMS ? `\nand ${problems.length - MOST_PROBLEMS} more` : ''}`, { location: { input: file } });
  if (items.length === 0) throw new FramewitnessError('FW_TABLE_INVALID', rows.length === 0 ? 'the table has no rows' : 'no row is as --where says', { location: { input: file } });
  return { items, leftOut: rows.length - kept.length };
}
