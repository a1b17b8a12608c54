/** What ffprobe says of a segment, as checked data. */
import { z } from 'zod';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { ColorMatrix, ColorRange, Rotation, VideoInfo } from '../domain/media.js';
import type { FfmpegCommand } from './ffmpeg-command.js';
import { HD_HEIGHT, uprightSize } from './video-info.js';

const Stream = z.object({
  index: z.number().int(),
  codec_name: z.string().optional(),
  codec_type: z.string().optional(),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  pix_fmt: z.string().optional(),
  color_space: z.string().optional(),
  color_range: z.string().optional(),
  time_base: z.string(),
  disposition: z.object({ attached_pic: z.number(), timed_thumbnails: z.number() }).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
});
const Packet = z.object({
  stream_index: z.number().int(),
  pts: z.number().int().optional(),
  dts: z.number().int().optional(),
  duration: z.number().int().optional(),
  size: z.string().optional(),
  flags: z.string(),
});
const Probe = z.object({ streams: z.array(Stream).default([]), packets: z.array(Packet).default([]) });

/** One packet of the video stream, in decode order. */
export interface ProbedPacket {
  readonly ticks: number | undefined;
  readonly duration: number | undefined;
  readonly keyframe: boolean;
  readonly corrupt: boolean;
}

/** The video stream of a segment. */
export interface ProbedVideo {
  readonly streamIndex: number;
  readonly timeBase: { readonly num: number; readonly den: number };
  readonly info: VideoInfo;
  /** Without those that the container says are not shown. */
  readonly packets: readonly ProbedPacket[];
}

/** @throws FramewitnessError FW_INPUT_NOT_MEDIA, FW_INPUT_NO_VIDEO, FW_INPUT_UNSUPPORTED_CODEC */
export async function probeVideo(command: FfmpegCommand, path: string, location: ErrorLocation): Promise<ProbedVideo> {
  const options = ['-fflags', '+genpts', '-show_streams', '-show_packets', '-select_streams', 'v'];
  const answer = await command.probe(path, options, location).catch((error: unknown) => {
    const failed = FramewitnessError.from(error, 'FW_FFMPEG_FAILED', location);
    if (failed.code !== 'FW_FFMPEG_FAILED') throw failed;
    const truncated = failed.message.includes('moov atom not found');
    throw new FramewitnessError(truncated ? 'FW_INPUT_TRUNCATED' : 'FW_INPUT_NOT_MEDIA', failed.message, { location, cause: error });
  });
  const { streams, packets } = Probe.parse(answer);
  const stream = streams.find(({ disposition }) => disposition?.attached_pic !== 1 && disposition?.timed_thumbnails !== 1);
  if (stream === undefined) throw new FramewitnessError('FW_INPUT_NO_VIDEO', 'the container has no video stream', { location });
  if (stream.codec_name === undefined) {
    throw new FramewitnessError('FW_INPUT_UNSUPPORTED_CODEC', 'ffmpeg does not know the codec of the video stream', { location });
  }
  const [num, den] = stream.time_base.split('/').map(Number);
  return {
    streamIndex: stream.index,
    timeBase: { num: num ?? 1, den: den ?? 1 },
    info: describe(stream, stream.codec_name),
    packets: packets
      .filter((packet) => packet.stream_index === stream.index && Number(packet.size ?? 0) > 0 && !packet.flags.includes('D'))
      .map((packet) => ({
        ticks: packet.pts ?? packet.dts,
        duration: packet.duration,
        keyframe: packet.flags.includes('K'),
        corrupt: packet.flags.includes('C'),
      })),
  };
}

function describe(stream: z.infer<typeof Stream>, codec: string): VideoInfo {
  const storedWidth = stream.width ?? 0;
  const storedHeight = stream.height ?? 0;
  const rotation = rotationOf(stream.side_data_list ?? []);
  const [width, height] = uprightSize(storedWidth, storedHeight, rotation);
  const pixelFormat = stream.pix_fmt ?? 'unknown';
  const rgb = stream.color_space === 'gbr';
  return { codec, pixelFormat, width, height, rotation, matrix: matrixOf(stream.color_space, storedHeight), range: rgb ? 'limited' : rangeOf(stream.color_range, pixelFormat) };
}

/** ffprobe says counter-clockwise degrees. */
function rotationOf(sideData: readonly { readonly rotation?: number | undefined }[]): Rotation {
  const counterClockwise = sideData.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0;
  return ((((Math.round(-counterClockwise / 90) % 4) + 4) % 4) * 90) as Rotation;
}

function matrixOf(colorSpace: string | undefined, height: number): ColorMatrix {
  switch (colorSpace) {
    case 'bt709':
    case 'smpte240m':
      return 'bt709';
    case 'bt470bg':
    case 'smpte170m':
    case 'fcc':
    case 'gbr':
      return 'bt601';
    case 'bt2020nc':
    case 'bt2020c':
      return 'bt2020';
    default:
      return height >= HD_HEIGHT ? 'bt709' : 'bt601';
  }
}

function rangeOf(colorRange: string | undefined, pixelFormat: string): ColorRange {
  return colorRange === 'pc' || pixelFormat.startsWith('yuvj') ? 'full' : 'limited';
}
