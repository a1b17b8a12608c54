/** Bounds-checked reading of flatbuffer tables: a hostile offset becomes an error, never a silent zero. */
import { ByteBuffer } from 'flatbuffers';
import { FramewitnessError } from '../domain/errors.js';

/** One table of a flatbuffer. Fields are numbered as in the schema, from 0; an absent field has its default. */
export class FlatTable {
  private constructor(
    private readonly buffer: ByteBuffer,
    private readonly position: number,
    private readonly what: string,
  ) {}

  /**
   * The root table of a flatbuffer.
   *
   * @param identifier - the four characters that the file must carry
   * @param what - what errors call the file
   */
  static root(bytes: Uint8Array, identifier: string, what: string): FlatTable {
    const buffer = new ByteBuffer(bytes);
    if (bytes.length < 8 || buffer.getBufferIdentifier() !== identifier) throw malformed(what, `it does not carry the identifier ${identifier}`);
    return new FlatTable(buffer, inside(buffer, buffer.readUint32(0), 4, what), what);
  }

  uint8(field: number, fallback = 0): number {
    return this.#scalar(field, 1, fallback, (at) => this.buffer.readUint8(at));
  }

  int8(field: number, fallback = 0): number {
    return this.#scalar(field, 1, fallback, (at) => this.buffer.readInt8(at));
  }

  uint32(field: number, fallback = 0): number {
    return this.#scalar(field, 4, fallback, (at) => this.buffer.readUint32(at));
  }

  int32(field: number, fallback = 0): number {
    return this.#scalar(field, 4, fallback, (at) => this.buffer.readInt32(at));
  }

  /** A nested table, undefined where it is absent. */
  table(field: number): FlatTable | undefined {
    const at = this.#field(field, 4);
    return at === undefined ? undefined : this.#follow(at);
  }

  /** A vector of tables; absent means empty. */
  tables(field: number): readonly FlatTable[] {
    const { start, count } = this.#vector(field, 4);
    return Array.from({ length: count }, (_, i) => this.#follow(start + 4 * i));
  }

  int32s(field: number): readonly number[] {
    const { start, count } = this.#vector(field, 4);
    return Array.from({ length: count }, (_, i) => this.buffer.readInt32(start + 4 * i));
  }

  /** A vector of bytes, as a view. */
  bytes(field: number): Uint8Array {
    const { start, count } = this.#vector(field, 1);
    return this.buffer.bytes().subarray(start, start + count);
  }

  string(field: number): string {
    return new TextDecoder().decode(this.bytes(field));
  }

  #scalar(field: number, size: number, fallback: number, read: (at: number) => number): number {
    const at = this.#field(field, size);
    return at === undefined ? fallback : read(at);
  }

  #field(field: number, size: number): number | undefined {
    const { buffer, position, what } = this;
    const vtable = inside(buffer, position - buffer.readInt32(position), 4, what);
    const slot = 4 + 2 * field;
    if (slot + 2 > buffer.readUint16(vtable)) return undefined;
    const offset = buffer.readUint16(inside(buffer, vtable + slot, 2, what));
    return offset === 0 ? undefined : inside(buffer, position + offset, size, what);
  }

  #follow(at: number): FlatTable {
    return new FlatTable(this.buffer, inside(this.buffer, at + this.buffer.readUint32(at), 4, this.what), this.what);
  }

  #vector(field: number, size: number): { readonly start: number; readonly count: number } {
    const at = this.#field(field, 4);
    if (at === undefined) return { start: 0, count: 0 };
    const length = inside(this.buffer, at + this.buffer.readUint32(at), 4, this.what);
    const count = this.buffer.readUint32(length);
    return { start: inside(this.buffer, length + 4, count * size, this.what), count };
  }
}

function inside(buffer: ByteBuffer, at: number, size: number, what: string): number {
  if (at < 0 || at + size > buffer.capacity()) throw malformed(what, `it points ${size} byte(s) at ${at}, outside its ${buffer.capacity()}`);
  return at;
}

function malformed(what: string, problem: string): FramewitnessError {
  return new FramewitnessError('FW_MODEL_FORMAT', `${what}: ${problem}`);
}
