/** Opens what the user named: a file, a pipe, or standard input; MP4 from a pipe goes through a temporary file. */
import { closeSync, mkdtempSync, openSync, fstatSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { ByteSource } from './byte-source.js';
import { FileSource, PipeSource, openForReading } from './file-source.js';
import { HEAD_BYTES, isCutOff, isIsoMedia, randomAccess } from './promised-size.js';

const SPOOL_CHUNK_BYTES = 1 << 20;

/** Standard input, as the command line writes it. */
export const STANDARD_INPUT = '-';

/** An input that libav can read. Close it. */
export interface OpenInput {
  readonly source: ByteSource;
  /** Whether the input ended before its container says. Ask at the end. */
  isCutOff(): boolean;
  close(): void;
}

/** @throws FramewitnessError FW_INPUT_NOT_FOUND, FW_INPUT_UNREADABLE, FW_INPUT_EMPTY, FW_OUTPUT_UNWRITABLE (no room to spool) */
export function openInput(path: string, location: ErrorLocation): OpenInput {
  if (path === STANDARD_INPUT) return openPipe(0, location, () => undefined);
  const { fd, stats } = openForReading(path, location);
  const close = (): void => {
    closeSync(fd);
  };
  try {
    return stats.isFile() ? openFile(fd, location, close) : openPipe(fd, location, close);
  } catch (error) {
    close();
    throw error;
  }
}

function openFile(fd: number, location: ErrorLocation, close: () => void): OpenInput {
  const source = new FileSource(fd, fstatSync(fd), location);
  if (source.size === 0) throw new FramewitnessError('FW_INPUT_EMPTY', 'the file holds no bytes', { location });
  return { source, isCutOff: () => isCutOff(source.size, randomAccess(source, source.seek)), close };
}

function openPipe(fd: number, location: ErrorLocation, close: () => void): OpenInput {
  const pipe = new PipeSource(fd, location);
  const head = Uint8Array.from(pipe.peek(HEAD_BYTES));
  if (head.length === 0) throw new FramewitnessError('FW_INPUT_EMPTY', 'the input holds no bytes', { location });
  if (isIsoMedia(head)) return spool(pipe, location, close);
  return { source: pipe, isCutOff: () => isCutOff(pipe.position, (offset, count) => head.subarray(offset, offset + count)), close };
}

/** An MP4 may have its index at the end, and a pipe cannot go back: so it is written to a file first, deleted at the end. */
function spool(pipe: PipeSource, location: ErrorLocation, close: () => void): OpenInput {
  let folder: string | undefined;
  let fd: number | undefined;
  const cleanUp = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  };
  try {
    try {
      folder = mkdtempSync(join(tmpdir(), 'framewitness-'));
      fd = openSync(join(folder, 'input'), 'wx+', 0o600);
    } catch (error) {
      throw new FramewitnessError('FW_OUTPUT_UNWRITABLE', 'no temporary file for standard input can be made', { location, cause: error });
    }
    for (let chunk = pipe.read(SPOOL_CHUNK_BYTES); chunk !== undefined; chunk = pipe.read(SPOOL_CHUNK_BYTES)) writeAll(fd, chunk, location);
    const opened = openFile(fd, location, () => {
      cleanUp();
      close();
    });
    return opened;
  } catch (error) {
    cleanUp();
    throw error;
  }
}

function writeAll(fd: number, chunk: Uint8Array, location: ErrorLocation): void {
  try {
    for (let written = 0; written < chunk.length; ) written += writeSync(fd, chunk, written);
  } catch (error) {
    throw new FramewitnessError('FW_OUTPUT_UNWRITABLE', 'the temporary file for standard input cannot be written', { location, cause: error });
  }
}
