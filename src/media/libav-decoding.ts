/** A libav decoder whose frames say which packet they came from. */
import { CodecContext, Frame, type Codec, type CodecParameters, type Packet } from 'node-av/lib';
import { FramewitnessError } from '../domain/errors.js';
import { isDrained, libavMessage } from './libav.js';

/**
 * HEVC has no flag for concealed frames in libav: there, errors end the frame (`explode`), and checksums that the stream
 * carries are checked. The other decoders flag what they conceal, and without `explode` they get over missing references
 * of leading pictures, which are discarded here anyway. Undamaged streams decode to the same pixels either way.
 */
const ERROR_DETECTION: Readonly<Partial<Record<string, string>>> = { hevc: 'crccheck+explode' };

/** One decoder, one thread, synchronous. Close it. */
export class LibavDecoding {
  readonly frame = new Frame();
  readonly #context: CodecContext;
  #skipping = false;

  private constructor(context: CodecContext) {
    this.#context = context;
    this.frame.alloc();
  }

  /** @throws FramewitnessError FW_SEGMENT_UNDECODABLE when the decoder refuses the stream's parameters */
  static open(codec: Codec, parameters: CodecParameters, maxPixels?: number): LibavDecoding {
    const context = new CodecContext();
    context.allocContext3(codec);
    try {
      context.parametersToContext(parameters);
      context.threadCount = 1;
      const detection = ERROR_DETECTION[codec.name ?? ''];
      if (detection !== undefined) context.setOption('err_detect', detection);
      if (maxPixels !== undefined) context.setOption('max_pixels', BigInt(maxPixels));
      const opened = context.open2Sync(codec);
      if (opened < 0) {
        throw new FramewitnessError('FW_SEGMENT_UNDECODABLE', `the decoder ${codec.name ?? ''} cannot be opened: ${libavMessage(opened)}`);
      }
      return new LibavDecoding(context);
    } catch (error) {
      context.freeContext();
      throw error;
    }
  }

  /** The number given with the packet that {@link frame} was decoded from. */
  get token(): number {
    return Number(this.frame.pts);
  }

  /**
   * Feeds one packet, or the end of the stream (null). The token travels in place of the packet's timestamps: decoders hand
   * it through with the frame, so that frames find their packets whatever the container's times are like.
   *
   * @param skippable - do not decode the packet if no other frame refers to it
   * @returns false when the decoder reports an error in it
   */
  send(packet: Packet | null, token: number, skippable = false): boolean {
    if (skippable !== this.#skipping) {
      this.#context.setOption('skip_frame', skippable ? 'noref' : 'default');
      this.#skipping = skippable;
    }
    if (packet !== null) {
      packet.pts = BigInt(token);
      packet.dts = BigInt(token);
    }
    return this.#context.sendPacketSync(packet) >= 0;
  }

  /** Takes the next frame into {@link frame}. After `'error'` there may be more to receive. */
  receive(): 'frame' | 'error' | 'drained' {
    const code = this.#context.receiveFrameSync(this.frame);
    if (code >= 0) return 'frame';
    return isDrained(code) ? 'drained' : 'error';
  }

  close(): void {
    this.frame.free();
    this.#context.freeContext();
  }
}
