/** The --topology option, the same for every command that has it. */
import { join, relative } from 'node:path';
import { DEFAULT_TOPOLOGY_PATH, PACKAGE_FOLDER } from '../topology/cards.js';
import { loadTopology, type LoadedTopology } from '../topology/load.js';
import type { Problem } from '../topology/problems.js';

/** A path as the user would write it: relative where that is shorter. */
function asWritten(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** The topology that comes with the package. */
export const TOPOLOGY = asWritten(DEFAULT_TOPOLOGY_PATH);

/** The sample that comes with the package. */
export const SAMPLE = asWritten(join(PACKAGE_FOLDER, 'examples/sample/sample.mp4'));

/** The models that come with the package. */
export const WEIGHTS = asWritten(join(PACKAGE_FOLDER, 'weights'));

/** A problem of a topology in one line. */
export function problemLine({ severity, file, line, column, message, hint }: Problem): string {
  return `${severity} ${file}:${line}:${column}: ${message} (${hint})`;
}

/** Loads a topology and shows its warnings. @throws TopologyError that lists every mistake */
export function loadTopologyWithNotes(path: string, note: (line: string) => void): LoadedTopology {
  const loaded = loadTopology(path);
  for (const warning of loaded.warnings) note(problemLine(warning));
  return loaded;
}
