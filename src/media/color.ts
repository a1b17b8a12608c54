/** Y'CbCr to R'G'B' arithmetic of a frame's own matrix and range. */
import type { ColorMatrix, ColorRange } from '../domain/media.js';

/** Luma weights of red and blue: ITU-R BT.601-7, BT.709-6 and BT.2020-2 (non-constant luminance). */
const LUMA_WEIGHTS: Readonly<Record<ColorMatrix, readonly [number, number]>> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};

/** `r = grey + redV cr`, `g = grey - greenU cb - greenV cr`, `b = grey + blueU cb`, with `grey = luma lumaGain - black`, cb and cr less 128. */
export interface ColorArithmetic {
  readonly lumaGain: number;
  readonly black: number;
  readonly redV: number;
  readonly greenU: number;
  readonly greenV: number;
  readonly blueU: number;
}

/** Coefficients for 8-bit planes and RGB in 0..255; limited range is widened. */
export function colorArithmetic({ matrix, range }: { readonly matrix: ColorMatrix; readonly range: ColorRange }): ColorArithmetic {
  const [kr, kb] = LUMA_WEIGHTS[matrix];
  const kg = 1 - kr - kb;
  const limited = range === 'limited';
  const lumaGain = limited ? 255 / 219 : 1;
  const chromaGain = limited ? 255 / 224 : 1;
  const redV = 2 * (1 - kr) * chromaGain;
  const blueU = 2 * (1 - kb) * chromaGain;
  return { lumaGain, black: limited ? 16 * lumaGain : 0, redV, greenU: (blueU * kb) / kg, greenV: (redV * kr) / kg, blueU };
}
