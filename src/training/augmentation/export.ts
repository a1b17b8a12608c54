/** Examples as files that anything can play, with a manifest: a labelled set for evaluation and calibration, made of held-out faces. */
import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FfmpegCommand } from '../../media/ffmpeg-command.js';
import type { Example } from '../example.js';
import type { ManifestItem } from '../manifest.js';
import { pngOf } from './contact-sheet.js';

/** How examples become files. */
export interface ExportFormat {
  /** Absolute path of the folder; it has folders `real` and `fake`. */
  readonly folder: string;
  /** Side of the crops as a multiple of the face box: what the box is told by. */
  readonly cropScale: number;
  /** Of clips. */
  readonly framesPerSecond: number;
  readonly split?: 'train' | 'val' | 'test';
}

/** Lossless but for the rounding of colours. One thread: the same frames give the same bytes. */
const LOSSLESS = ['-c:v', 'libx264', '-qp', '0', '-preset', 'veryfast', '-pix_fmt', 'yuv444p', '-threads', '1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-movflags', 'frag_keyframe+delay_moov+default_base_moof', '-f', 'mp4'] as const;

async function writeVideo(crops: Example['crops'], path: string, framesPerSecond: number): Promise<void> {
  const side = crops[0]?.size ?? 0;
  const raw = `${path}.rgb`;
  await writeFile(raw, Buffer.concat(crops.map(({ data }) => data)));
  const run = new FfmpegCommand().run({ input: raw, inputOptions: ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${side}x${side}`, '-r', `${framesPerSecond}`], outputOptions: [...LOSSLESS], location: { input: path } });
  try {
    await Promise.all([pipeline(run.output, createWriteStream(path)), run.finished]);
  } finally {
    await run.kill();
    await rm(raw, { force: true });
  }
}

/**
 * Writes one example: a PNG, or an MP4 of a clip's faces.
 *
 * @param name - of the file, without its ending; unique
 * @returns its line of the manifest; the box is where the face is in the crop, by the scale of crops
 * @throws FramewitnessError FW_FFMPEG_MISSING, FW_FFMPEG_FAILED
 */
export async function exportExample({ crops, label, source, method }: Example, name: string, { folder, cropScale, framesPerSecond, split }: ExportFormat): Promise<ManifestItem> {
  const side = crops[0]?.size ?? 0;
  const [kind, ending] = crops.length > 1 ? (['video', 'mp4'] as const) : (['image', 'png'] as const);
  const path = `${label === 1 ? 'fake' : 'real'}/${name}.${ending}`;
  const [first] = crops;
  if (kind === 'video') await writeVideo(crops, join(folder, path), framesPerSecond);
  else if (first !== undefined) await writeFile(join(folder, path), await pngOf({ width: side, height: side, data: first.data }));
  const face = side / cropScale;
  const corner = Number(((side - face) / 2).toFixed(2));
  return {
    path,
    kind,
    label: label === 1 ? 'fake' : 'real',
    dataset: source.split('/', 1)[0] ?? source,
    ...(label === 1 ? { method: method ?? 'unnamed' } : {}),
    ...(split === undefined ? {} : { split }),
    sources: [source],
    box: [corner, corner, Number(face.toFixed(2)), Number(face.toFixed(2))],
  };
}
