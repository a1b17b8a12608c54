/** Where a topology's model cards lie. */
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FramewitnessError } from '../domain/errors.js';

const BUILTIN = 'builtin:';

/** The package's own folder: holds `topology.yaml`, `weights/` and `schemas/`. The same from source and from the build. */
export const PACKAGE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

/** The topology that is used when none is named. */
export const DEFAULT_TOPOLOGY_PATH = join(PACKAGE_FOLDER, 'topology.yaml');

/**
 * Path of a model card.
 *
 * @param card - as the topology names it: `builtin:NAME` for `weights/NAME.card.json` of the package, else a path
 * @param folder - the topology file's folder, from which relative paths start
 * @throws FramewitnessError FW_MODEL_UNKNOWN for a builtin name that no shipped model can have
 */
export function resolveCard(card: string, folder: string): string {
  if (!card.startsWith(BUILTIN)) return isAbsolute(card) ? card : resolve(folder, card);
  const name = card.slice(BUILTIN.length);
  // A name is a file name and nothing else: builtin: reaches no other folder.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw new FramewitnessError('FW_MODEL_UNKNOWN', `${JSON.stringify(card)} names no model that comes with the package.`);
  return join(PACKAGE_FOLDER, 'weights', `${name}.card.json`);
}
