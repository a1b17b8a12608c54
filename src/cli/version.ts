/** The release that is running. */
import { readFileSync } from 'node:fs';

/** Folder of the installed package: the one that holds `package.json`, `topology.yaml` and `weights`. */
export const PACKAGE_FOLDER = new URL('../../', import.meta.url);

/** Version from `package.json`. */
export function softwareVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', PACKAGE_FOLDER), 'utf8')) as { version: string };
  return version;
}
