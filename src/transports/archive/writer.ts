/** Writes an archive: segments first, then lines, then the manifest that makes them count. May be interrupted anywhere. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FramewitnessError } from '../../domain/errors.js';
import { canonicalJson } from '../../verdicts/canonical.js';
import { ARCHIVE_FILES, parseManifest, segmentFile, type ArchiveEntry, type ArchiveManifest, type ArchiveOrigin, type SegmentEntry } from './format.js';

/** An archive under construction. */
export interface ArchiveWriter {
  /** Where to go on: the next offset of each partition. */
  readonly positions: ArchiveManifest['positions'];
  /** Lines that count: they were written by an earlier run, or committed. */
  readonly lines: { readonly index: number; readonly verdicts: number };
  /** Saves media, then its line. @param media - its SHA-256 must be `entry.sha256` */
  addSegment(entry: Omit<SegmentEntry, 'kind' | 'file' | 'bytes'>, media: Uint8Array): Promise<void>;
  addEntry(entry: Exclude<ArchiveEntry, SegmentEntry>): Promise<void>;
  /** One recorded verdict, as it came, without line feed. */
  addVerdict(line: Uint8Array): Promise<void>;
  /** Makes what was added count, and remembers where to go on. */
  commit(positions: ArchiveManifest['positions']): Promise<void>;
  /** Commits, names the digests of index and verdicts, and says that nothing is missing. */
  complete(positions: ArchiveManifest['positions']): Promise<void>;
  /** Lets go. What was not committed does not count. */
  close(): Promise<void>;
}

const LINE_FEED = Buffer.from('\n');

async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const draft = `${path}.part`;
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** The manifest of the folder; undefined where there is none and none of ours could be overwritten. */
async function existing(folder: string): Promise<ArchiveManifest | undefined> {
  const text = await readFile(join(folder, ARCHIVE_FILES.manifest), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) return parseManifest(text, folder);
  if ((await readdir(folder)).length > 0) throw new FramewitnessError('FW_ARCHIVE_INVALID', 'The folder holds other things and no archive: name an empty or a new one.', { location: { input: folder } });
  return undefined;
}

/** A file of lines, appended to. */
class Lines {
  readonly #handle: FileHandle;
  bytes: number;
  lines: number;

  private constructor(handle: FileHandle, { bytes, lines }: { readonly bytes: number; readonly lines: number }) {
    this.#handle = handle;
    this.bytes = bytes;
    this.lines = lines;
  }

  /** Cuts off what an earlier run wrote and did not commit. */
  static async open(path: string, at: { readonly bytes: number; readonly lines: number }): Promise<Lines> {
    const handle = await open(path, 'a');
    try {
      if ((await handle.stat()).size < at.bytes) throw new FramewitnessError('FW_ARCHIVE_INVALID', 'The file is shorter than the manifest says.', { location: { input: path } });
      await handle.truncate(at.bytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new Lines(handle, at);
  }

  async add(line: Uint8Array): Promise<void> {
    await this.#handle.appendFile(Buffer.concat([line, LINE_FEED]));
    this.bytes += line.length + 1;
    this.lines += 1;
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/**
 * Begins an archive, or goes on with one of the same origin and selection.
 *
 * @throws FramewitnessError FW_ARCHIVE_INVALID when the folder holds another archive or other things; FW_OUTPUT_UNWRITABLE,
 * here and from every method
 */
export async function openArchiveWriter(folder: string, wanted: ArchiveOrigin): Promise<ArchiveWriter> {
  const guard = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: folder });
    }
  };
  return guard(async () => {
    await mkdir(folder, { recursive: true });
    const before = await existing(folder);
    if (before && !isDeepStrictEqual({ origin: before.origin, selection: before.selection }, { origin: wanted.origin, selection: wanted.selection })) {
      throw new FramewitnessError('FW_ARCHIVE_INVALID', 'The archive in this folder is of another origin or selection: ask for the same again, or name another folder.', { location: { input: folder } });
    }
    const index = await Lines.open(join(folder, ARCHIVE_FILES.index), before?.index ?? { bytes: 0, lines: 0 });
    const verdicts = await Lines.open(join(folder, ARCHIVE_FILES.verdicts), before?.verdicts ?? { bytes: 0, lines: 0 });
    const save = async (positions: ArchiveManifest['positions'], complete: boolean): Promise<void> => {
      await Promise.all([index.sync(), verdicts.sync()]);
      const of = async ({ bytes, lines }: Lines, name: string): Promise<ArchiveManifest['index']> => ({ bytes, lines, sha256: complete ? await digestOfFile(join(folder, name)) : null });
      const manifest: ArchiveManifest = {
        schema: 'framewitness.archive/1',
        complete,
        origin: wanted.origin,
        selection: wanted.selection,
        index: await of(index, ARCHIVE_FILES.index),
        verdicts: await of(verdicts, ARCHIVE_FILES.verdicts),
        positions,
      };
      await writeWhole(join(folder, ARCHIVE_FILES.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
    };
    const start = before?.positions ?? { segments: {}, verdicts: {} };
    if (!before) await save(start, false);
    return {
      positions: start,
      get lines() {
        return { index: index.lines, verdicts: verdicts.lines };
      },
      addSegment: (entry, media) =>
        guard(async () => {
          const file = segmentFile(entry.sha256, media);
          const path = join(folder, file);
          // Named by its content: one that is there already, whole, is the same.
          if ((await stat(path).catch(() => undefined))?.size !== media.byteLength) {
            await mkdir(dirname(path), { recursive: true });
            await writeWhole(path, media);
          }
          await index.add(Buffer.from(canonicalJson({ kind: 'segment', ...entry, file, bytes: media.byteLength })));
        }),
      addEntry: (entry) => guard(() => index.add(Buffer.from(canonicalJson(entry)))),
      addVerdict: (line) => guard(() => verdicts.add(line)),
      commit: (positions) => guard(() => save(positions, false)),
      complete: (positions) => guard(() => save(positions, true)),
      close: async () => {
        await Promise.all([index.close(), verdicts.close()]);
      },
    };
  });
}
