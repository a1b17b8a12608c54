/** Changes of whole pictures, drawn once for both halves of a pair: what cameras and platforms do. */
import type { Random } from '../random.js';
import { detailed, type Detail } from './detail.js';
import { blurred } from './pixels/blur.js';
import type { Picture } from './pixels/picture.js';
import { drawTone, toned, type Tone } from './tone.js';

/** What was drawn; what is absent changes nothing. */
export interface Change {
  readonly detail?: Detail;
  /** Deviation of a Gaussian, pixels. */
  readonly blur?: number;
  readonly tone?: Tone;
}

/** How often what is drawn. */
export interface ChangeOdds {
  readonly degrade: number;
  readonly tone: number;
}

/** Ordinary quality losses, light and heavy, and another tone. */
export function drawChange(random: Random, odds: ChangeOdds): Change {
  const tone = random.chance(odds.tone) ? { tone: drawTone(random, 0.7) } : {};
  if (!random.chance(odds.degrade)) return tone;
  const way = random.weighted({ shrink: 0.38, noise: 0.2, sharpen: 0.14, smooth: 0.1, tiny: 0.1, blur: 0.08 });
  switch (way) {
    case 'shrink':
      return { ...tone, detail: { shrink: random.uniform(0.45, 0.9), upscale: random.pick(['linear', 'cubic', 'lanczos'] as const) } };
    case 'noise':
      return { ...tone, detail: { noise: random.uniform(1, 6) } };
    case 'sharpen':
      return { ...tone, detail: { sharpen: random.uniform(0.2, 0.8) } };
    case 'smooth':
      return { ...tone, detail: { smooth: random.uniform(0.2, 0.8) } };
    case 'tiny':
      return { ...tone, detail: { shrink: random.uniform(0.22, 0.45), upscale: random.pick(['linear', 'cubic'] as const), ...(random.chance(0.4) ? { sharpen: random.uniform(0.3, 1) } : {}) } };
    case 'blur':
      return { ...tone, blur: random.uniform(0.6, 2) };
  }
}

/** @param noise - the same stream for both halves of a pair gives them the same noise */
export async function changed(picture: Picture, { detail, blur, tone }: Change, noise: Random): Promise<Picture> {
  let out = detail === undefined ? picture : await detailed(picture, detail, noise);
  if (blur !== undefined) out = blurred(out, blur);
  return tone === undefined ? out : toned(out, tone);
}
