/** Turns claim checks into the media that they stand for. */
import { setTimeout as wait } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { FramewitnessError, type ErrorLocation } from '../../domain/errors.js';
import { checkDigest } from './body.js';
import { parseClaim, publicUri, type Claim } from './claim.js';
import { readFileClaim } from './file-claims.js';
import { httpClaimReader, type ResolveName } from './http-claims.js';
import { openS3, readS3Claim } from './s3-claims.js';
import type { ClaimSettings, FetchContext } from './settings.js';

/** Bounds and parts of {@link createClaimResolver} that are not settings of its own. */
export interface ClaimResolverOptions {
  /** The topology's `limits.maxSegmentBytes`: a claim that declares more is refused before anything is fetched. */
  readonly maxSegmentBytes: number;
  /** How host names become addresses; by default the system's way. */
  readonly resolveName?: ResolveName;
}

/** A claim check and its media. */
export interface ResolvedClaim {
  readonly claim: Claim;
  /** `claim.bytes` bytes whose SHA-256 is `claim.sha256`. */
  readonly media: Uint8Array;
}

/** Resolves claim checks. Close it. */
export interface ClaimResolver {
  /**
   * The media of a claim check. What may pass is tried `attempts` times before the error is thrown.
   *
   * @param value - value of a record with content type `application/vnd.framewitness.claim+json`
   * @param location - goes into errors
   * @param signal - gives up: FW_INTERRUPTED
   * @throws FramewitnessError FW_CLAIM_INVALID, FW_CLAIM_REFUSED, FW_CLAIM_NOT_FOUND, FW_CLAIM_DENIED, FW_CLAIM_MISMATCH,
   * FW_LIMIT_SEGMENT_BYTES, which another attempt would not mend; FW_CLAIM_UNAVAILABLE, which one may
   */
  resolve(value: Uint8Array, location: ErrorLocation, signal?: AbortSignal): Promise<ResolvedClaim>;
  close(): void;
}

/** @throws FramewitnessError FW_TOPOLOGY_INVALID for an address range that is none */
export function createClaimResolver(settings: ClaimSettings, { maxSegmentBytes, resolveName }: ClaimResolverOptions): ClaimResolver {
  const idleMillis = settings.idleSeconds * 1000;
  const readHttp = httpClaimReader(settings.http, resolveName);
  let s3: Promise<S3Client> | undefined;
  const openStore = (): Promise<S3Client> => (s3 ??= openS3(settings.s3, idleMillis));

  const read = async (claim: Claim, context: FetchContext, location: ErrorLocation): Promise<Uint8Array> => {
    switch (/^([a-z][a-z0-9+.-]*):/i.exec(claim.uri)?.[1]?.toLowerCase()) {
      case 'file':
        return await readFileClaim(claim, settings.file, context, location);
      case 'http':
      case 'https':
        if (!URL.canParse(claim.uri)) throw refused(claim, 'is not a web address', location);
        return await readHttp(claim, context, location);
      case 's3':
        return await readS3Claim(claim, settings.s3.buckets, openStore, context, location);
      default:
        throw refused(claim, 'has a scheme other than file, http, https and s3', location);
    }
  };

  const attempt = async (claim: Claim, location: ErrorLocation, signal: AbortSignal): Promise<Uint8Array> => {
    const timeout = AbortSignal.timeout(settings.timeoutSeconds * 1000);
    try {
      const media = await read(claim, { idleMillis, signal: AbortSignal.any([signal, timeout]) }, location);
      checkDigest(claim, media, location);
      return media;
    } catch (error) {
      throw signal.aborted ? interrupted(location) : error;
    }
  };

  return {
    resolve: async (value, location, signal = new AbortController().signal) => {
      const claim = parseClaim(value, location);
      if (claim.bytes > maxSegmentBytes) {
        throw new FramewitnessError('FW_LIMIT_SEGMENT_BYTES', `the claim check declares ${claim.bytes} bytes, ${maxSegmentBytes} are allowed`, { location });
      }
      for (let attempts = 1; ; attempts += 1) {
        if (signal.aborted) throw interrupted(location);
        try {
          return { claim, media: await attempt(claim, location, signal) };
        } catch (error) {
          if (!(error instanceof FramewitnessError) || !error.retriable || attempts >= settings.attempts) throw error;
          await wait(settings.retryMillis * 2 ** (attempts - 1), undefined, { signal }).catch(() => undefined);
        }
      }
    },
    close: () => {
      void s3?.then((client) => {
        client.destroy();
      });
    },
  };
}

function refused(claim: Claim, detail: string, location: ErrorLocation): FramewitnessError {
  return new FramewitnessError('FW_CLAIM_REFUSED', `${publicUri(claim.uri)} ${detail}`, { location });
}

function interrupted(location: ErrorLocation): FramewitnessError {
  return new FramewitnessError('FW_INTERRUPTED', 'fetching the media of a claim check was given up', { location });
}
