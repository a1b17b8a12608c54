/** Raw pictures out of ffmpeg's pipe, paired with the times that its messages give. */
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { FfmpegCommand, FfmpegRun } from './ffmpeg-command.js';
import type { ProbedVideo } from './ffmpeg-probe.js';
import type { Planes } from './frame-planes.js';

const NEUTRAL_CHROMA = 128;
/** How far the decoder may be ahead of what it put out, in packets, when it reports a packet that it cannot decode. */
const DECODER_DELAY = 32;
const SHOWN = /^\[Parsed_showinfo.*?\] n: *\d+ pts: *(-?\d+|NOPTS)/;
const CORRUPT = /corrupt decoded frame/;
const LOST = /Error while decoding stream|Error submitting packet to decoder/;

/** One picture in the order of presentation. */
export interface FfmpegPicture extends Planes {
  readonly ticks: number | undefined;
  /** ffmpeg says that it is damaged. */
  readonly damaged: boolean;
  /** Where packets could not be decoded since the picture before: distances from the first packet still outstanding. */
  readonly losses: readonly number[];
}

/** A picture that ffmpeg has announced and not yet delivered. */
interface Announced {
  readonly ticks: number | undefined;
  readonly damaged: boolean;
  readonly losses: readonly number[];
}

/** One decoding run. Close it. */
export class FfmpegPictures {
  readonly #run: FfmpegRun;
  readonly #sizes: readonly [number, number, number];
  readonly #strides: readonly [number, number, number];
  readonly #grey: boolean;
  readonly #location: ErrorLocation;
  readonly #announced: Announced[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #damaged = false;
  #lost = false;

  constructor(command: FfmpegCommand, path: string, video: ProbedVideo, location: ErrorLocation) {
    const turned = video.info.rotation === 90 || video.info.rotation === 270;
    const width = turned ? video.info.height : video.info.width;
    const height = turned ? video.info.width : video.info.height;
    const chroma = ((width + 1) >> 1) * ((height + 1) >> 1);
    this.#location = location;
    this.#grey = video.info.pixelFormat === 'gray';
    this.#sizes = [width * height, chroma, chroma];
    this.#strides = [width, (width + 1) >> 1, (width + 1) >> 1];
    this.#run = command.run({
      input: path,
      inputOptions: ['-v', 'info', '-threads', '1', '-noautorotate', '-copyts', '-fflags', '+genpts', ...detection(video)],
      outputOptions: [
        ...['-map', `0:${video.streamIndex}`, '-fps_mode', 'passthrough', '-filter:v', this.#filters(video)],
        ...['-f', 'rawvideo', '-pix_fmt', this.#grey ? 'gray' : 'yuv420p'],
      ],
      location,
      onMessage: (line) => {
        this.#listen(line);
      },
      onEnd: () => {
        this.#ended = true;
        this.#wake?.();
      },
    });
  }

  /** A picture's planes are valid until the next one is asked for. */
  async *read(): AsyncGenerator<FfmpegPicture, void, void> {
    const size = this.#grey ? this.#sizes[0] : this.#sizes[0] + this.#sizes[1] + this.#sizes[2];
    const picture = new Uint8Array(size);
    const neutral = this.#grey ? new Uint8Array(this.#sizes[1]).fill(NEUTRAL_CHROMA) : undefined;
    let filled = 0;
    for await (const chunk of this.#run.output as AsyncIterable<Uint8Array>) {
      for (let offset = 0; offset < chunk.length; ) {
        const part = chunk.subarray(offset, offset + size - filled);
        picture.set(part, filled);
        filled += part.length;
        offset += part.length;
        if (filled < size) continue;
        filled = 0;
        yield { ...(await this.#nextAnnounced()), ...this.#planes(picture, neutral) };
      }
    }
  }

  close(): void {
    this.#run.kill();
  }

  #planes(picture: Uint8Array, neutral: Uint8Array | undefined): Planes {
    const [luma, chroma] = this.#sizes;
    if (neutral !== undefined) return { planes: [picture, neutral, neutral], strides: this.#strides };
    return {
      planes: [picture.subarray(0, luma), picture.subarray(luma, luma + chroma), picture.subarray(luma + chroma)],
      strides: this.#strides,
    };
  }

  /** Keeps range and matrix where the format has to change; leaves 8-bit 4:2:0 alone. */
  #filters({ info }: ProbedVideo): string {
    const shown = 'showinfo=checksum=0';
    if (this.#grey || info.pixelFormat === 'yuv420p' || info.pixelFormat === 'yuvj420p') return shown;
    const range = info.range === 'full' ? 'full' : 'limited';
    const rgb = /^(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|pal8)/.test(info.pixelFormat);
    const ranges = rgb ? 'out_color_matrix=bt601:out_range=limited' : `in_range=${range}:out_range=${range}`;
    return `${shown},scale=${ranges}:flags=bicubic+accurate_rnd+bitexact`;
  }

  #listen(line: string): void {
    const shown = SHOWN.exec(line);
    if (shown !== null) {
      const losses = this.#lost ? Array.from({ length: DECODER_DELAY }, (_, distance) => distance) : [];
      this.#announced.push({ ticks: shown[1] === 'NOPTS' ? undefined : Number(shown[1]), damaged: this.#damaged, losses });
      this.#damaged = false;
      this.#lost = false;
      this.#wake?.();
    } else if (CORRUPT.test(line)) {
      this.#damaged = true;
    } else if (LOST.test(line)) {
      this.#lost = true;
    }
  }

  /** The messages come through another pipe than the pictures, and may be behind. */
  async #nextAnnounced(): Promise<Announced> {
    for (;;) {
      const next = this.#announced.shift();
      if (next !== undefined) return next;
      if (this.#ended) throw new FramewitnessError('FW_FFMPEG_FAILED', 'ffmpeg put out a picture without a time', { location: this.#location });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** As in the libav decoder. */
function detection({ info }: ProbedVideo): readonly string[] {
  return info.codec === 'hevc' ? ['-err_detect', 'crccheck+explode'] : [];
}
