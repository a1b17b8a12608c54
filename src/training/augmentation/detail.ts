/** Changes of sharpness: through a smaller picture, smoothed, sharpened, with noise, or compressed once more. */
import sharp from 'sharp';
import type { Random } from '../random.js';
import { edgeKeeping, sharpened } from './pixels/blur.js';
import type { Picture } from './pixels/picture.js';
import { resized, type Kernel } from './pixels/resize.js';

/** What was drawn; what is absent changes nothing. */
export interface Detail {
  /** Size that the picture goes through, as a share of its own. */
  readonly shrink?: number;
  /** How it is enlarged again. Default linear. */
  readonly upscale?: Kernel;
  /** Edge-keeping smoothing, 0..1. */
  readonly smooth?: number;
  /** Unsharp mask, share of the difference that is added. */
  readonly sharpen?: number;
  /** Standard deviation, grey levels. */
  readonly noise?: number;
  /** JPEG quality, 1..100. */
  readonly jpeg?: number;
}

/** @param noise - a stream of its own for the noise of this picture */
export async function detailed(picture: Picture, detail: Detail, noise: Random): Promise<Picture> {
  let out = picture;
  if (detail.shrink !== undefined && detail.shrink < 1) out = throughSmaller(out, detail.shrink, detail.upscale ?? 'linear');
  if (detail.smooth !== undefined && detail.smooth > 0) out = edgeKeeping(out, 12 + 30 * detail.smooth);
  if (detail.sharpen !== undefined && detail.sharpen > 0) out = sharpened(out, detail.sharpen);
  if (detail.noise !== undefined && detail.noise > 0) out = withNoise(out, detail.noise, noise);
  return detail.jpeg === undefined ? out : recompressed(out, detail.jpeg);
}

/** The picture made smaller and enlarged again. @param share - of its width and height, below 1 */
export function throughSmaller(picture: Picture, share: number, upscale: Kernel): Picture {
  const small = resized(picture, Math.max(8, Math.round(picture.width * share)), Math.max(8, Math.round(picture.height * share)), 'area');
  return resized(small, picture.width, picture.height, upscale);
}

/** Adds normal noise to each channel by itself. @param deviation - grey levels */
export function withNoise(picture: Picture, deviation: number, random: Random): Picture {
  return withGrain(picture, grainOf(picture.data.length, deviation, random));
}

/** Normal noise for so many values. @param deviation - grey levels */
export function grainOf(count: number, deviation: number, random: Random): Float32Array {
  const normal = random.normals();
  const grain = new Float32Array(count);
  for (let i = 0; i < count; i++) grain[i] = deviation * normal();
  return grain;
}

/** A picture with the noise given, so that two pictures can have the same. */
export function withGrain(picture: Picture, grain: Float32Array): Picture {
  const data = new Uint8ClampedArray(picture.data.length);
  for (let i = 0; i < data.length; i++) data[i] = (picture.data[i] ?? 0) + (grain[i] ?? 0);
  return { ...picture, data: new Uint8Array(data.buffer) };
}

/** The picture through JPEG, chroma halved. @param quality - 1..100 */
export async function recompressed(picture: Picture, quality: number): Promise<Picture> {
  const raw = { width: picture.width, height: picture.height, channels: 3 as const };
  const jpeg = await sharp(picture.data, { raw }).jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
  return { ...picture, data: new Uint8Array(await sharp(jpeg).raw().toBuffer()) };
}

/** A change that a face may have and its surroundings not. */
export function drawDetail(random: Random): Detail {
  const choice = random.uniform();
  const upscale = random.pick(['linear', 'cubic'] as const);
  if (choice < 0.5) return { shrink: random.uniform(0.3, 0.85), upscale };
  if (choice < 0.65) return { sharpen: random.uniform(0.3, 1.2) };
  if (choice < 0.8) return { smooth: random.uniform(0.3, 1) };
  if (choice < 0.9) return { noise: random.uniform(1.5, 6) };
  return { jpeg: 30 + random.below(45) };
}
