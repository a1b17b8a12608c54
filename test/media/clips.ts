/**
 * Small clips of every kind that the media code has to cope with, made by the system's ffmpeg from its own test pictures
 * (with noise, so that no two frames are alike) and kept in a temporary folder between runs.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface ClipRecipe {
  readonly extension: string;
  /** Stored size, frames a second and seconds of the test picture. */
  readonly size?: string;
  readonly rate?: string;
  readonly seconds?: number;
  /** Filters behind the test picture. */
  readonly filters?: string;
  readonly audio?: boolean;
  readonly encode: readonly string[];
  /** A second pass that copies the packets of the first. */
  readonly remux?: { readonly input?: readonly string[]; readonly output: readonly string[]; readonly extension: string };
}

const x264 = (...more: readonly string[]): readonly string[] => ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-bf', '2', '-b_strategy', '0', '-threads', '1', ...more];
const yuv420p = ['-pix_fmt', 'yuv420p'];
const h264 = { encode: [...x264(), ...yuv420p] };
const h264Remuxed = (extension: string, output: readonly string[] = [], input: readonly string[] = []): ClipRecipe => ({
  ...h264,
  extension: 'mp4',
  remux: { input, output, extension },
});

const RECIPES = {
  'h264-b-frames': { extension: 'mp4', ...h264 },
  'h264-audio': { extension: 'mp4', audio: true, ...h264 },
  'h264-moov-first': { extension: 'mp4', encode: [...h264.encode, '-movflags', '+faststart'] },
  'h264-fragmented': { extension: 'mp4', encode: [...h264.encode, '-movflags', 'frag_keyframe+empty_moov'] },
  'h264-open-gop': { extension: 'mp4', encode: [...x264('-x264-params', 'open-gop=1:scenecut=0', '-bf', '3', '-g', '27'), ...yuv420p] },
  'h264-one-keyframe': { extension: 'mp4', encode: [...x264('-g', '1000', '-x264-params', 'scenecut=0'), ...yuv420p] },
  'h264-mkv': h264Remuxed('mkv'),
  'h264-flv': h264Remuxed('flv'),
  'h264-ts': h264Remuxed('ts'),
  'h264-ts-audio': { extension: 'ts', audio: true, ...h264 },
  'h264-elementary': h264Remuxed('h264'),
  'h264-trimmed': h264Remuxed('mp4', [], ['-ss', '0.6']),
  'h264-rotated': { extension: 'mp4', ...h264, remux: { output: ['-metadata:s:v:0', 'rotate=90'], extension: 'mp4' } },
  'h264-odd-size': { extension: 'mkv', size: '162x122', filters: 'crop=161:121:0:0:exact=1', encode: [...x264(), '-pix_fmt', 'yuv444p'] },
  'vp9-odd-size': { extension: 'webm', size: '162x122', filters: 'scale=161:121', encode: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25', ...yuv420p] },
  'h264-10-bit': { extension: 'mp4', encode: [...x264(), '-pix_fmt', 'yuv420p10le'] },
  'h264-422': { extension: 'mp4', encode: [...x264(), '-pix_fmt', 'yuv422p'] },
  'h264-grey': { extension: 'mp4', encode: [...x264(), '-pix_fmt', 'gray'] },
  'h264-rgb': { extension: 'mp4', encode: ['-c:v', 'libx264rgb', '-preset', 'veryfast', '-g', '25', '-threads', '1'] },
  'h264-full-range': { extension: 'mp4', filters: 'scale=out_range=full', encode: [...x264(), '-pix_fmt', 'yuvj420p', '-color_range', 'pc'] },
  'h264-709-labelled': { extension: 'mp4', encode: [...h264.encode, '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'] },
  'h264-variable-rate': { extension: 'mkv', filters: "select='not(eq(mod(n\\,7)\\,3)+between(n\\,30\\,44))'", encode: [...h264.encode, '-fps_mode', 'vfr'] },
  'h264-29.97': { extension: 'mp4', rate: '30000/1001', ...h264 },
  // The same stream whose first packet alone says which x264 made it: with an old build's number, libav decodes 4:4:4 otherwise.
  'h264-444': { extension: 'mp4', encode: [...x264(), '-pix_fmt', 'yuv444p'] },
  'hevc': { extension: 'mp4', encode: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'keyint=25:bframes=3:b-adapt=0:open-gop=0:log-level=none:pools=1', '-tag:v', 'hvc1', ...yuv420p] },
  'hevc-open-gop': { extension: 'mp4', encode: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'keyint=27:bframes=3:b-adapt=0:open-gop=1:scenecut=0:log-level=none:pools=1', ...yuv420p] },
  'vp8': { extension: 'webm', encode: ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25', '-b:v', '400k', ...yuv420p] },
  'vp9': { extension: 'webm', encode: ['-c:v', 'libvpx-vp9', '-deadline', 'good', '-cpu-used', '5', '-auto-alt-ref', '1', '-lag-in-frames', '16', '-g', '25', '-b:v', '300k', ...yuv420p] },
  'av1': { extension: 'mkv', encode: ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-g', '25', ...yuv420p] },
  'mpeg1': { extension: 'mpg', encode: ['-c:v', 'mpeg1video', '-g', '12', '-bf', '2', '-q:v', '5'] },
  'mpeg2': { extension: 'ts', encode: ['-c:v', 'mpeg2video', '-g', '12', '-bf', '2', '-q:v', '5'] },
  'mpeg4': { extension: 'avi', encode: ['-c:v', 'mpeg4', '-g', '25', '-bf', '2', '-q:v', '5'] },
  'mpeg4-packed': { extension: 'avi', encode: ['-c:v', 'libxvid', '-g', '25', '-bf', '2', '-q:v', '5'] },
  'mjpeg': { extension: 'avi', encode: ['-c:v', 'mjpeg', '-q:v', '8', '-pix_fmt', 'yuvj422p'] },
  'theora': { extension: 'ogv', encode: ['-c:v', 'libtheora', '-q:v', '6', '-g', '25'] },
  'wmv2': { extension: 'wmv', encode: ['-c:v', 'wmv2', '-g', '25', '-q:v', '5'] },
  'audio-only': { extension: 'mp4', audio: true, encode: ['-vn'] },
} as const satisfies Readonly<Record<string, ClipRecipe>>;

/** A clip that {@link makeClip} can make. */
export type ClipName = keyof typeof RECIPES;

/** All clips with a video stream. */
export const VIDEO_CLIPS = (Object.keys(RECIPES) as ClipName[]).filter((name) => name !== 'audio-only');

/** Path of the clip, made on first use. */
export function makeClip(name: ClipName): string {
  const recipe: ClipRecipe = RECIPES[name];
  const folder = join(tmpdir(), 'framewitness-test-clips');
  mkdirSync(folder, { recursive: true });
  const digest = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
  const path = join(folder, `${name}-${digest}.${recipe.remux?.extension ?? recipe.extension}`);
  if (existsSync(path)) return path;
  const unfinished = (extension: string): string => join(folder, `unfinished-${process.pid}-${name}.${extension}`);
  const encoded = unfinished(recipe.extension);
  const { size = '160x120', rate = '25', seconds = 3, filters, audio = false } = recipe;
  const picture = `testsrc2=s=${size}:r=${rate}:d=${seconds},noise=alls=10:allf=t:all_seed=7${filters === undefined ? '' : `,${filters}`}`;
  const tone = audio ? ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`, '-c:a', 'aac'] : [];
  ffmpeg('-f', 'lavfi', '-i', picture, ...tone, ...recipe.encode, encoded);
  let finished = encoded;
  if (recipe.remux !== undefined) {
    finished = unfinished(`remuxed.${recipe.remux.extension}`);
    ffmpeg(...(recipe.remux.input ?? []), '-i', encoded, '-c', 'copy', ...recipe.remux.output, finished);
  }
  // Several test processes may make the same clip: the last one wins, and all are alike.
  renameSync(finished, path);
  return path;
}

function ffmpeg(...args: readonly string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
}

/** What ffprobe says about the frames of a file's first video stream: the independent witness. */
export function probeFrames(path: string): { readonly count: number; readonly micros: readonly number[] } {
  const args = ['-v', 'error', '-select_streams', 'v:0', '-count_frames', '-show_entries', 'stream=nb_read_frames,time_base:frame=best_effort_timestamp', '-of', 'json', path];
  const answer = JSON.parse(execFileSync('ffprobe', args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] })) as {
    readonly streams: readonly { readonly nb_read_frames: string; readonly time_base: string }[];
    readonly frames: readonly { readonly best_effort_timestamp?: number }[];
  };
  const [num = 1, den = 1] = (answer.streams[0]?.time_base ?? '1/1').split('/').map(Number);
  const ticks = answer.frames.map((frame) => frame.best_effort_timestamp ?? Number.NaN);
  const origin = ticks.reduce((least, tick) => Math.min(least, tick), Infinity);
  return { count: Number(answer.streams[0]?.nb_read_frames), micros: ticks.map((tick) => Math.round(((tick - origin) * num * 1e6) / den)) };
}
