/** What ffprobe knows of a segment before anything is decoded: its video stream and all packets of it. */
import { z } from 'zod';
import { FramewitnessError, type ErrorCode, type ErrorLocation } from '../domain/errors.js';
import type { VideoInfo } from '../domain/media.js';
import type { MediaLimits } from '../domain/ports.js';
import { colorMatrixOf, colorRangeOf, type ColourNames } from './ffmpeg-colour.js';
import type { FfmpegCommand } from './ffmpeg-command.js';
import { clockwiseRotation, labelOf } from './ffmpeg-log.js';
import { parsePackets, timesOf, type PrintedPacket } from './ffmpeg-packets.js';
import type { PacketTimes } from './frame-plan.js';

/**
 * Containers that hold their media themselves. Playlists and scripts (HLS, DASH, concat, SDP, image sequences) name other
 * files, which the programs could open: they are refused.
 */
const CONTAINERS = [
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,live_flv,ogg,asf,nut,mxf,gxf,rm,wtv,dv,ivf,obu,av1',
  'h261,h263,h264,hevc,vvc,m4v,mpegvideo,vc1,vc1test,dirac,mjpeg,mjpeg_2000,yuv4mpegpipe,avs,avs2,avs3,amv,bink,cavsvideo',
  'dxa,film_cpk,flic,gif,apng,ipmovie,nsv,nuv,roq,smk,smjpeg,swf,thp,tmv,vivo,mpjpeg,wav,mp3,aac,flac,ac3,eac3,aiff,amr,caf',
].join(',');

/** libav's score for «barely more than nothing»: below it, something without video is taken for no media at all. */
const PROBE_SCORE_DOUBTFUL = 25;

/** As in `packet-reader.ts`: AVI stores no presentation times, and libav's guess fails where frames are reordered deeply. */
const FORMATS_WITHOUT_PTS: ReadonlySet<string> = new Set(['avi']);
const REORDERING_CODECS: ReadonlySet<string> = new Set(['h264', 'hevc', 'mpeg4']);

/** libav refuses pictures above `-max_pixels`, and those whose size overflows its arithmetic. */
const TOO_LARGE = /Picture size (\d+x\d+) (?:exceeds specified max pixel count|is invalid)/;

/** Arguments before `-i`, for both programs. */
export function inputOptions(limits: Pick<MediaLimits, 'maxPixels'>): readonly string[] {
  return ['-format_whitelist', CONTAINERS, '-fflags', '+genpts', '-max_pixels', `${limits.maxPixels}`, '-threads', '1'];
}

/** One packet of the video stream. */
export interface ProbedPacket {
  /** In ticks of the stream's time base; undefined where the container gives no time of presentation. */
  readonly pts: string | undefined;
  /** Byte position in the file. */
  readonly position: string | undefined;
  /** Marked damaged by the demultiplexer (ffprobe says so from version 6.1 on; ffmpeg says it in any case). */
  readonly corrupt: boolean;
  /** Index among the frames that the container presents, in decode order; undefined for what is not shown or empty. */
  readonly frame: number | undefined;
}

/** What {@link probeSegment} found. */
export interface ProbedSegment {
  /** Index of the stream in the container. */
  readonly stream: number;
  readonly colours: ColourNames;
  readonly video: VideoInfo;
  readonly packets: readonly ProbedPacket[];
  /** Whether the first packet is a keyframe, be it one that is shown or not. */
  readonly startsAtKeyframe: boolean;
  /** Whether the packets' times say when they are decoded, not when they are shown. */
  readonly decodeTimesOnly: boolean;
  /** One entry a presented frame, in decode order; times of the container's own clock. */
  readonly times: readonly PacketTimes[];
}

