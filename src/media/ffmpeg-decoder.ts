/** The other decoder: the system's ffmpeg, for those whom the libav binary inside the npm package does not suit. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { DecodeAccounting, DecodedFrame, Segment, VideoInfo } from '../domain/media.js';
import type { DecodeRequest, GridFrame, SegmentDecoder, SegmentDecoding } from '../domain/ports.js';
import { DecodeLedger } from './decode-ledger.js';
import { colorMatrixOf, colorRangeOf, rawFormatFor, type RawFormat } from './ffmpeg-colour.js';
import { FfmpegCommand, fileUrl, type FfmpegRun } from './ffmpeg-command.js';
import { ByteReader, EventQueue } from './ffmpeg-frames.js';
import { FfmpegLog, LOG_OPTIONS, SHOW_FRAMES_FILTER, type ShownFrame } from './ffmpeg-log.js';
import { inputOptions, probeSegment, type ProbedSegment } from './ffmpeg-probe.js';
import { DecodeProgress } from './ffmpeg-progress.js';
import { planFrames, type PlannedFrame } from './frame-plan.js';

const NEUTRAL_CHROMA = 128;

/**
 * A decoder that runs the programs ffprobe and ffmpeg (5.1 or later), one process at a time, one thread.
 *
 * It hands out the frames that {@link LibavDecoder} hands out, with the same times and account, and with the same pixels for
 * 8-bit 4:2:0. It differs in this:
 * - The media go through a private temporary file, deleted when the work is done (not when the process is killed).
 * - Frames off the grid are decoded and dropped: `selective` saves nothing.
 * - Other pixel formats are converted by another version of libswscale, by the range of the stream and not of the frame.
 * - Of several video streams it takes the default one with the highest bit rate.
 * - Damage is read off ffmpeg's messages. Up to version 6 they come in step with the packets and place it exactly. From
 *   version 7 on ffmpeg reads ahead; then all from the first frame that has not come out to the last packet read, with what
 *   refers to them, counts as damaged.
 */
export function createFfmpegDecoder(command: FfmpegCommand = new FfmpegCommand()): SegmentDecoder {
  return {
    open: async (segment, request) => {
      const location = { stream: segment.stream, sequence: segment.sequence };
      refuseUnfit(segment, request, location);
      const file = await TemporaryFile.holding(segment.media);
      try {
        const probed = await probeSegment({ command, file: file.path, limits: request.limits, location });
        return new FfmpegSegmentDecoding(command, segment, request, probed, location);
      } finally {
        await file.remove();
      }
    },
    close: () => Promise.resolve(),
  };
}

function refuseUnfit({ media }: Pick<Segment, 'media'>, { limits }: DecodeRequest, location: ErrorLocation): void {
  if (media.length === 0) throw new FramewitnessError('FW_INPUT_EMPTY', 'the segment holds no bytes', { location });
  if (media.length <= limits.maxSegmentBytes) return;
  throw new FramewitnessError('FW_LIMIT_SEGMENT_BYTES', `the segment has ${media.length} bytes, ${limits.maxSegmentBytes} are allowed`, { location });
}

/** A file that only this user can read. */
class TemporaryFile {
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'segment');
  }

  /** @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
  static async holding(bytes: Uint8Array): Promise<TemporaryFile> {
    let file: TemporaryFile | undefined;
    try {
      file = new TemporaryFile(await mkdtemp(join(tmpdir(), 'framewitness-')));
      await writeFile(file.path, bytes, { mode: 0o600 });
      return file;
    } catch (error) {
      await file?.remove();
      throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE');
    }
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A frame that waits until everything decoded before it is known to be sound. */
interface HeldFrame {
  readonly index: number;
  readonly shown: ShownFrame;
  readonly pixels: Uint8Array;
}

class FfmpegSegmentDecoding implements SegmentDecoding {
  readonly video: VideoInfo;
  readonly #command: FfmpegCommand;
  readonly #media: Uint8Array;
  readonly #limits: DecodeRequest['limits'];
  readonly #probed: ProbedSegment;
  readonly #location: ErrorLocation;
  readonly #plan: readonly PlannedFrame[];
  readonly #raw: RawFormat;
  readonly #ledger: DecodeLedger;
  #started = false;

  constructor(command: FfmpegCommand, segment: Pick<Segment, 'sequence' | 'ptsStartMicros' | 'ownTime' | 'media'>, request: DecodeRequest, probed: ProbedSegment, location: ErrorLocation) {
    this.#command = command;
    this.#media = segment.media;
    this.#limits = request.limits;
    this.#probed = probed;
    this.#location = location;
    this.video = probed.video;
    this.#plan = planFrames(probed.times, segment, request.grid.framesPerSecond);
    this.#raw = rawFormatFor(probed.colours);
    this.#ledger = new DecodeLedger(this.#plan, this.video.codec, undefined, probed.startsAtKeyframe);
  }

  accounting(): DecodeAccounting {
    return this.#ledger.accounting();
  }

  warnings(): readonly { readonly code: string; readonly message: string }[] {
    return this.#ledger.warnings();
  }

