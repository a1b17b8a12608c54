/** Files, pipes and standard input as byte sources, with errors that say what went wrong. */
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { FramewitnessError, type ErrorCode, type ErrorLocation } from '../domain/errors.js';
import type { ByteSource } from './byte-source.js';

/** How long to wait before an empty non-blocking pipe is asked again, milliseconds. */
const PIPE_RETRY_MILLIS = 5;

/** A regular file. Notices when it is deleted or cut short while it is read. */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly #fd: number;
  readonly #location: ErrorLocation;
  readonly #linked: boolean;
  #position = 0;

  constructor(fd: number, stats: Stats, location: ErrorLocation) {
    this.#fd = fd;
    this.#location = location;
    this.size = stats.size;
    this.#linked = stats.nlink > 0;
  }

  get position(): number {
    return this.#position;
  }

  read(maxBytes: number): Uint8Array | undefined {
    this.#refuseVanished();
    const chunk = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(0, this.size - this.#position)));
    if (chunk.length === 0) return undefined;
    const count = guardRead('FW_INPUT_VANISHED', this.#location, () => readSync(this.#fd, chunk, 0, chunk.length, this.#position));
    if (count === 0) return undefined;
    this.#position += count;
    return chunk.subarray(0, count);
  }

  readonly seek = (offset: number): void => {
    this.#position = offset;
  };

  #refuseVanished(): void {
    const now = guardRead('FW_INPUT_VANISHED', this.#location, () => fstatSync(this.#fd));
    if (this.#linked && now.nlink === 0) {
      throw new FramewitnessError('FW_INPUT_VANISHED', 'the file was deleted while it was read', { location: this.#location });
    }
    if (now.size < this.size) {
      throw new FramewitnessError('FW_INPUT_VANISHED', `the file shrank from ${this.size} to ${now.size} bytes while it was read`, { location: this.#location });
    }
  }
}

/** A pipe, read once from front to back; {@link peek} looks at its start without consuming it. */
export class PipeSource implements ByteSource {
  readonly size = undefined;
  readonly #fd: number;
  readonly #location: ErrorLocation;
  #pending: Uint8Array = new Uint8Array(0);
  #position = 0;
  #ended = false;

  constructor(fd: number, location: ErrorLocation) {
    this.#fd = fd;
    this.#location = location;
  }

  get position(): number {
    return this.#position;
  }

  /** The first bytes, `count` of them or as many as there are. Only before anything was read. */
  peek(count: number): Uint8Array {
    while (this.#pending.length < count && !this.#ended) {
      const chunk = this.#readChunk(count - this.#pending.length);
      if (chunk !== undefined) this.#pending = Buffer.concat([this.#pending, chunk]);
    }
    return this.#pending.subarray(0, count);
  }

  read(maxBytes: number): Uint8Array | undefined {
    const chunk = this.#pending.length > 0 ? this.#pending.subarray(0, maxBytes) : this.#readChunk(maxBytes);
    if (chunk === undefined) return undefined;
    if (this.#pending.length > 0) this.#pending = this.#pending.subarray(chunk.length);
    this.#position += chunk.length;
    return chunk;
  }

  #readChunk(maxBytes: number): Uint8Array | undefined {
    if (this.#ended) return undefined;
    const chunk = Buffer.allocUnsafe(maxBytes);
    const count = guardRead('FW_INPUT_UNREADABLE', this.#location, () => readPatiently(this.#fd, chunk));
    if (count > 0) return chunk.subarray(0, count);
    this.#ended = true;
    return undefined;
  }
}

/** Reads from a descriptor that may be in non-blocking mode. @returns 0 at the end */
function readPatiently(fd: number, into: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, into, 0, into.length, null);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_RETRY_MILLIS);
    }
  }
}

/**
 * Opens a path for reading.
 *
 * @throws FramewitnessError FW_INPUT_NOT_FOUND or FW_INPUT_UNREADABLE
 */
export function openForReading(path: string, location: ErrorLocation): { readonly fd: number; readonly stats: Stats } {
  try {
    const fd = openSync(path, 'r');
    const stats = fstatSync(fd);
    if (!stats.isDirectory()) return { fd, stats };
    closeSync(fd);
  } catch (error) {
    const code = systemCode(error);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new FramewitnessError(
      missing ? 'FW_INPUT_NOT_FOUND' : 'FW_INPUT_UNREADABLE',
      missing ? 'there is no such file' : `the file cannot be opened (${code ?? 'unknown error'})`,
      { location, cause: error },
    );
  }
  throw new FramewitnessError('FW_INPUT_UNREADABLE', 'this is a folder, not a file', { location });
}

function guardRead<T>(code: ErrorCode, location: ErrorLocation, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new FramewitnessError(code, `reading failed (${systemCode(error) ?? 'unknown error'})`, { location, cause: error });
  }
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
