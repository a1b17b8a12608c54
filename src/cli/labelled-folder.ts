/** A folder with folders named real and fake, as items to evaluate. */
import { readdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';
import type { EvaluationItem } from '../evaluation/units.js';
import { MEDIA_EXTENSIONS, PICTURE_EXTENSIONS } from '../media/extensions.js';

export { PICTURE_EXTENSIONS } from '../media/extensions.js';

/** Names of folders that say what is in them and below them; the innermost counts. */
const LABELS: Readonly<Partial<Record<string, EvaluationItem['label']>>> = { real: 'real', original: 'real', authentic: 'real', fake: 'fake', forged: 'fake' };

/** Files named in an error. */
const MOST_NAMED = 5;

async function filesBelow(folder: string, parts: readonly string[]): Promise<(readonly string[])[]> {
  const found: (readonly string[])[] = [];
  const entries = await readdir(join(folder, ...parts), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = [...parts, entry.name];
    // Links to folders are not followed, so that a loop of links ends.
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, path)));
    else if ([...MEDIA_EXTENSIONS, ...PICTURE_EXTENSIONS].includes(extname(entry.name).slice(1).toLowerCase())) found.push(path);
  }
  return found;
}

function itemOf(folder: string, parts: readonly string[]): EvaluationItem | undefined {
  const at = parts.slice(0, -1).findLastIndex((part) => LABELS[part.toLowerCase()] !== undefined);
  // The folder that was named may itself be one of the two, for data that has one class alone.
  const label = LABELS[(at < 0 ? basename(resolve(folder)) : (parts[at] ?? '')).toLowerCase()];
  if (label === undefined) return undefined;
  const method = label === 'fake' && at >= 0 && parts.length > at + 2 ? parts[at + 1] : undefined;
  const name = parts.at(-1) ?? '';
  const kind = PICTURE_EXTENSIONS.includes(extname(name).slice(1).toLowerCase()) ? 'image' : 'video';
  return { path: parts.join('/'), file: resolve(folder, ...parts), kind, label, dataset: basename(resolve(folder)), ...(method === undefined ? {} : { method }) };
}

/**
 * Videos and pictures of a folder, by name. Below a folder of forgeries, the next folder names the method.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND when there are none, FW_LABEL when one lies in no folder that says what it is
 */
export async function itemsOfFolder(folder: string): Promise<readonly EvaluationItem[]> {
  let files: (readonly string[])[];
  try {
    files = await filesBelow(folder, []);
  } catch (error) {
    throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${folder}: it is no folder that can be read`, { cause: error });
  }
  if (files.length === 0) throw new FramewitnessError('FW_INPUT_NOT_FOUND', `${folder}: there is no video and no picture in it`);
  const items = files.map((parts) => itemOf(folder, parts));
  const unknown = files.filter((_, i) => items[i] === undefined).map((parts) => parts.join('/'));
  if (unknown.length > 0) {
    const named = unknown.slice(0, MOST_NAMED).join(', ');
    throw new FramewitnessError('FW_LABEL', `${folder}: ${unknown.length} of ${files.length} files lie in no folder named real or fake: ${named}${unknown.length > MOST_NAMED ? ', …' : ''}`);
  }
  return items.flatMap((item) => item ?? []);
}
