/** Reads an archive. Keeps positions in memory, not lines and not media. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FramewitnessError } from '../../domain/errors.js';
import { mediaPlace, type Segment, type SegmentWarning } from '../../domain/media.js';
import { splitLines } from '../../verdicts/jsonl.js';
import { ARCHIVE_FILES, parseEntry, parseManifest, type ArchiveEntry, type ArchiveManifest, type SegmentEntry } from './format.js';

/** Longest line of an index. */
const MAX_LINE_BYTES = 1024 * 1024;

/** An open archive. */
export interface Archive {
  readonly folder: string;
  readonly manifest: ArchiveManifest;
  /** Streams in order of first appearance, with the number of their entries. */
  readonly streams: ReadonlyMap<string, number>;
  /** Records that name no stream. */
  readonly nameless: number;
  /** Path of the recorded verdicts. */
  readonly verdicts: string;
  /** The entries of one stream, in the order of the source. */
  entries(stream: string): AsyncGenerator<ArchiveEntry, void, void>;
  /**
   * The media of an entry.
   * @throws FramewitnessError FW_ARCHIVE_DAMAGED when it is missing or its bytes are not those that the index names
   */
  media(entry: SegmentEntry): Promise<Uint8Array>;
}

/** True for a folder with an archive in it. */
export async function isArchive(folder: string): Promise<boolean> {
  return stat(join(folder, ARCHIVE_FILES.manifest)).then((found) => found.isFile(), () => false);
}

/** Bytes of the file up to `end`, and their SHA-256 once all were read. */
async function* countedBytes(path: string, end: number, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array, void, void> {
  if (end === 0) return;
  for await (const chunk of createReadStream(path, { end: end - 1 })) {
    hash.update(chunk as Uint8Array);
    yield chunk as Uint8Array;
  }
}

/**
 * Opens an archive and reads its index once. Lines that the manifest does not count are not read.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND, FW_INPUT_UNREADABLE, FW_ARCHIVE_INVALID
 */
export async function openArchive(folder: string): Promise<Archive> {
  const text = await readFile(join(folder, ARCHIVE_FILES.manifest), 'utf8').catch((error: unknown) => {
    throw FramewitnessError.from(error, error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'FW_INPUT_NOT_FOUND' : 'FW_INPUT_UNREADABLE', { input: folder });
  });
  const manifest = parseManifest(text, folder);
  const path = join(folder, ARCHIVE_FILES.index);
  const places = new Map<string, { readonly start: number; readonly bytes: number; readonly line: number }[]>();
  const hash = createHash('sha256');
  let nameless = 0;
  let line = 0;
  try {
    for await (const { bytes, start } of splitLines(countedBytes(path, manifest.index.bytes, hash), MAX_LINE_BYTES)) {
      line += 1;
      const entry = parseEntry(bytes?.toString('utf8') ?? '', folder, line);
      if (entry.stream === null) nameless += 1;
      else if (bytes !== null) {
        const own = places.get(entry.stream) ?? [];
        places.set(entry.stream, own);
        own.push({ start, bytes: bytes.length, line });
      }
    }
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_INPUT_UNREADABLE', { input: path });
  }
  const damaged = line !== manifest.index.lines || (manifest.index.sha256 !== null && hash.digest('hex') !== manifest.index.sha256);
  if (damaged) throw new FramewitnessError('FW_ARCHIVE_INVALID', 'The index is not the one that the manifest names: it was changed or cut off.', { location: { input: path } });

  return {
    folder,
    manifest,
    streams: new Map([...places].map(([stream, own]) => [stream, own.length])),
    nameless,
    verdicts: join(folder, ARCHIVE_FILES.verdicts),
    entries: async function* (stream) {
      const handle = await open(path);
      try {
        for (const place of places.get(stream) ?? []) {
          const buffer = Buffer.alloc(place.bytes);
          await handle.read(buffer, 0, place.bytes, place.start);
          yield parseEntry(buffer.toString('utf8'), folder, place.line);
        }
      } finally {
        await handle.close();
      }
    },
    media: async ({ file, bytes, sha256, stream, sequence }) => {
      const location = { input: join(folder, file), stream, sequence };
      const damage = (detail: string, cause?: unknown): FramewitnessError => new FramewitnessError('FW_ARCHIVE_DAMAGED', detail, { location, cause });
      const size = await stat(location.input).then((found) => found.size, (error: unknown) => {
        throw damage(`The segment's file cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'}).`, error);
      });
      if (size !== bytes) throw damage(`The segment's file has ${size} bytes, and the index says ${bytes}.`);
      const media = await readFile(location.input);
      if (createHash('sha256').update(media).digest('hex') !== sha256) throw damage("The segment's file is not the bytes that the index names: it was changed.");
      return media;
    },
  };
}

/**
 * The segment that an entry stands for; its provenance names the archive and the place that it was saved from.
 * @param more - warnings beside those that it came with
 */
export function segmentOf({ folder }: Pick<Archive, 'folder'>, entry: SegmentEntry, media: Uint8Array, more: readonly SegmentWarning[] = []): Segment {
  const { stream, sequence, ptsStartMicros, sha256, warnings, source } = entry;
  const { partition, offset } = source;
  return { stream, sequence, ...mediaPlace(ptsStartMicros), media, sha256, warnings: [...warnings, ...more], source: { kind: 'archive', name: folder, ...(partition === undefined ? {} : { partition }), ...(offset === undefined ? {} : { offset }) } };
}
