/** Bounds-checked reading of a pickle's bytes. */
import { FramewitnessError } from '../../domain/errors.js';

/** Longest integer, in bytes: PyTorch's magic number has ten. */
const MAX_LONG_BYTES = 16;
/** Longest line, in bytes: names of globals. */
const MAX_LINE_BYTES = 1024;

/** A position in bytes that moves as they are read. */
export class PickleInput {
  readonly #view: DataView;
  readonly #text = new TextDecoder('utf-8', { fatal: true });

  /**
   * @param what - what errors call the file
   * @param position - where to begin
   */
  constructor(
    private readonly data: Uint8Array,
    readonly what: string,
    public position = 0,
  ) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** @throws FramewitnessError FW_MODEL_FORMAT where it is beyond 2^53 */
  uint64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#malformed(`the length ${value} makes no sense`);
    return Number(value);
  }

  /** Big-endian, as the format has it. */
  float64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** Two's complement, little-endian: a number where it is a safe integer. */
  long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES) throw this.#malformed(`an integer of ${length} bytes`);
    const bytes = this.bytes(length);
    let value = 0n;
    for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
    const signed = length > 0 && ((bytes[length - 1] ?? 0) & 0x80) !== 0 ? value - (1n << BigInt(8 * length)) : value;
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  /** A view of the next bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.data.subarray(start, start + length);
  }

  text(length: number): string {
    return this.#decode(this.bytes(length));
  }

  /** Up to the next line feed, which is left out. */
  line(): string {
    const end = this.data.indexOf(0x0a, this.position);
    if (end < 0 || end - this.position > MAX_LINE_BYTES) throw this.#malformed('a line does not end');
    const line = this.bytes(end - this.position);
    this.position = end + 1;
    return this.#decode(line);
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#text.decode(bytes);
    } catch (error) {
      throw new FramewitnessError('FW_MODEL_FORMAT', `${this.what}: a text before byte ${this.position} is not UTF-8`, { cause: error });
    }
  }

  #take(length: number): number {
    const start = this.position;
    if (start + length > this.data.length) throw this.#malformed(`${length} byte(s) are wanted, ${this.data.length - start} are left`);
    this.position = start + length;
    return start;
  }

  #malformed(problem: string): FramewitnessError {
    return new FramewitnessError('FW_MODEL_FORMAT', `${this.what}: its pickle is damaged at byte ${this.position}: ${problem}`);
  }
}
