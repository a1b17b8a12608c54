/** Pictures through a video codec and back, in memory: libav's encoders and decoders inside the process. */
import { AV_CODEC_FLAG_QSCALE, AV_PIX_FMT_YUV420P, FF_ENCODER_LIBX264, FF_ENCODER_MPEG4 } from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet, Rational } from 'node-av/lib';
import { FramewitnessError } from '../../domain/errors.js';
import { isDrained, libavMessage, silenceLibav } from '../../media/libav.js';
import type { Picture } from './pixels/picture.js';
import { rgbOf, yuv420Of } from './pixels/yuv.js';

/** How strongly video is compressed. */
export type VideoCodec =
  | { readonly codec: 'libx264'; readonly preset: 'ultrafast' | 'veryfast' | 'fast'; /** 0 best, 51 worst */ readonly crf: number; readonly bFrames: number }
  | { readonly codec: 'mpeg4'; /** 1 best, 31 worst */ readonly quantiser: number };

/** Lambda of libav for a quantiser of 1. */
const LAMBDA = 118;
const FRAMES_PER_SECOND = 25;

/** Holds what must be freed. */
class RoundTrip {
  readonly #encoder = new CodecContext();
  readonly #decoder = new CodecContext();
  readonly #packet = new Packet();
  readonly #decoded = new Frame();
  readonly pictures: Picture[] = [];

  constructor(
    private readonly video: VideoCodec,
    private readonly width: number,
    private readonly height: number,
  ) {
    silenceLibav();
    const codec = Codec.findEncoderByName(video.codec === 'libx264' ? FF_ENCODER_LIBX264 : FF_ENCODER_MPEG4);
    if (codec === null) throw failed(video, 'libav has no such encoder');
    const decoder = Codec.findDecoder(codec.id);
    if (decoder === null) throw failed(video, 'libav has no decoder for it');
    this.#packet.alloc();
    this.#decoded.alloc();
    const encoder = this.#encoder;
    encoder.allocContext3(codec);
    encoder.width = width;
    encoder.height = height;
    encoder.pixelFormat = AV_PIX_FMT_YUV420P;
    encoder.timeBase = new Rational(1, FRAMES_PER_SECOND);
    encoder.framerate = new Rational(FRAMES_PER_SECOND, 1);
    encoder.threadCount = 1;
    if (video.codec === 'libx264') {
      encoder.maxBFrames = video.bFrames;
      this.#check(encoder.setOption('preset', video.preset), 'its preset');
      this.#check(encoder.setOption('crf', String(video.crf)), 'its quality');
    } else {
      encoder.setFlags(AV_CODEC_FLAG_QSCALE);
      encoder.globalQuality = video.quantiser * LAMBDA;
    }
    this.#check(encoder.open2Sync(codec), 'it cannot be opened');
    this.#decoder.allocContext3(decoder);
    this.#decoder.threadCount = 1;
    if (encoder.extraData !== null) this.#decoder.extraData = encoder.extraData;
    this.#check(this.#decoder.open2Sync(decoder), 'its decoder cannot be opened');
  }

  send(picture: Picture | null, index: number): void {
    if (picture === null) this.#check(this.#encoder.sendFrameSync(null), 'the encoder');
    else {
      const frame = Frame.fromVideoBuffer(yuv420Of(picture), { width: this.width, height: this.height, format: AV_PIX_FMT_YUV420P, timeBase: { num: 1, den: FRAMES_PER_SECOND }, pts: BigInt(index) });
      try {
        if (this.video.codec === 'mpeg4') frame.quality = this.video.quantiser * LAMBDA;
        this.#check(this.#encoder.sendFrameSync(frame), 'the encoder');
      } finally {
        frame.free();
      }
    }
    for (let code = this.#encoder.receivePacketSync(this.#packet); ; code = this.#encoder.receivePacketSync(this.#packet)) {
      if (isDrained(code)) break;
      this.#check(code, 'the encoder');
      this.#check(this.#decoder.sendPacketSync(this.#packet), 'the decoder');
      this.#packet.unref();
      this.#receive();
    }
    if (picture !== null) return;
    this.#check(this.#decoder.sendPacketSync(null), 'the decoder');
    this.#receive();
  }

  #receive(): void {
    for (let code = this.#decoder.receiveFrameSync(this.#decoded); !isDrained(code); code = this.#decoder.receiveFrameSync(this.#decoded)) {
      this.#check(code, 'the decoder');
      this.pictures.push(rgbOf(this.#decoded.toBuffer(), this.width, this.height));
    }
  }

  #check(code: number, what: string): void {
    if (code < 0) throw failed(this.video, `${what}: ${libavMessage(code)}`);
  }

  close(): void {
    this.#encoder.freeContext();
    this.#decoder.freeContext();
    this.#packet.free();
    this.#decoded.free();
  }
}

function failed({ codec }: VideoCodec, what: string): FramewitnessError {
  return new FramewitnessError('FW_INTERNAL', `training pictures could not go through ${codec}: ${what}`);
}

/**
 * Pictures through a codec as the frames of one video. One thread: the same pictures give the same bytes.
 *
 * @param pictures - of one even size
 * @returns as many pictures, in order
 * @throws FramewitnessError FW_INTERNAL where libav refuses
 */
export function throughVideo(pictures: readonly Picture[], video: VideoCodec): readonly Picture[] {
  const [first] = pictures;
  if (first === undefined) return [];
  if (first.width % 2 !== 0 || first.height % 2 !== 0 || pictures.some(({ width, height }) => width !== first.width || height !== first.height)) {
    throw failed(video, `pictures of one even size are needed, the first has ${first.width} × ${first.height} pixels`);
  }
  const trip = new RoundTrip(video, first.width, first.height);
  try {
    pictures.forEach((picture, index) => {
      trip.send(picture, index);
    });
    trip.send(null, pictures.length);
    if (trip.pictures.length !== pictures.length) throw failed(video, `${pictures.length} pictures went in, ${trip.pictures.length} came out`);
    return trip.pictures;
  } finally {
    trip.close();
  }
}
