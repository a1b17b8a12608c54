/** Reads the bytes that a claim check promises: not one more, and none that differ. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { FramewitnessError, type ErrorLocation } from '../../domain/errors.js';
import { publicUri, type Claim } from './claim.js';

/** What cuts a body off that sends nothing for too long. */
export class SilentSource extends Error {
  constructor(idleMillis: number) {
    super(`no byte came for ${idleMillis / 1000} s`);
    this.name = 'SilentSource';
  }
}

/**
 * Reads `body` to its end into memory; it is destroyed at the first byte too many, and when it is silent for too long.
 *
 * @throws FramewitnessError FW_CLAIM_MISMATCH; whatever `body` fails with; {@link SilentSource}
 */
export async function readBody(body: Readable, claim: Claim, idleMillis: number, location: ErrorLocation): Promise<Uint8Array> {
  // Untouched memory costs nothing, so a body that never comes does not either.
  const media = Buffer.allocUnsafeSlow(claim.bytes);
  let filled = 0;
  const idle = setTimeout(() => body.destroy(new SilentSource(idleMillis)), idleMillis);
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      idle.refresh();
      if (filled + chunk.length > media.length) throw mismatch(claim, `has more than the declared ${claim.bytes} bytes`, location);
      media.set(chunk, filled);
      filled += chunk.length;
    }
  } finally {
    clearTimeout(idle);
    body.destroy();
  }
  if (filled < media.length) throw mismatch(claim, `has ${filled} bytes, and the claim check declares ${claim.bytes}`, location);
  return media;
}

/** @throws FramewitnessError FW_CLAIM_MISMATCH when a size known beforehand is not the declared one */
export function checkSize(claim: Claim, bytes: number | undefined, location: ErrorLocation): void {
  if (bytes !== undefined && bytes !== claim.bytes) throw mismatch(claim, `has ${bytes} bytes, and the claim check declares ${claim.bytes}`, location);
}

/** @throws FramewitnessError FW_CLAIM_MISMATCH when the bytes are not those that the claim check names */
export function checkDigest(claim: Claim, media: Uint8Array, location: ErrorLocation): void {
  const sha256 = createHash('sha256').update(media).digest('hex');
  if (sha256 !== claim.sha256) throw mismatch(claim, `has the SHA-256 ${sha256}, and the claim check declares ${claim.sha256}`, location);
}

function mismatch(claim: Claim, detail: string, location: ErrorLocation): FramewitnessError {
  return new FramewitnessError('FW_CLAIM_MISMATCH', `${publicUri(claim.uri)} ${detail}`, { location });
}
