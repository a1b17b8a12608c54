/** Video packets of an opened input, one frame each. */
import { AV_NOPTS_VALUE, AVERROR_EOF } from 'node-av/constants';
import { BitStreamFilter, BitStreamFilterContext, Packet } from 'node-av/lib';
import type { Codec, CodecParameters, IRational } from 'node-av/lib';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { LibavInput } from './libav-input.js';
import { isDrained, libavMessage } from './libav.js';

/** MPEG-4 part 2 in AVI may pack a P- and a B-frame into one packet; this filter takes them apart. Harmless on others. */
const UNPACKING_FILTERS: Readonly<Partial<Record<string, string>>> = { mpeg4: 'mpeg4_unpack_bframes' };

const MPEG4_PICTURE_START = Buffer.from([0, 0, 1, 0xb6]);

/** AVI stores no presentation times; libav's guess fails where frames are reordered more deeply than it expects. */
const FORMATS_WITHOUT_PTS: ReadonlySet<string> = new Set(['avi']);
const REORDERING_CODECS: ReadonlySet<string> = new Set(['h264', 'hevc', 'mpeg4']);

/** Reads the packets of the video stream in decode order. Close it; the input stays open. */
export class PacketReader {
  readonly #input: LibavInput;
  readonly #filter: BitStreamFilterContext | undefined;
  readonly #raw = new Packet();
  #inputEnded: number | undefined;

  constructor(input: LibavInput, location: ErrorLocation) {
    this.#input = input;
    this.#raw.alloc();
    this.#filter = makeFilter(input, location);
  }

  /** Codec parameters that belong to the packets that {@link next} hands out. */
  get codecParameters(): CodecParameters {
    return this.#filter?.outputCodecParameters ?? this.#input.stream.codecpar;
  }

  /** Whether the packets' times say when they are decoded, not when they are shown. Their PTS are removed then. */
  get hasDecodeTimesOnly(): boolean {
    return FORMATS_WITHOUT_PTS.has(this.#input.formatName) && REORDERING_CODECS.has(this.#input.codecName);
  }

  get decoder(): Codec {
    return this.#input.decoder;
  }

  get timeBase(): IRational {
    return this.#input.stream.timeBase;
  }

  /**
   * Reads the next packet that carries data into `packet`.
   *
   * @returns 0, or libav's error code (AVERROR_EOF at the end)
   */
  next(packet: Packet): number {
    for (;;) {
      const code = this.#filter === undefined ? this.#input.readPacket(packet) : this.#nextFiltered(packet, this.#filter);
      if (code < 0) return code;
      if (packet.size === 0) continue;
      if (this.hasDecodeTimesOnly) packet.pts = AV_NOPTS_VALUE;
      if (this.#filter !== undefined && packet.isKeyframe && !holdsIntraPicture(packet.data)) packet.isKeyframe = false;
      return code;
    }
  }

  close(): void {
    this.#filter?.free();
    this.#raw.free();
  }

  #nextFiltered(packet: Packet, filter: BitStreamFilterContext): number {
    for (;;) {
      packet.unref();
      const received = filter.receivePacketSync(packet);
      if (received >= 0 || !isDrained(received)) return received;
      if (this.#inputEnded !== undefined) return this.#inputEnded;
      const read = this.#input.readPacket(this.#raw);
      if (read < 0) this.#inputEnded = read;
      // A packet that the filter refuses goes on as it is: the decoder is the judge of it.
      if (filter.sendPacketSync(read < 0 ? null : this.#raw) < 0) return read < 0 ? read : packet.ref(this.#raw);
    }
  }
}

function makeFilter(input: LibavInput, location: ErrorLocation): BitStreamFilterContext | undefined {
  const name = UNPACKING_FILTERS[input.codecName];
  const filter = name === undefined ? null : BitStreamFilter.getByName(name);
  if (filter === null) return undefined;
  const context = new BitStreamFilterContext();
  const failed = (code: number): FramewitnessError =>
    new FramewitnessError('FW_INTERNAL', `bitstream filter ${filter.name ?? ''}: ${libavMessage(code)}`, { location });
  const allocated = context.alloc(filter);
  if (allocated < 0) throw failed(allocated);
  const parameters = context.inputCodecParameters;
  const copied = parameters === null ? -1 : input.stream.codecpar.copy(parameters);
  context.inputTimeBase = input.stream.timeBase;
  const ready = copied < 0 ? copied : context.init();
  if (ready < 0) {
    context.free();
    throw failed(ready);
  }
  return context;
}

/**
 * Whether an MPEG-4 part 2 packet holds a picture of type I. AVI marks packed packets as keyframes as a whole, and what was
 * packed behind an I-frame is none: the two bits behind the picture's start code (ISO/IEC 14496-2, 6.2.5) say what it is.
 */
function holdsIntraPicture(data: Buffer | null): boolean {
  const picture = data?.indexOf(MPEG4_PICTURE_START) ?? -1;
  const type = data?.[picture + MPEG4_PICTURE_START.length];
  return picture < 0 || type === undefined || type >> 6 === 0;
}

/** True when reading ended because the input did. */
export function isEndOfInput(code: number): boolean {
  return code === AVERROR_EOF;
}
