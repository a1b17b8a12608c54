/** Claim checks in S3-compatible stores, through the official SDK, which is loaded when the first one comes. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { FramewitnessError, type ErrorCode, type ErrorLocation } from '../../domain/errors.js';
import { checkSize, readBody } from './body.js';
import { publicUri, type Claim } from './claim.js';
import type { ClaimSettings, FetchContext } from './settings.js';

/** Bucket and key of `s3://bucket/key`. The key is taken as it is written: nothing in it is an escape. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** @returns undefined when the URI is not of this form */
export function placeOf(uri: string): ObjectPlace | undefined {
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.{1,1024})$/su.exec(uri) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

/**
 * A client for one store. Credentials are found as the SDK finds them: in the environment, shared files, or from the machine's role.
 *
 * @param settings - where the store is
 */
export async function openS3({ endpoint, region, pathStyle }: Omit<ClaimSettings['s3'], 'buckets'>, idleMillis: number): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint === '' ? {} : { endpoint }),
    // Attempts are counted in one place, above; our own SHA-256 is checked, and not every compatible store knows the SDK's sums.
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: idleMillis, requestTimeout: idleMillis, throwOnRequestTimeout: true },
  });
}

/** Reads `s3:` claims. @throws FramewitnessError FW_CLAIM_REFUSED, _NOT_FOUND, _DENIED, _UNAVAILABLE, _MISMATCH */
export async function readS3Claim(claim: Claim, buckets: readonly string[], client: () => Promise<S3Client>, { signal, idleMillis }: FetchContext, location: ErrorLocation): Promise<Uint8Array> {
  const place = placeOf(claim.uri);
  if (place === undefined || !buckets.includes(place.bucket)) {
    throw new FramewitnessError('FW_CLAIM_REFUSED', `${publicUri(claim.uri)} is not in a bucket of transport.claims.s3.buckets`, { location });
  }
  try {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    const answer = await (await client()).send(new GetObjectCommand({ Bucket: place.bucket, Key: place.key }), { abortSignal: signal });
    const body = answer.Body as Readable | undefined;
    if (body === undefined) throw new Error('the store sends no body');
    const abort = (): void => {
      body.destroy(signal.reason as Error);
    };
    signal.addEventListener('abort', abort);
    try {
      checkSize(claim, answer.ContentLength, location);
      return await readBody(body, claim, idleMillis, location);
    } finally {
      signal.removeEventListener('abort', abort);
      body.destroy();
    }
  } catch (error) {
    throw error instanceof FramewitnessError ? error : s3Failure(error, claim.uri, signal, location);
  }
}

/** What an error of the SDK means. */
export function s3Failure(error: unknown, uri: string, signal: AbortSignal | undefined, location: ErrorLocation): FramewitnessError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const status = statusOf(error);
  let code: ErrorCode = 'FW_CLAIM_UNAVAILABLE';
  if (status === 404 || status === 410) code = 'FW_CLAIM_NOT_FOUND';
  else if ((status >= 300 && status < 500 && ![408, 425, 429].includes(status)) || name === 'CredentialsProviderError') code = 'FW_CLAIM_DENIED';
  const detail = signal?.aborted === true && signal.reason instanceof Error ? signal.reason.message : `${name}: ${message}`;
  return new FramewitnessError(code, `the store fails on ${publicUri(uri)}: ${detail}${status === 0 ? '' : ` (status ${status})`}`, { location, cause: error });
}

function statusOf(error: unknown): number {
  const metadata = typeof error === 'object' && error !== null && '$metadata' in error ? (error.$metadata as { readonly httpStatusCode?: number }) : {};
  return metadata.httpStatusCode ?? 0;
}
