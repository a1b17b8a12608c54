/** Manifests: lists of labelled videos and pictures, JSON Lines, the first line a header (docs/guides/prepare.md), and the faces that were cut out of them. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { z } from 'zod';
import { FramewitnessError } from '../domain/errors.js';
import { faceItemSchema, facesHeaderSchema, manifestHeaderSchema, manifestItemSchema } from './manifest-schema.js';

export { FACES_SCHEMA, MANIFEST_SCHEMA } from './manifest-schema.js';
export { splitLeaks, type Leak } from './split-leaks.js';

/** First line of a manifest. */
export type ManifestHeader = Readonly<z.infer<typeof manifestHeaderSchema>>;

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

/** First line of a file of faces. */
export type FacesHeader = Readonly<z.infer<typeof facesHeaderSchema>>;

/** One face that was cut out of an item. */
export interface FaceItem {
  /** What it was cut from. */
  readonly item: ManifestItem;
  /** Track id, unique in the item, from 1 in order of appearance. */
  readonly track: number;
  readonly ptsMicros: number;
  /** Position within the track, among the faces that were kept; from 0. */
  readonly index: number;
  /** The crop, relative to the file of faces. */
  readonly path: string;
  /** Side of the crop, pixels. */
  readonly size: number;
  /** Side of the crop in units of the face box's longer side. */
  readonly scale: number;
  /** Face box in the source frame, pixels. */
  readonly box: readonly [x: number, y: number, width: number, height: number];
  /** The crop of the mask, relative to the file of faces; where the item has one. */
  readonly mask?: string;
}

/** A file of faces that has been read. */
export interface Faces {
  readonly header: FacesHeader;
  readonly items: readonly FaceItem[];
  /** Absolute path of the folder that crops and masks start at. */
  readonly folder: string;
  /** Absolute path of the folder that relative paths of `item` start at. */
  readonly itemFolder: string;
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

/** Header and lines of a file; a line whose `path` stood before is a mistake. All mistakes in one error. */
async function readLines<H, T extends { readonly path: string }>(path: string, what: string, headerSchema: z.ZodType<H>, lineSchema: z.ZodType<T>): Promise<{ readonly header: H; readonly items: readonly T[] }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', `the ${what} cannot be read`, { location: { input: path }, cause: error });
  }
  const lines = text.split('\n').map((line, i) => ({ line: line.trim(), number: i + 1 }));
  const [first, ...rest] = lines.filter(({ line }) => line !== '');
  const problems: string[] = [];
  const header = parsed(headerSchema, first?.line ?? '');
  if ('problems' in header) problems.push(...header.problems.map((problem) => `${first?.number ?? 1}: the header: ${problem}`));
  const seen = new Map<string, number>();
  const items = rest.flatMap(({ line, number }): T[] => {
    const item = parsed(lineSchema, line);
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
  return { header: header.value, items };
}

/**
 * Reads a manifest.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND; FW_MANIFEST with every mistake and its line
 */
export async function readManifest(path: string): Promise<Manifest> {
  const { header, items } = await readLines<ManifestHeader, ManifestItem>(path, 'manifest', manifestHeaderSchema, manifestItemSchema);
  return { header, items, folder: resolve(dirname(path), header.root) };
}

/**
 * Reads a file of faces.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND; FW_MANIFEST with every mistake and its line
 */
export async function readFaces(path: string): Promise<Faces> {
  const { header, items } = await readLines<FacesHeader, FaceItem>(path, 'file of faces', facesHeaderSchema, faceItemSchema);
  return { header, items, folder: resolve(dirname(path)), itemFolder: resolve(dirname(path), header.root) };
}

async function writeLines(path: string, lines: readonly object[]): Promise<void> {
  const draft = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await rename(draft, path);
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
  }
}

/** Writes a manifest as a whole, and the folders above it that are missing. @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
export async function writeManifest(path: string, { header, items }: Pick<Manifest, 'header' | 'items'>): Promise<void> {
  await writeLines(path, [header, ...items]);
}

/** Writes a file of faces as {@link writeManifest} does a manifest. @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
export async function writeFaces(path: string, { header, items }: Pick<Faces, 'header' | 'items'>): Promise<void> {
  await writeLines(path, [header, ...items]);
}

/** Where an item's file is. */
export function resolveItemPath({ folder }: Pick<Manifest, 'folder'>, { path }: Pick<ManifestItem, 'path'>): string {
  return isAbsolute(path) ? path : resolve(folder, path);
}
