/** Files that the system's ffmpeg writes, for training and measuring: the same input gives the same bytes with the same build. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { FfmpegCommand, type FfmpegRequest } from './ffmpeg-command.js';

/** Output options that leave out what differs from run to run. */
export const EXACT = ['-fflags', '+bitexact', '-flags:v', '+bitexact'] as const;
/** MP4 to a pipe. The index comes late, so that it can say by how much B-frames delay the first picture: times stay what they were. */
export const FRAGMENTED = ['-movflags', 'frag_keyframe+delay_moov+default_base_moof', '-f', 'mp4'] as const;
/** H.264 that loses nothing but what the pixel format rounds. One thread: the bytes that x264 makes depend on their number. */
export const LOSSLESS = ['-c:v', 'libx264', '-qp', '0', '-preset', 'veryfast', '-threads', '1'] as const;

/**
 * Runs ffmpeg to its end, its output into a file.
 *
 * @throws FramewitnessError FW_FFMPEG_MISSING, FW_FFMPEG_FAILED
 */
export async function ffmpegToFile(request: FfmpegRequest, output: string): Promise<void> {
  const run = new FfmpegCommand().run(request);
  try {
    await Promise.all([pipeline(run.output, createWriteStream(output)), run.finished]);
  } finally {
    await run.kill();
  }
}
