/** Puts media where claim checks can lead: a folder or a bucket. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { S3Client } from '@aws-sdk/client-s3';
import { FramewitnessError, type ErrorLocation } from '../../domain/errors.js';
import type { Claim } from './claim.js';
import { openS3, s3Failure } from './s3-claims.js';
import type { ClaimSettings } from './settings.js';

/** Where media is put. */
export type ClaimStoreSettings =
  | { readonly kind: 'folder'; /** Absolute path. */ readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; /** Put before every key; may be empty. */ readonly prefix: string; readonly s3: Omit<ClaimSettings['s3'], 'buckets'>; readonly idleMillis: number };

/** A piece of media and its place in a stream. */
export interface StoredMedia {
  readonly stream: string;
  readonly sequence: number;
  readonly media: Uint8Array;
  readonly sha256: string;
}

/** Puts media away. Close it. */
export interface ClaimStore {
  /** @throws FramewitnessError FW_OUTPUT_UNWRITABLE for a folder; FW_CLAIM_DENIED, FW_CLAIM_UNAVAILABLE for a bucket */
  put(segment: StoredMedia): Promise<Claim>;
  close(): void;
}

/** Opens a store; nothing is written before the first {@link ClaimStore.put}. */
export function createClaimStore(settings: ClaimStoreSettings): ClaimStore {
  if (settings.kind === 'folder') return { put: (segment) => putFile(settings.folder, segment), close: () => undefined };
  let client: Promise<S3Client> | undefined;
  return {
    put: async (segment) => putObject(await (client ??= openS3(settings.s3, settings.idleMillis)), settings.bucket, settings.prefix, segment),
    close: () => {
      void client?.then((opened) => {
        opened.destroy();
      });
    },
  };
}

/** One name for one content: a stream id may hold anything, so only its safe characters are kept, and the digest tells segments apart. */
function nameOf({ stream, sequence, sha256 }: StoredMedia): string {
  const readable = stream.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 64);
  return `${readable || 'stream'}/${String(sequence).padStart(9, '0')}-${sha256}`;
}

async function putFile(folder: string, segment: StoredMedia): Promise<Claim> {
  const path = join(folder, nameOf(segment));
  const unfinished = `${path}.${process.pid}.unfinished`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(unfinished, 'w', 0o640);
    try {
      await file.writeFile(segment.media);
      // The record that leads here may outlive a power cut; so must this.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', locationOf(segment));
  }
  return { uri: pathToFileURL(path).href, bytes: segment.media.length, sha256: segment.sha256 };
}

async function putObject(client: S3Client, bucket: string, prefix: string, segment: StoredMedia): Promise<Claim> {
  const key = `${prefix}${nameOf(segment)}`;
  const uri = `s3://${bucket}/${key}`;
  try {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: segment.media }));
  } catch (error) {
    throw s3Failure(error, uri, undefined, locationOf(segment));
  }
  return { uri, bytes: segment.media.length, sha256: segment.sha256 };
}

function locationOf({ stream, sequence }: StoredMedia): ErrorLocation {
  return { stream, sequence };
}
