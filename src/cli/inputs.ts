/** What the user named on the command line, as a list of files to scan. */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { FramewitnessError } from '../domain/errors.js';
import { MEDIA_EXTENSIONS } from '../media/extensions.js';
import { isArchive, openArchive } from '../transports/archive/reader.js';

export { MEDIA_EXTENSIONS } from '../media/extensions.js';

/** Standard input. */
export const STDIN = '-';

/** One input, or the reason why there is none. */
export type ResolvedInput = { readonly path: string; readonly archiveStream?: string } | { readonly path: string; readonly error: FramewitnessError };

/** How an input is called: its path, and the stream where the path is an archive. */
export function inputName(input: ResolvedInput): string {
  return 'archiveStream' in input ? `${input.path}#${input.archiveStream}` : input.path;
}

function failed(path: string, error: unknown): ResolvedInput {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { path, error: new FramewitnessError('FW_INPUT_NOT_FOUND', 'there is no such file or folder', { location: { input: path }, cause: error }) };
  return { path, error: FramewitnessError.from(error, 'FW_INPUT_UNREADABLE', { input: path }) };
}

/** Files of a folder and of the folders in it, by name; a folder that may not be read is an entry with its error. */
async function filesIn(folder: string): Promise<ResolvedInput[]> {
  const found: ResolvedInput[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    // Links to folders are not followed, so that a loop of links ends.
    if (entry.isDirectory()) found.push(...(await filesIn(path).catch((error: unknown) => [failed(path, error)])));
    else if (MEDIA_EXTENSIONS.includes(extname(entry.name).slice(1).toLowerCase())) found.push({ path });
  }
  return found;
}

/**
 * Resolves files, archives (each stream), other folders (searched for {@link MEDIA_EXTENSIONS}), patterns and `-`, in the order given, each file once.
 * What cannot be resolved becomes an entry with its error, so that the other inputs are scanned all the same.
 */
export async function resolveInputs(names: readonly string[]): Promise<ResolvedInput[]> {
  const resolved: ResolvedInput[] = [];
  for (const name of names) {
    if (name === STDIN) resolved.push({ path: STDIN });
    else resolved.push(...(await resolveOne(name)));
  }
  const seen = new Set<string>();
  return resolved.filter((input) => !seen.has(inputName(input)) && seen.add(inputName(input)));
}

/** The streams of an archive. */
async function streamsIn(folder: string): Promise<ResolvedInput[]> {
  const { streams } = await openArchive(folder);
  if (streams.size === 0) return [{ path: folder, error: new FramewitnessError('FW_INPUT_EMPTY', 'the archive holds no segment', { location: { input: folder } }) }];
  return [...streams.keys()].map((archiveStream) => ({ path: folder, archiveStream }));
}

async function resolveOne(name: string): Promise<ResolvedInput[]> {
  try {
    const found = await stat(name);
    if (!found.isDirectory()) return [{ path: name }];
    if (await isArchive(name)) return await streamsIn(name);
    const files = await filesIn(name);
    if (files.length > 0) return files;
    return [{ path: name, error: new FramewitnessError('FW_INPUT_NOT_FOUND', 'the folder holds no video file', { location: { input: name } }) }];
  } catch (error) {
    if (!isDynamicPattern(name)) return [failed(name, error)];
  }
  const matches = await glob([name], { dot: false });
  if (matches.length > 0) return matches.sort().map((path) => ({ path }));
  return [{ path: name, error: new FramewitnessError('FW_INPUT_NOT_FOUND', 'the pattern matches no file', { location: { input: name } }) }];
}
