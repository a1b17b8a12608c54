/** Name and release of the software, for provenance. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../cards.js';

/** From `package.json`. */
export const SOFTWARE: { readonly name: string; readonly version: string } = (() => {
  const { name, version } = JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as { name: string; version: string };
  return { name, version };
})();
