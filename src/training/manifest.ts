/** Manifests: lists of labelled videos and pictures, JSON Lines, the first line a header (docs/guides/evaluate.md). */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { FramewitnessError } from '../domain/errors.js';

/** `schema` of a manifest's header. */
export const MANIFEST_SCHEMA = 'framewitness.manifest/1';

const name = z.string().min(1);

const headerSchema = z.looseObject({
  schema: z.literal(MANIFEST_SCHEMA),
  /** Folder that relative paths start at, itself relative to the manifest. */
  root: name.default('.'),
  dataset: name.exactOptional(),
});

const itemSchema = z.strictObject({
  path: name,
  kind: z.enum(['video', 'image']),
  label: z.enum(['real', 'fake']),
  dataset: name,
  method: name.exactOptional(),
  compression: name.exactOptional(),
  split: z.enum(['train', 'val', 'test']).exactOptional(),
  identities: z.array(name).exactOptional(),
  sources: z.array(name).exactOptional(),
  pair: name.exactOptional(),
  mask: name.exactOptional(),
  box: z.tuple([z.number(), z.number(), z.number().positive(), z.number().positive()]).exactOptional(),
  group: name.exactOptional(),
});

/** First line of a manifest. */
export type ManifestHeader = Readonly<z.infer<typeof headerSchema>>;

/** One video or picture. The path, whole, identifies it. */
export interface ManifestItem {
  /** Relative to the root, or absolute. */
  readonly path: string;
  readonly kind: 'video' | 'image';
  readonly label: 'real' | 'fake';
  readonly dataset: string;
  /** How it was forged; absent for a real one. */
  readonly method?: string;
  /** `c0`, `c23`, `c40`, `LQ`, `HQ` … */
  readonly compression?: string;
  readonly split?: 'train' | 'val' | 'test';
  /** People seen. */
  readonly identities?: readonly string[];
  /** What it was made from: a forged one names its originals, a real one itself. */
  readonly sources?: readonly string[];
  /** Path of its counterpart: the c40 of a c23, the real one of a forged one. */
  readonly pair?: string;
  /** Path of the video or picture that shows what was forged. */
  readonly mask?: string;
  /** Where the face is, pixels of the frame, where the data set says so. */
  readonly box?: readonly [x: number, y: number, width: number, height: number];
  /** What is scored together; default: the path. */
  readonly group?: string;
}

/** A manifest that has been read. */
export interface Manifest {
  readonly header: ManifestHeader;
  readonly items: readonly ManifestItem[];
  /** Absolute path of the folder that relative paths start at. */
  readonly folder: string;
}

/** Mistakes that an error names. */
const MOST_PROBLEMS = 50;

function parsed<T>(schema: z.ZodType<T>, line: string): { readonly value: T } | { readonly problems: readonly string[] } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { problems: ['it is not JSON'] };
  }
  const result = schema.safeParse(json);
  return result.success ? { value: result.data } : { problems: result.error.issues.map((issue) => `${issue.path.length === 0 ? '' : `${issue.path.join('.')}: `}${issue.message}`) };
}

/**
 * Reads a manifest.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND; FW_MANIFEST with every mistake and its line
 */
export async function readManifest(path: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', 'the manifest cannot be read', { location: { input: path }, cause: error });
  }
  const lines = text.split('\n').map((line, i) => ({ line: line.trim(), number: i + 1 }));
  const [first, ...rest] = lines.filter(({ line }) => line !== '');
  const problems: string[] = [];
  const header = parsed(headerSchema, first?.line ?? '');
  if ('problems' in header) problems.push(...header.problems.map((problem) => `${first?.number ?? 1}: the header: ${problem}`));
  const seen = new Map<string, number>();
  const items = rest.flatMap(({ line, number }): ManifestItem[] => {
    const item = parsed<ManifestItem>(itemSchema, line);
    if ('problems' in item) {
      problems.push(...item.problems.map((problem) => `${number}: ${problem}`));
      return [];
    }
    const earlier = seen.get(item.value.path);
    if (earlier !== undefined) problems.push(`${number}: ${item.value.path} stands in line ${earlier} already`);
    seen.set(item.value.path, number);
    return [item.value];
  });
  if (problems.length > 0 || 'problems' in header) {
    const shown = problems.slice(0, MOST_PROBLEMS).map((problem) => `${path}:${problem}`);
    throw new FramewitnessError('FW_MANIFEST', `${problems.length} mistakes:\n${shown.join('\n')}${problems.length > shown.length ? `\nand ${problems.length - shown.length} more` : ''}`, { location: { input: path } });
  }
  return { header: header.value, items, folder: resolve(dirname(path), header.value.root) };
}

/** Writes a manifest as a whole, and the folders above it that are missing. @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
export async function writeManifest(path: string, { header, items }: Pick<Manifest, 'header' | 'items'>): Promise<void> {
  const draft = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, [header, ...items].map((line) => `${JSON.stringify(line)}\n`).join(''));
    await rename(draft, path);
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
  }
}

/** Where an item's file is. */
export function resolveItemPath({ folder }: Pick<Manifest, 'folder'>, { path }: Pick<ManifestItem, 'path'>): string {
  return isAbsolute(path) ? path : resolve(folder, path);
}
