/** `verdicts.jsonl`: one record a line, canonical JSON, each line ended by a line feed. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { FramewitnessError } from '../domain/errors.js';
import type { ErrorCode } from '../domain/errors.js';
import type { SegmentVerdict } from '../domain/verdict.js';
import { canonicalJson } from './canonical.js';
import { verdictLine } from './chain.js';
import { verdictProblems } from './schema.js';

/** A record and the line it stands in, from 1. */
export interface VerdictLine {
  readonly line: number;
  readonly record: SegmentVerdict;
  /** Where the line begins, and how long it is without its line feed, in bytes. */
  readonly start: number;
  readonly bytes: number;
}

/** Options of {@link readVerdicts}. */
export interface ReadOptions {
  /** Longest line that is read, in bytes; a longer one is an error. Default 64 MiB. */
  readonly maxLineBytes?: number;
  /** Name of the input in errors; the path where there is one. */
  readonly input?: string;
  /** Told of each bad line, which is then left out; without it the first bad line is thrown. */
  readonly onProblem?: (error: FramewitnessError) => void;
}

const DEFAULT_MAX_LINE_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;

function readError(error: unknown, input: string): FramewitnessError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const ours: ErrorCode = code === 'ENOENT' ? 'FW_INPUT_NOT_FOUND' : 'FW_INPUT_UNREADABLE';
  return FramewitnessError.from(error, ours, { input });
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (error) {
    throw readError(error, path);
  }
}

/** A line's bytes, or null for one that was longer than the bound. `ended` is false for a last line without line feed. */
export interface RawLine {
  readonly bytes: Buffer | null;
  readonly ended: boolean;
  /** Where the line begins, bytes from the start. */
  readonly start: number;
}

/** Splits at line feeds; holds at most `maxLineBytes` and one chunk. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<RawLine, void, void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let start = 0;
  const take = (ended: boolean): RawLine => {
    const line = { bytes: length > maxLineBytes ? null : Buffer.concat(parts), ended, start };
    start += length + 1;
    parts = [];
    length = 0;
    return line;
  };
  const add = (part: Uint8Array): void => {
    length += part.length;
    if (length <= maxLineBytes) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, to));
      yield take(true);
      from = to + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  }
  if (length > 0) yield take(false);
}

/** What is wrong with a line, or its record. */
function parseLine(raw: RawLine, maxLineBytes: number): SegmentVerdict | string {
  if (raw.bytes === null) return `is longer than ${maxLineBytes} bytes`;
  if (raw.bytes.length === 0) return 'is blank';
  const cut = raw.ended ? '' : ', and ends without a line feed: the file was cut off while it was written or copied';
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw.bytes);
    value = JSON.parse(text);
  } catch (error) {
    return `is not JSON (${error instanceof Error ? error.message : String(error)})${cut}`;
  }
  if (!raw.ended) return 'ends without a line feed: the file was cut off while it was written or copied';
  const problems = verdictProblems(value);
  if (problems.length > 0) return `is not a segment verdict: ${problems.slice(0, 5).join('; ')}`;
  // Other spellings of the same value (spaces, escapes, a repeated key) would pass the hash: no byte may change unnoticed.
  if (canonicalJson(value) !== text) return 'is not canonical JSON (RFC 8785): it was rewritten after framewitness wrote it';
  return value as SegmentVerdict;
}

/**
 * Reads verdict records line by line, in bounded memory. Checks form (JSON, schema, invariants, canonical spelling), not
 * hashes: pass the records to a `ChainVerifier` for that. An input without any line has no records and is not an error.
 *
 * @param source - a path, or the bytes themselves
 * @throws FramewitnessError FW_INPUT_NOT_FOUND, FW_INPUT_UNREADABLE; FW_VERDICT_INVALID with the line, unless `onProblem` is given
 */
export async function* readVerdicts(source: string | AsyncIterable<Uint8Array>, options: ReadOptions = {}): AsyncGenerator<VerdictLine, void, void> {
  const maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES;
  const input = options.input ?? (typeof source === 'string' ? source : undefined);
  let line = 0;
  for await (const raw of splitLines(typeof source === 'string' ? fileBytes(source) : source, maxLineBytes)) {
    line += 1;
    const parsed = parseLine(raw, maxLineBytes);
    if (typeof parsed !== 'string') {
      yield { line, record: parsed, start: raw.start, bytes: raw.bytes?.length ?? 0 };
      continue;
    }
    const error = new FramewitnessError('FW_VERDICT_INVALID', `Line ${line} ${parsed}.`, { location: { line, ...(input === undefined ? {} : { input }) } });
    if (options.onProblem === undefined) throw error;
    options.onProblem(error);
  }
}

/** Flushes to the disk; pipes and terminals have none, and say so with EINVAL. */
async function flush(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'ENOTSUP'))) throw error;
  }
}

/** Writes records to a file, one canonical line each. */
export interface VerdictWriter {
  /** Resolves once the line has been handed to the operating system whole. Calls may overlap; lines keep their order. */
  write(record: SegmentVerdict): Promise<void>;
  /** Flushes to the disk and closes. Safe to call twice. */
  close(): Promise<void>;
  /** Lines written so far. */
  readonly written: number;
}

/**
 * Opens a verdict file for writing; an existing one is replaced unless `append` is set.
 *
 * @throws FramewitnessError FW_OUTPUT_UNWRITABLE, here and from `write` and `close`
 */
export async function openVerdictWriter(path: string, options: { readonly append?: boolean } = {}): Promise<VerdictWriter> {
  const unwritable = (error: unknown): never => {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
  };
  const handle = await open(path, options.append === true ? 'a' : 'w').catch(unwritable);
  let written = 0;
  let tail: Promise<void> = Promise.resolve();
  let closed: Promise<void> | null = null;
  return {
    write(record): Promise<void> {
      if (closed !== null) return Promise.reject(new FramewitnessError('FW_INTERNAL', 'A verdict was written after the file had been closed.', { location: { input: path } }));
      const line = verdictLine(record);
      const done = tail.then(() => handle.appendFile(line, 'utf8')).then(() => void (written += 1), unwritable);
      // After a failure every later write fails too: the file may end in half a line, and nothing may be glued to it.
      tail = done;
      return done;
    },
    close(): Promise<void> {
      closed ??= tail.then(() => flush(handle)).finally(() => handle.close()).catch(unwritable);
      return closed;
    },
    get written(): number {
      return written;
    },
  };
}
