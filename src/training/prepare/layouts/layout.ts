/** What a layout of a data set is, and the files that it reads. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FramewitnessError } from '../../../domain/errors.js';
import type { ManifestItem } from '../../manifest.js';

/** A folder to read: its files, paths relative to it, with slashes, sorted. */
export interface DataFolder {
  readonly folder: string;
  readonly files: readonly string[];
}

/** Options that some layouts take. */
export interface LayoutOptions {
  /** What `pair` names where there are both: the real one of a fake, or the less compressed one. */
  readonly pair: 'real' | 'compression';
}

/** What a layout made of a folder. */
export interface LayoutItems {
  readonly items: readonly ManifestItem[];
  /** Files beside the items that were understood: lists, masks. All others are told as unknown. */
  readonly used: readonly string[];
  /** What a user should know: listed files that are missing, lists that are. */
  readonly notes: readonly string[];
}

/** How a data set is laid out. */
export interface Layout {
  readonly name: string;
  readonly about: string;
  readonly read: (data: DataFolder, options: LayoutOptions) => Promise<LayoutItems>;
}

/** All files below a folder. Links to folders are not followed, so that a loop of links ends. @throws FramewitnessError FW_INPUT_NOT_FOUND */
export async function dataFolder(folder: string): Promise<DataFolder> {
  const below = async (parts: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    for (const entry of await readdir(join(folder, ...parts), { withFileTypes: true })) {
      if (entry.isDirectory()) found.push(...(await below([...parts, entry.name])));
      else found.push([...parts, entry.name].join('/'));
    }
    return found;
  };
  try {
    return { folder, files: (await below([])).sort() };
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', 'it is no folder that can be read', { location: { input: folder }, cause: error });
  }
}

/** Text of a list in the folder. @throws FramewitnessError FW_LAYOUT */
export async function listText({ folder }: DataFolder, path: string): Promise<string> {
  try {
    return await readFile(join(folder, path), 'utf8');
  } catch (error) {
    throw new FramewitnessError('FW_LAYOUT', 'the list cannot be read', { location: { input: join(folder, path) }, cause: error });
  }
}

/** JSON of a list in the folder. @throws FramewitnessError FW_LAYOUT */
export async function listJson(data: DataFolder, path: string): Promise<unknown> {
  const text = await listText(data, path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FramewitnessError('FW_LAYOUT', 'the list is not JSON', { location: { input: join(data.folder, path) }, cause: error });
  }
}

/** A mistake in the layout. */
export function layoutError({ folder }: DataFolder, path: string, what: string): FramewitnessError {
  return new FramewitnessError('FW_LAYOUT', what, { location: { input: join(folder, path) } });
}

/** `{ [key]: value }`, or nothing where there is no value. */
export function optional<K extends string, V>(key: K, value: V | undefined): { readonly [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [k in K]: V });
}
