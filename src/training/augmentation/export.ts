/** Examples as files that anything can play, with a manifest: a labelled set for evaluation and calibration, made of held-out faces. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXACT, ffmpegToFile, FRAGMENTED, LOSSLESS } from '../../media/ffmpeg-file.js';
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

async function writeVideo(crops: Example['crops'], path: string, framesPerSecond: number): Promise<void> {
  const side = crops[0]?.size ?? 0;
  const raw = `${path}.rgb`;
  await writeFile(raw, Buffer.concat(crops.map(({ data }) => data)));
  try {
    const inputOptions = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${side}x${side}`, '-r', `${framesPerSecond}`];
    await ffmpegToFile({ input: raw, inputOptions, outputOptions: [...LOSSLESS, '-pix_fmt', 'yuv444p', ...EXACT, ...FRAGMENTED], location: { input: path } }, path);
  } finally {
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
