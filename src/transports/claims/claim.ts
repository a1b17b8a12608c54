/** What a claim check says: where a segment's bytes are, how many, and which. */
import { z } from 'zod';
import { FramewitnessError, type ErrorLocation } from '../../domain/errors.js';

/** Content type of a record whose value is a claim check and not the media itself. */
export const CLAIM_CONTENT_TYPE = 'application/vnd.framewitness.claim+json';

/** Far above any claim check, far below what hurts to parse. */
const MAX_CLAIM_BYTES = 16_384;

/** Where a segment's media lies. */
export interface Claim {
  /** `file:`, `http:`, `https:` or `s3:`. */
  readonly uri: string;
  /** Exact size of the media. */
  readonly bytes: number;
  /** Lower-case hex SHA-256 of the media. */
  readonly sha256: string;
}

const claimSchema = z.strictObject({
  uri: z.string().min(1).max(8_192),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Reads the value of a record with {@link CLAIM_CONTENT_TYPE}.
 *
 * @throws FramewitnessError FW_CLAIM_INVALID
 */
export function parseClaim(value: Uint8Array, location: ErrorLocation): Claim {
  const invalid = (detail: string, cause?: unknown): FramewitnessError =>
    new FramewitnessError('FW_CLAIM_INVALID', `the claim check ${detail}; it must be {"uri": text, "bytes": whole number from 1, "sha256": 64 lower-case hex digits}`, { location, cause });
  if (value.length > MAX_CLAIM_BYTES) throw invalid(`has ${value.length} bytes, ${MAX_CLAIM_BYTES} are allowed`);
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
  } catch (error) {
    throw invalid('is not JSON in UTF-8', error);
  }
  const parsed = claimSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`is wrong at ${issue?.path.join('.') || 'its top'}`, parsed.error);
}

/** The value of a record that carries `claim`. */
export function claimValue({ uri, bytes, sha256 }: Claim): Buffer {
  return Buffer.from(JSON.stringify({ uri, bytes, sha256 }), 'utf8');
}

/** A URI as errors may show it: without user, query and fragment, which may hold secrets (signed addresses do). */
export function publicUri(uri: string): string {
  const bare = uri.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1');
  return bare.length <= 200 ? bare : `${bare.slice(0, 200)}…`;
}
