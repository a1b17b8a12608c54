/** libav's reading from a {@link ByteSource}, through an I/O context that serves one input after the other. */
import { AVERROR_EIO, AVERROR_EOF, AVSEEK_CUR, AVSEEK_END, AVSEEK_FORCE, AVSEEK_SET, AVSEEK_SIZE, type AVSeekWhence } from 'node-av/constants';
import { IOContext } from 'node-av/lib';
import { MemorySource, type ByteSource } from './byte-source.js';
import { Spare } from './spare.js';

const IO_BUFFER_BYTES = 65_536;
/** Beyond any input: a seek to here makes libav forget what it has buffered. */
const BEYOND = 1n << 60n;

const spare = new Spare<SourceIo>();

/** A view of `source` from its start. Release it. */
export function takeSourceIo(source: ByteSource): SourceIo {
  const reused = source.seek === undefined ? undefined : spare.take();
  if (reused === undefined) return new SourceIo(source);
  reused.attach(source);
  return reused;
}

/** libav's view of a {@link ByteSource}. An exception must not cross libav: it is kept and thrown again afterwards. */
export class SourceIo {
  readonly native = new IOContext();
  /** Let go of in {@link release}, so that a spare context keeps no input in memory. */
  #source: ByteSource;
  #failure: { readonly error: unknown } | undefined;
  #forgetting = false;

  constructor(source: ByteSource) {
    this.#source = source;
    this.native.allocContextWithCallbacks(
      IO_BUFFER_BYTES,
      0,
      (size) =>
        this.#guard(() => {
          const chunk = this.#source.read(size);
          return chunk === undefined ? AVERROR_EOF : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
        }, AVERROR_EIO),
      null,
      source.seek === undefined ? null : (offset, whence) => (this.#forgetting ? offset : this.#guard(() => this.#seek(Number(offset), whence), AVERROR_EIO)),
    );
  }

  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Reads from the start of another source, which can seek as the first could. */
  attach(source: ByteSource): void {
    this.#forgetting = true;
    this.native.seekSync(BEYOND, AVSEEK_SET);
    this.#forgetting = false;
    this.#source = source;
    this.native.seekSync(0n, AVSEEK_SET);
  }

  /** Ends the use of the source. libav must be done with the context, or never look at it again. */
  release(): void {
    this.#source = new MemorySource(new Uint8Array(0));
    const healthy = this.#failure === undefined && this.native.error === 0 && this.native.seekable === 1;
    if (!healthy || !spare.keep(this)) this.native.freeContext();
  }

  #seek(offset: number, whence: AVSeekWhence): bigint | number {
    const { size, seek, position } = this.#source;
    if (whence === AVSEEK_SIZE) return size === undefined ? -1 : BigInt(size);
    const mode = whence & ~AVSEEK_FORCE;
    let target: number;
    if (mode === AVSEEK_SET) target = offset;
    else if (mode === AVSEEK_CUR) target = position + offset;
    else if (mode === AVSEEK_END && size !== undefined) target = size + offset;
    else return -1;
    if (target < 0 || seek === undefined) return -1;
    seek.call(this.#source, target);
    return BigInt(target);
  }

  #guard<T>(action: () => T, otherwise: T): T {
    if (this.#failure !== undefined) return otherwise;
    try {
      return action();
    } catch (error) {
      this.#failure = { error };
      return otherwise;
    }
  }
}
