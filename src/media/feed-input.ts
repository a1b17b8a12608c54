/** A live feed opened by libav in this process, which therefore is a child: reading waits, and what comes is hostile. */
import { AV_NOPTS_VALUE, AVDISCARD_ALL, AVFMT_FLAG_GENPTS, AVERROR_EOF, type AVFormatFlag } from 'node-av/constants';
import { Dictionary, FormatContext, type Codec, type CodecParameters, type IRational, type Packet, type Stream } from 'node-av/lib';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import { planOpening, type FeedAddress } from './feed-address.js';
import { pickDecoder, pickVideoStream, refuseLargePictures } from './libav-input.js';
import { libavMessage, silenceLibav } from './libav.js';

/** Bounds on looking for the streams: bytes, and media time. */
const PROBE_BYTES = 5_000_000n;
const PROBE_MICROS = 3_000_000n;

/** Options of {@link FeedInput.open}. */
export interface FeedInputOptions {
  readonly location: ErrorLocation;
  readonly maxPixels: number;
}

/** An open feed. Nothing is freed on purpose: its process ends with the connection, and a reading thread may still hold it. */
export class FeedInput {
  readonly hasDecodeTimesOnly = false;
  readonly decoder: Codec;
  /** Ends of itself (a finished playlist): read as fast as it comes, and its end is no loss. */
  readonly isFinite: boolean;
  readonly #stream: Stream;
  readonly #context: FormatContext;

  private constructor(context: FormatContext, stream: Stream, decoder: Codec, isFinite: boolean) {
    this.#context = context;
    this.#stream = stream;
    this.decoder = decoder;
    this.isFinite = isFinite;
  }

  /**
   * @throws FramewitnessError FW_FEED_REFUSED, FW_FEED_UNREACHABLE, FW_INPUT_NOT_MEDIA, FW_INPUT_NO_VIDEO,
   * FW_INPUT_UNSUPPORTED_CODEC, FW_LIMIT_PIXELS
   */
  static async open(feed: FeedAddress, options: FeedInputOptions): Promise<FeedInput> {
    silenceLibav();
    const { location } = options;
    const plan = planOpening(feed, location);
    const context = new FormatContext();
    context.allocContext();
    context.flags = (context.flags | AVFMT_FLAG_GENPTS) as AVFormatFlag;
    context.probesize = PROBE_BYTES;
    context.maxAnalyzeDuration = PROBE_MICROS;
    using opening = Dictionary.fromObject({ ...plan.options });
    const opened = await context.openInput(plan.url, null, opening);
    if (opened < 0) throw new FramewitnessError('FW_FEED_UNREACHABLE', `the feed cannot be opened: ${libavMessage(opened)}`, { location });
    // Playlists are the only format that names other addresses; a web server that gives something else is no feed.
    if (plan.playlist && context.iformat?.name !== 'hls') {
      throw new FramewitnessError('FW_INPUT_NOT_MEDIA', `the address gives no HLS playlist, but ${context.iformat?.name ?? 'something unknown'}`, { location });
    }
    refuseLargePictures(context, options);
    const found = await context.findStreamInfo(null);
    if (found < 0) throw new FramewitnessError('FW_FEED_UNREACHABLE', `the streams of the feed cannot be made out: ${libavMessage(found)}`, { location });
    const stream = pickVideoStream(context, options);
    const decoder = pickDecoder(stream, options);
    refuseLargePictures(context, options);
    for (const other of context.streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
    return new FeedInput(context, stream, decoder, plan.playlist && context.duration !== AV_NOPTS_VALUE && context.duration > 0n);
  }

  get codecParameters(): CodecParameters {
    return this.#stream.codecpar;
  }

  get timeBase(): IRational {
    return this.#stream.timeBase;
  }

  /** Reads the next video packet. @returns false at the end. @throws FramewitnessError FW_FEED_LOST */
  async read(packet: Packet, location: ErrorLocation): Promise<boolean> {
    for (;;) {
      packet.unref();
      const code = await this.#context.readFrame(packet);
      if (code === AVERROR_EOF) return false;
      if (code < 0) throw new FramewitnessError('FW_FEED_LOST', `reading the feed failed: ${libavMessage(code)}`, { location });
      if (packet.streamIndex === this.#stream.index && packet.size > 0) return true;
    }
  }
}