  async *frames(): AsyncGenerator<GridFrame, void, void> {
    if (this.#started) return;
    this.#started = true;
    if (this.#plan.length > 0) {
      const file = await TemporaryFile.holding(this.#media);
      try {
        yield* this.#decode(file.path);
      } finally {
        await file.remove();
      }
    }
    this.#ledger.finish();
  }

  async *#decode(path: string): AsyncGenerator<GridFrame, void, void> {
    const events = new EventQueue();
    const log = new FfmpegLog(fileUrl(path), events.push);
    const progress = new DecodeProgress(this.#probed, this.#plan, this.#ledger, log);
    const held: HeldFrame[] = [];
    const run = this.#start(path, log);
    const output = new ByteReader(run.output);
    run.finished.then(events.end, events.end);
    try {
      for (let running = true; running; ) {
        const event = await events.next();
        if (event === undefined) {
          await conclude(run, progress);
          running = false;
        } else if (event.kind === 'frame') {
          const pixels = await this.#read(run, output, event.frame);
          const index = progress.presented(event.frame);
          if (index !== undefined && this.#plan[index]?.wanted === true) held.push({ index, shown: event.frame, pixels });
        } else {
          progress.note(event);
        }
        for (let next = held[0]; next !== undefined && (!running || this.#ledger.isSettledBefore(next.index)); next = held[0]) {
          held.shift();
          const planned = this.#plan[next.index];
          if (planned !== undefined && this.#ledger.deliver(next.index)) yield { frame: this.#describe(next, planned), tentative: planned.tentative };
        }
      }
    } finally {
      await run.kill();
    }
  }

  #start(path: string, log: FfmpegLog): FfmpegRun {
    return this.#command.run({
      input: path,
      // However many errors there are, go on to the end: what can be judged is decided here.
      inputOptions: [...LOG_OPTIONS, ...inputOptions(this.#limits), ...errorDetection(this.video), '-flags', '-output_corrupt', '-max_error_rate', '1', '-noautorotate', '-copyts'],
      outputOptions: [
        ...['-map', `0:${this.#probed.stream}`, '-fps_mode', 'passthrough', '-autoscale', '0'],
        ...['-filter:v', `${SHOW_FRAMES_FILTER},${this.#raw.filters}`, '-f', 'rawvideo'],
      ],
      location: this.#location,
      onMessage: (line) => {
        log.line(line);
      },
    });
  }

  async #read(run: FfmpegRun, output: ByteReader, { width, height }: ShownFrame): Promise<Uint8Array> {
    if (width * height > this.#limits.maxPixels) {
      throw new FramewitnessError('FW_LIMIT_PIXELS', `a frame of ${width} x ${height} has more than the allowed ${this.#limits.maxPixels} pixels`, { location: this.#location });
    }
    const chroma = this.#raw.pixelFormat === 'gray' ? 0 : 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
    const pixels = await output.take(width * height + chroma);
    if (pixels !== undefined) return pixels;
    await run.finished;
    throw new FramewitnessError('FW_FFMPEG_FAILED', 'ffmpeg ended within a frame', { location: this.#location });
  }

  #describe({ shown, pixels }: HeldFrame, planned: PlannedFrame): DecodedFrame {
    const { width: storedWidth, height: storedHeight } = shown;
    const rotation = shown.rotation ?? this.video.rotation;
    const turned = rotation === 90 || rotation === 270;
    const stream = this.#probed.colours;
    const chromaWidth = (storedWidth + 1) >> 1;
    const chromaSize = chromaWidth * ((storedHeight + 1) >> 1);
    const lumaSize = storedWidth * storedHeight;
    const neutral = this.#raw.pixelFormat === 'gray' ? new Uint8Array(chromaSize).fill(NEUTRAL_CHROMA) : undefined;
    return {
      ptsMicros: planned.ptsMicros,
      storedWidth,
      storedHeight,
      width: turned ? storedHeight : storedWidth,
      height: turned ? storedWidth : storedHeight,
      rotation,
      matrix: colorMatrixOf(shown, stream),
      range: colorRangeOf(shown, stream),
      planes: [
        pixels.subarray(0, lumaSize),
        neutral ?? pixels.subarray(lumaSize, lumaSize + chromaSize),
        neutral ?? pixels.subarray(lumaSize + chromaSize),
      ],
      strides: [storedWidth, chromaWidth, chromaWidth],
    };
  }
}

/** As in `libav-decoding.ts`: HEVC has no mark for frames that were concealed, so there errors end the frame. */
function errorDetection({ codec }: VideoInfo): readonly string[] {
  return codec === 'hevc' ? ['-err_detect', 'crccheck+explode'] : [];
}

/** @throws FramewitnessError when ffmpeg failed for another reason than that there was nothing in the media to decode */
async function conclude(run: FfmpegRun, progress: DecodeProgress): Promise<void> {
  try {
    await run.finished;
  } catch (error) {
    const exited = error instanceof FramewitnessError && error.message.startsWith('ffmpeg exited with code');
    if (!exited || !progress.readAllAndDecodedNothing) throw error;
  }
}
