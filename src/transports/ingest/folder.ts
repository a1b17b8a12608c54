/** Looks for files in a folder, and for new ones that are complete. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FramewitnessError } from '../../domain/errors.js';

/** How often the folder is looked at, milliseconds. A file counts as complete when two looks find it the same. */
const LOOK_MILLIS = 1_000;

/** The files of a folder, not of folders in it, by name. @throws FramewitnessError FW_INPUT_NOT_FOUND, FW_INPUT_UNREADABLE */
async function look(folder: string, wanted: (name: string) => boolean): Promise<ReadonlyMap<string, string>> {
  try {
    const seen = new Map<string, string>();
    const entries = await readdir(folder, { withFileTypes: true });
    for (const { name } of entries.filter((entry) => !entry.isDirectory() && wanted(entry.name)).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === true && found.size > 0) seen.set(path, `${found.size} ${found.mtimeMs}`);
    }
    return seen;
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new FramewitnessError(missing ? 'FW_INPUT_NOT_FOUND' : 'FW_INPUT_UNREADABLE', 'the folder cannot be read', { location: { input: folder }, cause: error });
  }
}

/**
 * Every file that appears in a folder, once, until `stop`. A file is handed out when its size and time have not changed from
 * one look to the next, so that one that is still being written is waited for.
 */
export async function* watchFolder(folder: string, wanted: (name: string) => boolean, stop: AbortSignal): AsyncGenerator<string, void, void> {
  const done = new Set<string>();
  let before: ReadonlyMap<string, string> = new Map();
  while (!stop.aborted) {
    const now = await look(folder, wanted);
    for (const [path, state] of now) {
      if (done.has(path) || before.get(path) !== state) continue;
      done.add(path);
      yield path;
    }
    before = now;
    await wait(LOOK_MILLIS, undefined, { signal: stop }).catch(() => undefined);
  }
}
