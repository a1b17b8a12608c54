/** The other decoder: the system's ffmpeg, for those whom the libav binary inside node-av does not suit. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { DecodeAccounting, DecodedFrame, Segment, VideoInfo } from '../domain/media.js';
import type { DecodeRequest, GridFrame, SegmentDecoder, SegmentDecoding } from '../domain/ports.js';
import { DecodeLedger } from './decode-ledger.js';
import { FfmpegCommand } from './ffmpeg-command.js';
import { FfmpegPictures } from './ffmpeg-pictures.js';
import { probeVideo, type ProbedVideo } from './ffmpeg-probe.js';
import { planFrames, type PlannedFrame } from './frame-plan.js';
import { refuseLargePicture } from './libav-input.js';
import { toMicros } from './libav.js';
import { defaultDuration } from './packet-times.js';

/**
 * Same frames, times and accounting as {@link LibavDecoder} for undamaged segments, and the same pixels for 8-bit 4:2:0;
 * converted formats may differ by one step where the swscale versions do. Where it differs: every frame is decoded (there is
 * no selective decoding through a pipe), damage is placed by ffmpeg's messages, which is coarser, and a change of picture
 * size within a segment is scaled to the first size.
 */
export function createFfmpegDecoder(command: FfmpegCommand = new FfmpegCommand()): SegmentDecoder {
  return {
    open: async (segment, request) => {
      const location = { stream: segment.stream, sequence: segment.sequence };
      refuseUnfit(segment, request, location);
      const folder = await mkdtemp(join(tmpdir(), 'framewitness-'));
      try {
        const path = join(folder, 'segment');
        await writeFile(path, segment.media, { mode: 0o600 });
        const video = await probeVideo(command, path, location);
        const decoding = new FfmpegSegmentDecoding(command, folder, path, video, segment, request, location);
        return decoding;
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
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

class FfmpegSegmentDecoding implements SegmentDecoding {
  readonly video: VideoInfo;
  readonly #command: FfmpegCommand;
  readonly #folder: string;
  readonly #path: string;
  readonly #probed: ProbedVideo;
  readonly #location: ErrorLocation;
  readonly #plan: readonly PlannedFrame[];
  readonly #ledger: DecodeLedger;
  #started = false;

  constructor(
    command: FfmpegCommand,
    folder: string,
    path: string,
    probed: ProbedVideo,
    segment: Pick<Segment, 'sequence' | 'ptsStartMicros'>,
    { grid, limits }: DecodeRequest,
    location: ErrorLocation,
  ) {
    this.#command = command;
    this.#folder = folder;
    this.#path = path;
    this.#probed = probed;
    this.#location = location;
    this.video = probed.info;
    refuseLargePicture(probed.info.width, probed.info.height, { location, maxPixels: limits.maxPixels });
    if (probed.packets.length > limits.maxSegmentFrames) {
      throw new FramewitnessError('FW_LIMIT_SEGMENT_FRAMES', `the segment has more than the allowed ${limits.maxSegmentFrames} frames`, { location });
    }
    this.#plan = planFrames(timesOf(probed), segment, grid.framesPerSecond);
    this.#ledger = new DecodeLedger(this.#plan, probed.info.codec, undefined);
    probed.packets.forEach((packet, index) => {
      if (packet.corrupt) this.#ledger.damagedAt(index);
    });
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
    const pictures = new FfmpegPictures(this.#command, this.#path, this.#probed, this.#location);
    const finder = new FrameFinder(this.#probed, this.#plan);
    try {
      for await (const picture of pictures.read()) {
        for (const loss of picture.losses) this.#ledger.damagedAt(finder.firstOutstanding() + loss);
        const index = finder.find(picture.ticks);
        if (index === undefined) continue;
        if (picture.damaged) this.#ledger.damagedAt(index);
        this.#ledger.presented(index);
        const planned = this.#plan[index];
        if (planned?.wanted !== true || !this.#ledger.deliver(index)) continue;
        yield { frame: this.#describe(planned, picture), tentative: planned.tentative };
      }
      this.#ledger.finish();
    } finally {
      pictures.close();
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  #describe(planned: PlannedFrame, picture: Pick<DecodedFrame, 'planes' | 'strides'>): DecodedFrame {
    const { rotation, matrix, range, width, height } = this.video;
    const turned = rotation === 90 || rotation === 270;
    return {
      ptsMicros: planned.ptsMicros,
      storedWidth: turned ? height : width,
      storedHeight: turned ? width : height,
      width,
      height,
      rotation,
      matrix,
      range,
      planes: picture.planes,
      strides: picture.strides,
    };
  }
}

/** Which packet a picture came from: by its time, and among equal times by turns; by position where packets have no times. */
class FrameFinder {
  readonly #byTicks = new Map<number, number[]>();
  readonly #byRank: readonly number[];
  readonly #timeless: boolean;
  readonly #outstanding: Set<number>;
  #count = 0;

  constructor({ packets }: ProbedVideo, plan: readonly PlannedFrame[]) {
    this.#timeless = packets.some(({ ticks }) => ticks === undefined);
    this.#byRank = plan.map((_, index) => index).sort((a, b) => (plan[a]?.rank ?? 0) - (plan[b]?.rank ?? 0));
    this.#outstanding = new Set(plan.keys());
    packets.forEach(({ ticks }, index) => {
      if (ticks !== undefined) this.#byTicks.set(ticks, [...(this.#byTicks.get(ticks) ?? []), index]);
    });
  }

  find(ticks: number | undefined): number | undefined {
    const index = this.#timeless ? this.#byRank[this.#count] : this.#byTicks.get(ticks ?? Number.NaN)?.shift();
    this.#count += 1;
    if (index !== undefined) this.#outstanding.delete(index);
    return index;
  }

  /** The earliest packet, in decode order, that has not come out yet. */
  firstOutstanding(): number {
    return this.#outstanding.values().next().value ?? 0;
  }
}

function timesOf({ packets, timeBase }: ProbedVideo): readonly { readonly ptsMicros: number; readonly keyframe: boolean }[] {
  const timeless = packets.some(({ ticks }) => ticks === undefined);
  const step = packets.find(({ duration }) => duration !== undefined)?.duration ?? Number(defaultDuration(timeBase));
  const ticks = packets.map((packet, index) => BigInt(timeless ? index * step : (packet.ticks ?? 0)));
  const origin = ticks.reduce((least, time) => (time < least ? time : least), ticks[0] ?? 0n);
  return packets.map(({ keyframe }, index) => ({ ptsMicros: toMicros((ticks[index] ?? origin) - origin, timeBase), keyframe }));
}