const flag = z.number().optional();
const streamSchema = z.object({
  index: z.number(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  pix_fmt: z.string().optional(),
  color_space: z.string().optional(),
  color_range: z.string().optional(),
  time_base: z.string(),
  bit_rate: z.string().optional(),
  disposition: z.object({ default: flag, attached_pic: flag, timed_thumbnails: flag }).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
});
const headersSchema = z.object({
  streams: z.array(streamSchema).default([]),
  format: z.object({ format_name: z.string().optional(), probe_score: z.number().optional() }).optional(),
});
type ProbedStream = z.infer<typeof streamSchema>;

/** Asks ffprobe about one file. */
export interface Prober {
  readonly command: FfmpegCommand;
  readonly file: string;
  readonly limits: MediaLimits;
  readonly location: ErrorLocation;
}

/**
 * @throws FramewitnessError FW_INPUT_NOT_MEDIA, FW_INPUT_TRUNCATED (an MP4 without its index), FW_INPUT_NO_VIDEO,
 * FW_INPUT_UNSUPPORTED_CODEC, FW_LIMIT_PIXELS, FW_LIMIT_SEGMENT_FRAMES; FW_FFMPEG_MISSING, FW_FFMPEG_FAILED
 */
export async function probeSegment(prober: Prober): Promise<ProbedSegment> {
  const { stream, format } = await probeStream(prober);
  const decodeTimesOnly = FORMATS_WITHOUT_PTS.has(format) && REORDERING_CODECS.has(stream.codec_name ?? '');
  const shown: PrintedPacket[] = [];
  const printed = await probePackets(prober, stream.index);
  const packets = printed.map((packet): ProbedPacket => {
    const presented = packet.size > 0 && packet.flags[1] !== 'D';
    if (presented) shown.push(packet);
    return {
      pts: decodeTimesOnly ? undefined : (packet.pts ?? packet.dts)?.toString(),
      position: packet.position,
      corrupt: packet.flags.includes('C'),
      frame: presented ? shown.length - 1 : undefined,
    };
  });
  const colours: ColourNames = {
    pixelFormat: stream.pix_fmt ?? 'unknown',
    height: stream.height ?? 0,
    colorSpace: labelOf(stream.color_space),
    colorRange: labelOf(stream.color_range),
  };
  const times = await timesOf(shown, { timeBase: stream.time_base, decodeTimesOnly }, () => positionsInOrder(prober, stream.index));
  const startsAtKeyframe = printed.find(({ size }) => size > 0)?.flags.startsWith('K') === true;
  return { stream: stream.index, colours, video: describe(stream, colours), packets, startsAtKeyframe, decodeTimesOnly, times };
}

async function probeStream({ command, file, limits, location }: Prober): Promise<{ readonly stream: ProbedStream; readonly format: string }> {
  const entries = `stream=${Object.keys(streamSchema.shape).join(',')}:stream_disposition:stream_side_data:format=format_name,probe_score`;
  const { stdout, messages, succeeded } = await command.probe(file, [...inputOptions(limits), '-loglevel', 'warning', '-of', 'json', '-show_entries', entries], location);
  const failure = (code: ErrorCode, detail: string): FramewitnessError => new FramewitnessError(code, detail, { location });
  if (!succeeded) {
    const [, size] = TOO_LARGE.exec(messages) ?? [];
    if (size !== undefined) throw failure('FW_LIMIT_PIXELS', `a frame of ${size.replace('x', ' x ')} has more than the allowed ${limits.maxPixels} pixels`);
    if (messages.includes('moov atom not found')) throw failure('FW_INPUT_TRUNCATED', `the MP4 index (moov) is missing or cut off: ${messages}`);
    throw failure('FW_INPUT_NOT_MEDIA', messages.includes('Format not on whitelist') ? 'the input names other files instead of holding media' : `ffprobe recognises no container: ${messages}`);
  }
  const { streams, format } = headersSchema.parse(JSON.parse(stdout));
  const videos = streams.filter(({ codec_type: type }) => type === 'video');
  for (const { width = 0, height = 0 } of videos) {
    if (width * height > limits.maxPixels) throw failure('FW_LIMIT_PIXELS', `a frame of ${width} x ${height} has more than the allowed ${limits.maxPixels} pixels`);
  }
  const [stream] = videos
    .filter(({ disposition }) => disposition?.attached_pic !== 1 && disposition?.timed_thumbnails !== 1)
    .sort((a, b) => (b.disposition?.default ?? 0) - (a.disposition?.default ?? 0) || Number(b.bit_rate ?? 0) - Number(a.bit_rate ?? 0) || a.index - b.index);
  if (stream === undefined) {
    throw streams.length === 0 || (format?.probe_score ?? 0) <= PROBE_SCORE_DOUBTFUL
      ? failure('FW_INPUT_NOT_MEDIA', 'ffprobe finds nothing that it can play')
      : failure('FW_INPUT_NO_VIDEO', `the container (${format?.format_name ?? 'unknown'}) has no video stream`);
  }
  const { codec_name: codec = 'unknown' } = stream;
  if (codec === 'unknown' || codec === 'none' || new RegExp(`Unsupported codec with id \\d+ for input stream ${stream.index}\\b`).test(messages)) {
    throw failure('FW_INPUT_UNSUPPORTED_CODEC', `there is no decoder for the codec ${codec}`);
  }
  return { stream, format: format?.format_name ?? 'unknown' };
}

async function probePackets({ command, file, limits, location }: Prober, stream: number): Promise<readonly PrintedPacket[]> {
  const allowed = limits.maxSegmentFrames;
  const { stdout } = await command.probe(
    file,
    [
      ...inputOptions(limits), '-loglevel', 'error', '-select_streams', `${stream}`, '-of', 'compact=print_section=0',
      // One more than allowed shows that there are too many, and bounds what is printed.
      '-read_intervals', `%+#${allowed + 1}`, '-show_entries', 'packet=pts,dts,duration,size,pos,flags',
    ],
    location,
  );
  const packets = parsePackets(stdout);
  if (packets.length <= allowed) return packets;
  throw new FramewitnessError('FW_LIMIT_SEGMENT_FRAMES', `the segment has more than the allowed ${allowed} frames`, { location });
}

/** Decodes once to learn in which order the packets' frames are presented. */
async function positionsInOrder({ command, file, limits, location }: Prober, stream: number): Promise<readonly string[]> {
  const options = ['-loglevel', 'quiet', '-select_streams', `${stream}`, '-of', 'compact=print_section=0:nokey=1', '-show_entries', 'frame=pkt_pos'];
  const { stdout } = await command.probe(file, [...inputOptions(limits), ...options], location);
  return stdout.split('\n').map((line) => line.split('|')[0]?.trim() ?? '');
}

function describe(stream: ProbedStream, colours: ColourNames): VideoInfo {
  const anticlockwise = stream.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0;
  const rotation = clockwiseRotation(anticlockwise);
  const { width = 0, height = 0 } = stream;
  const turned = rotation === 90 || rotation === 270;
  return {
    codec: stream.codec_name ?? 'unknown',
    pixelFormat: colours.pixelFormat,
    width: turned ? height : width,
    height: turned ? width : height,
    rotation,
    matrix: colorMatrixOf(colours, colours),
    range: colorRangeOf(colours, colours),
  };
}
