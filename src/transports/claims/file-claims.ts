/** Claim checks into folders: only below those that are listed, wherever links lead. */
import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FramewitnessError, type ErrorLocation } from '../../domain/errors.js';
import { checkSize, readBody } from './body.js';
import { publicUri, type Claim } from './claim.js';
import type { ClaimSettings, FetchContext } from './settings.js';

/** A `file:` claim's bytes. @throws FramewitnessError FW_CLAIM_REFUSED, FW_CLAIM_NOT_FOUND, FW_CLAIM_DENIED, FW_CLAIM_UNAVAILABLE, FW_CLAIM_MISMATCH */
export async function readFileClaim(claim: Claim, { folders }: ClaimSettings['file'], { idleMillis }: FetchContext, location: ErrorLocation): Promise<Uint8Array> {
  const refused = (detail: string): FramewitnessError => new FramewitnessError('FW_CLAIM_REFUSED', `${publicUri(claim.uri)} ${detail}`, { location });
  const path = pathOf(claim.uri);
  if (path === undefined) throw refused('names no file of this machine');
  const outside = 'does not lie in a folder of transport.claims.file.folders';
  const tops = (await Promise.all(folders.map(async (folder) => [folder, await realpath(folder).catch(() => folder)]))).flat();
  // First by its name alone, so that nothing is told about files elsewhere, not even that they are there.
  if (!isBelow(path, tops)) throw refused(outside);
  try {
    // Not to wait for the other end of a named pipe.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const opened = await file.stat();
      // The open file is compared with the one that the resolved path leads to: a link that is changed in between gains nothing.
      const real = await realpath(path);
      const found = await stat(real);
      if (opened.dev !== found.dev || opened.ino !== found.ino || !isBelow(real, tops)) throw refused(outside);
      if (!opened.isFile()) throw refused('is not a regular file');
      checkSize(claim, opened.size, location);
      return await readBody(file.createReadStream({ autoClose: false }), claim, idleMillis, location);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof FramewitnessError ? error : failure(claim, error, location);
  }
}

function pathOf(uri: string): string | undefined {
  try {
    const url = new URL(uri);
    return url.search === '' && url.hash === '' ? fileURLToPath(url) : undefined;
  } catch {
    return undefined;
  }
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const inner = relative(folder, path);
    return inner !== '' && inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner);
  });
}

function failure(claim: Claim, error: unknown, location: ErrorLocation): FramewitnessError {
  const system = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const code = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'].includes(system) ? 'FW_CLAIM_NOT_FOUND' : ['EACCES', 'EPERM', 'EISDIR'].includes(system) ? 'FW_CLAIM_DENIED' : 'FW_CLAIM_UNAVAILABLE';
  return new FramewitnessError(code, `${publicUri(claim.uri)} cannot be read (${system})`, { location, cause: error });
}
