/** The signing key that a topology or a command line names. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import { createSigner, type Signer } from '../../verdicts/signing.js';
import type { Environment } from '../environment.js';

const FROM_ENVIRONMENT = 'env:';

/**
 * Reads a private key. Its text goes into the signer and nowhere else.
 *
 * @param place - `none`, a path, or `env:` and the name of a variable that holds the PEM text
 * @param folder - where relative paths start
 * @returns undefined for `none`
 * @throws FramewitnessError FW_KEY_INVALID that names the place, never the key
 */
export function openSigner(place: string, folder: string, environment: Environment = process.env): Signer | undefined {
  if (place === 'none') return undefined;
  if (!place.startsWith(FROM_ENVIRONMENT)) return createSigner(readPem(resolve(folder, place)), place);
  const pem = environment[place.slice(FROM_ENVIRONMENT.length)];
  if (pem === undefined || pem === '') throw new FramewitnessError('FW_KEY_INVALID', 'The variable that should hold the private key is not set.', { location: { input: place } });
  return createSigner(pem, place);
}

/** The text of a key file. @throws FramewitnessError FW_KEY_INVALID */
export function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new FramewitnessError('FW_KEY_INVALID', `The key cannot be read (${why}).`, { location: { input: path }, cause: error });
  }
}
