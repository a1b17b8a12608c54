/** Loads a topology file. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';
import { topologyDigest } from './digest.js';
import type { Environment } from './environment.js';
import { parseTopology } from './lint.js';
import { TopologyError, type Problem } from './problems.js';
import type { Topology } from './schema.js';

/** A topology that can be run. */
export interface LoadedTopology {
  readonly topology: Topology;
  /** See {@link topologyDigest}. */
  readonly digest: string;
  /** Problems that do not keep it from being used. */
  readonly warnings: readonly Problem[];
  /** Absolute path of the file. */
  readonly path: string;
  /** Its folder: relative model cards start there. */
  readonly folder: string;
}

/**
 * Reads, checks and digests a topology file.
 *
 * @param path - the file; relative paths start at the working directory
 * @param environment - what `${env:NAME}` reads
 * @throws FramewitnessError FW_TOPOLOGY_NOT_FOUND when the file cannot be read
 * @throws TopologyError FW_TOPOLOGY_INVALID with every mistake, or FW_TOPOLOGY_VERSION for another major version
 */
export function loadTopology(path: string, environment: Environment = process.env): LoadedTopology {
  const { problems, topology } = parseTopology(readTopologyText(path), path, environment);
  if (topology === undefined) throw new TopologyError(path, problems);
  const absolute = resolve(path);
  return { topology, digest: topologyDigest(topology), warnings: problems, path: absolute, folder: dirname(absolute) };
}

/**
 * The text of a topology file.
 *
 * @throws FramewitnessError FW_TOPOLOGY_NOT_FOUND when the file cannot be read
 * @throws TopologyError FW_TOPOLOGY_INVALID when it is not UTF-8
 */
export function readTopologyText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new FramewitnessError('FW_TOPOLOGY_NOT_FOUND', `The topology cannot be read: ${error instanceof Error ? error.message : String(error)}`, { location: { input: path }, cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const problem: Problem = { severity: 'error', code: 'syntax', file: path, path: '', line: 1, column: 1, message: 'the file is not UTF-8 text', hint: 'check that it is a topology, and save it as UTF-8' };
    throw new TopologyError(path, [problem]);
  }
}
