/** Worse copies of videos and pictures, for robustness sweeps: compressed, smaller, blurred, noisy. Made by the system's ffmpeg. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { FramewitnessError } from '../../domain/errors.js';
import { mediaKindOf } from '../../media/extensions.js';
import { EXACT, ffmpegToFile, FRAGMENTED, LOSSLESS } from '../../media/ffmpeg-file.js';

/** Kinds of variants with the range of their values, and what the value is. */
export const VARIANT_KINDS = {
  x264: { least: 0, most: 51, whole: true, about: 'H.264 at this constant rate factor; FaceForensics++ made its c23 and c40 so' },
  jpeg: { least: 1, most: 100, whole: true, about: 'JPEG of each picture at this quality' },
  resize: { least: 0.05, most: 1, whole: false, about: 'shrunk to this share of each side, and back' },
  blur: { least: 0.1, most: 50, whole: false, about: 'Gaussian blur of this standard deviation, pixels' },
  noise: { least: 0.5, most: 50, whole: false, about: 'Gaussian noise of about this standard deviation, grey levels' },
} as const;

/** A way to make a copy worse, and how much. */
export interface Variant {
  readonly kind: keyof typeof VARIANT_KINDS;
  readonly value: number;
  /** As it is written: `x264:23`. */
  readonly name: string;
}

/** Reads `kind:value`. @throws FramewitnessError FW_VARIANT */
export function parseVariant(text: string): Variant {
  const [kind = '', number = '', ...rest] = text.split(':');
  const known = Object.hasOwn(VARIANT_KINDS, kind) ? VARIANT_KINDS[kind as Variant['kind']] : undefined;
  const value = Number(number);
  const fits = known !== undefined && number.trim() !== '' && rest.length === 0 && value >= known.least && value <= known.most && (!known.whole || Number.isInteger(value));
  if (fits) return { kind: kind as Variant['kind'], value, name: `${kind}:${value}` };
  const kinds = Object.entries(VARIANT_KINDS).map(([name, { least, most, whole }]) => `${name}:${whole ? 'a whole number' : 'a number'} from ${least} to ${most}`);
  throw new FramewitnessError('FW_VARIANT', `there is no variant ${JSON.stringify(text)}; there are ${kinds.join(', ')}`);
}

/** File name ending, with its dot, of a variant of a video or picture. */
export function variantExtension(kind: 'video' | 'image', variant: Variant): string {
  if (kind === 'video') return '.mp4';
  return variant.kind === 'jpeg' ? '.jpg' : '.png';
}

/** Mean of the luma quantisers of libjpeg at quality 50 (ITU-T T.81, table K.1), and of ffmpeg's at scale 1 (MPEG-1's intra matrix / 8). */
const LIBJPEG_MEAN_STEP = 57.6;
const FFMPEG_MEAN_STEP = 3.1;

/** ffmpeg has its own scale of JPEG quality: the one whose quantisers are as coarse in the mean as libjpeg's. */
function motionJpegScale(quality: number): number {
  const share = (quality < 50 ? 5000 / quality : 200 - 2 * quality) / 100;
  return Math.min(69, Math.max(1, Math.round((LIBJPEG_MEAN_STEP * share) / FFMPEG_MEAN_STEP)));
}

/** The noise filter of ffmpeg draws with a standard deviation of its strength divided by √3. */
const noiseStrength = (deviation: number): number => Math.min(100, Math.max(1, Math.round(deviation * Math.sqrt(3))));

/** H.264 has half the chroma lines: an odd last column or row is cut off, so that boxes keep their places. */
const EVEN = 'crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0';

function filterOf({ kind, value }: Variant): readonly string[] {
  if (kind === 'resize') {
    // The size before is not known to the second scale: the picture is split, and the other half gives it.
    const sides = `w=max(2\\,trunc(iw*${value}/2)*2):h=max(2\\,trunc(ih*${value}/2)*2)`;
    return [`split[whole][small];[small]scale=${sides}:flags=bicubic[less];[less][whole]scale2ref=flags=bicubic[back][rest];[rest]nullsink;[back]null`];
  }
  if (kind === 'blur') return [`gblur=sigma=${value}:steps=3`];
  if (kind === 'noise') return [`noise=alls=${noiseStrength(value)}:allf=t:all_seed=1`];
  return [];
}

/** One thread: the bytes that x264 makes depend on their number. Lossless where the encoder is not what makes the copy worse. */
function videoCodec({ kind, value }: Variant): readonly string[] {
  if (kind === 'x264') return ['-c:v', 'libx264', '-crf', `${value}`, '-pix_fmt', 'yuv420p', '-threads', '1'];
  if (kind === 'jpeg') return ['-c:v', 'mjpeg', '-q:v', `${motionJpegScale(value)}`, '-qmin', '1', '-qmax', '69', '-pix_fmt', 'yuvj420p', '-strict', 'unofficial', '-threads', '1'];
  return [...LOSSLESS, '-pix_fmt', 'yuv420p'];
}

const runFfmpeg = (input: string, outputOptions: readonly string[], output: string): Promise<void> => ffmpegToFile({ input, inputOptions: [], outputOptions, location: { input } }, output);

function filters(variant: Variant, even: boolean): readonly string[] {
  const chain = [...(even ? [EVEN] : []), ...filterOf(variant)].join(',');
  return chain === '' ? [] : ['-vf', chain];
}

async function makePicture(input: string, variant: Variant, draft: string): Promise<void> {
  if (variant.kind === 'jpeg') {
    await sharp(input).rotate().jpeg({ quality: variant.value, chromaSubsampling: '4:2:0' }).toFile(draft);
    return;
  }
  if (variant.kind !== 'x264') {
    await runFfmpeg(input, ['-map', '0:v:0', ...filters(variant, false), '-frames:v', '1', ...EXACT, '-c:v', 'png', '-pix_fmt', 'rgb24', '-f', 'image2pipe'], draft);
    return;
  }
  const film = `${draft}.mp4`;
  try {
    await runFfmpeg(input, ['-map', '0:v:0', ...filters(variant, true), '-frames:v', '1', ...EXACT, ...videoCodec(variant), ...FRAGMENTED], film);
    await runFfmpeg(film, ['-frames:v', '1', ...EXACT, '-c:v', 'png', '-pix_fmt', 'rgb24', '-f', 'image2pipe'], draft);
  } finally {
    await rm(film, { force: true });
  }
}

/**
 * Makes one variant. The same input gives the same bytes with the same build of ffmpeg. Sound is left out; the times of the
 * frames stay; the upright size stays, but for an odd last column or row of a video, which is cut off. The output is there as a
 * whole or not at all.
 *
 * @param outputPath - with the ending that {@link variantExtension} gives
 * @throws FramewitnessError FW_INPUT_UNREADABLE, FW_FFMPEG_MISSING, FW_FFMPEG_FAILED
 */
export async function makeVariant(inputPath: string, variant: Variant, outputPath: string): Promise<void> {
  await mkdir(dirname(outputPath), { recursive: true });
  const draft = `${outputPath}.part`;
  try {
    if (mediaKindOf(inputPath) === 'image') await makePicture(inputPath, variant, draft);
    else await runFfmpeg(inputPath, ['-map', '0:v:0', '-an', ...filters(variant, true), '-fps_mode', 'passthrough', ...EXACT, ...videoCodec(variant), ...FRAGMENTED], draft);
    await rename(draft, outputPath);
  } catch (error) {
    await rm(draft, { force: true });
    throw FramewitnessError.from(error, 'FW_INPUT_UNREADABLE', { input: inputPath });
  }
}
