/** Opens media for demultiplexing: picks the video stream, checks limits before anything is decoded. */
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_TIMED_THUMBNAILS,
  AVDISCARD_ALL,
  AVFMT_FLAG_CUSTOM_IO,
  AVFMT_FLAG_GENPTS,
  AVMEDIA_TYPE_VIDEO,
  type AVFormatFlag,
} from 'node-av/constants';
import { Codec, Dictionary, FormatContext, avGetCodecName, type Packet, type Stream } from 'node-av/lib';
import { FramewitnessError, type ErrorCode, type ErrorLocation } from '../domain/errors.js';
import type { ByteSource } from './byte-source.js';
import { libavMessage, silenceLibav } from './libav.js';
import { takeSourceIo, type SourceIo } from './source-io.js';

/** libav's score for «barely more than nothing»: below it, something without video is taken for no media at all. */
const PROBE_SCORE_DOUBTFUL = 25;

/** Options of {@link LibavInput.open}. */
export interface LibavInputOptions {
  readonly location: ErrorLocation;
  /** Width × height above which the input is refused before anything is decoded. */
  readonly maxPixels: number;
}

/** An opened container with the video stream that framewitness judges. Close it. */
export class LibavInput {
  readonly stream: Stream;
  readonly decoder: Codec;
  /** libav's short name of the container format, for example `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly formatName: string;
  readonly codecName: string;
  readonly #context: FormatContext;
  readonly #io: SourceIo;
  #closed = false;

  private constructor(context: FormatContext, io: SourceIo, stream: Stream, decoder: Codec) {
    this.#context = context;
    this.#io = io;
    this.stream = stream;
    this.decoder = decoder;
    this.formatName = context.iformat?.name ?? 'unknown';
    this.codecName = avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
  }

  /**
   * @throws FramewitnessError FW_INPUT_NOT_MEDIA, FW_INPUT_TRUNCATED (an MP4 without its index), FW_INPUT_NO_VIDEO,
   * FW_INPUT_UNSUPPORTED_CODEC, FW_LIMIT_PIXELS; and whatever `source` throws
   */
  static open(source: ByteSource, options: LibavInputOptions): LibavInput {
    silenceLibav();
    const io = takeSourceIo(source);
    const context = new FormatContext();
    try {
      context.allocContext();
      context.pb = io.native;
      context.flags = (context.flags | AVFMT_FLAG_GENPTS | AVFMT_FLAG_CUSTOM_IO) as AVFormatFlag;
      openContainer(context, io, source, options);
      refuseLargePictures(context, options);
      const found = findStreamInfo(context, options.maxPixels);
      io.rethrow();
      if (found < 0) throw failure('FW_INPUT_NOT_MEDIA', `libav cannot make out the streams: ${libavMessage(found)}`, options);
      const stream = pickVideoStream(context, options);
      const decoder = pickDecoder(stream, options);
      refuseLargePictures(context, options);
      for (const other of context.streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
      return new LibavInput(context, io, stream, decoder);
    } catch (error) {
      release(context, io);
      throw error;
    }
  }

  /**
   * Reads the next packet of the video stream into `packet` (unreferenced first).
   *
   * @returns 0, or libav's error code (AVERROR_EOF at the end)
   */
  readPacket(packet: Packet): number {
    for (;;) {
      packet.unref();
      const code = this.#context.readFrameSync(packet);
      this.#io.rethrow();
      if (code < 0) return code;
      if (packet.streamIndex === this.stream.index) return 0;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    release(this.#context, this.#io);
  }
}

function release(context: FormatContext, io: SourceIo): void {
  // With AVFMT_FLAG_CUSTOM_IO the I/O context is left alone. It must not be taken out of `context` before: an input without
  // streams is closed only when it is collected, and then crashes without it.
  context.closeInputSync();
  io.release();
}

function openContainer(context: FormatContext, io: SourceIo, source: ByteSource, options: LibavInputOptions): void {
  // Playlists and scripts (HLS, DASH, concat, SDP) name other resources: with no protocol allowed they can open none.
  using opening = Dictionary.fromObject({ protocol_whitelist: 'none', enable_drefs: 0 });
  const opened = context.openInputSync('', null, opening);
  io.rethrow();
  if (opened >= 0) return;
  if (looksLikeIsoMedia(source)) {
    throw failure('FW_INPUT_TRUNCATED', `the MP4 index (moov) is missing or cut off: ${libavMessage(opened)}`, options);
  }
  throw failure('FW_INPUT_NOT_MEDIA', `libav recognises no container: ${libavMessage(opened)}`, options);
}

/**
 * Lets libav look into the streams, which may decode a few frames: with the pixel limit, because a codec's header may claim
 * more than the container's. libav wants one dictionary a stream and node-av passes exactly one, so with more streams none
 * is given (libav would read beyond it); the size is then checked after the look.
 */
function findStreamInfo(context: FormatContext, maxPixels: number): number {
  if (context.nbStreams !== 1) return context.findStreamInfoSync(null);
  using probing = Dictionary.fromObject({ max_pixels: maxPixels, threads: 1 });
  return context.findStreamInfoSync(probing);
}

/** True when the first box is one that ISO base media files begin with. */
function looksLikeIsoMedia(source: ByteSource): boolean {
  if (source.seek === undefined) return false;
  source.seek(0);
  const head = source.read(12);
  if (head === undefined || head.length < 8) return false;
  return ['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'styp'].includes(String.fromCharCode(...head.subarray(4, 8)));
}

/** The stream to judge. @throws FramewitnessError FW_INPUT_NOT_MEDIA, FW_INPUT_NO_VIDEO */
export function pickVideoStream(context: FormatContext, options: LibavInputOptions): Stream {
  const candidates = context.streams.filter(
    (stream) =>
      stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO &&
      !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC) &&
      !stream.hasDisposition(AV_DISPOSITION_TIMED_THUMBNAILS),
  );
  if (candidates.length === 0) {
    const nothingAtAll = context.nbStreams === 0 || context.probeScore <= PROBE_SCORE_DOUBTFUL;
    throw nothingAtAll
      ? failure('FW_INPUT_NOT_MEDIA', 'libav finds nothing that it can play', options)
      : failure('FW_INPUT_NO_VIDEO', `the container (${context.iformat?.name ?? 'unknown'}) has no video stream`, options);
  }
  const best = context.findBestStream(AVMEDIA_TYPE_VIDEO, -1, -1);
  return candidates.find((stream) => stream.index === best) ?? (candidates[0] as Stream);
}

/** @throws FramewitnessError FW_INPUT_UNSUPPORTED_CODEC */
export function pickDecoder(stream: Stream, options: LibavInputOptions): Codec {
  const decoder = Codec.findDecoder(stream.codecpar.codecId);
  if (decoder !== null) return decoder;
  const name = avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
  throw failure('FW_INPUT_UNSUPPORTED_CODEC', `there is no decoder for the codec ${name}`, options);
}

/** @throws FramewitnessError FW_LIMIT_PIXELS when a stream says that its frames are larger than allowed */
export function refuseLargePictures(context: FormatContext, options: LibavInputOptions): void {
  for (const { codecpar } of context.streams) {
    if (codecpar.codecType !== AVMEDIA_TYPE_VIDEO) continue;
    refuseLargePicture(codecpar.width, codecpar.height, options);
  }
}

/** @throws FramewitnessError FW_LIMIT_PIXELS when width × height is above `options.maxPixels` */
export function refuseLargePicture(width: number, height: number, options: LibavInputOptions): void {
  if (width * height <= options.maxPixels) return;
  throw failure('FW_LIMIT_PIXELS', `a frame of ${width} x ${height} has more than the allowed ${options.maxPixels} pixels`, options);
}

function failure(code: ErrorCode, detail: string, options: LibavInputOptions): FramewitnessError {
  return new FramewitnessError(code, detail, { location: options.location });
}
