/** Pairs of stills from a draw: degraded, stored and cropped, both halves alike. */
import type { Random } from '../random.js';
import { cropped, croppedPlane, type CropPlace } from './canvas.js';
import { changed, drawChange } from './change.js';
import { compressedStills, type PicturePair } from './compression.js';
import type { FaceOnCanvas } from './forgery.js';
import type { ForgingOptions } from './options.js';
import { changedMask, type Pair } from './pair.js';
import type { Plane } from './pixels/picture.js';

/** What was drawn for a pair, before it is stored. */
export interface DrawnPair {
  readonly pictures: PicturePair;
  readonly place: CropPlace;
  /** Of what was forged, on the canvas, in [0, 1]. */
  readonly mask: Plane;
  /** Whether the example's mask is the mask itself, or where the crops differ within it in the end. */
  readonly masked: 'region' | 'changes';
  readonly source: string;
  readonly method: string;
}

/** Pairs that share a size and a codec. */
const GROUP = 16;
/** Groups after which a batch takes what comes. */
const PATIENCE = 8;

/** What cameras and platforms do to both pictures, and where both are cropped. @param random - of the pair */
export async function stored(face: FaceOnCanvas, [real, forged]: PicturePair, options: ForgingOptions, random: Random): Promise<Pick<DrawnPair, 'pictures' | 'place'>> {
  const change = drawChange(random, options);
  const { unit, centre } = face;
  return {
    // One stream of noise for both: only the forgery makes them differ.
    pictures: [await changed(real, change, random.fork('change')), await changed(forged, change, random.fork('change'))],
    // The same crop for both, so that framing tells nothing.
    place: { centre: [centre[0] + random.normal(0, 0.02) * unit, centre[1] + random.normal(0, 0.02) * unit], side: options.cropScale * unit * random.uniform(0.9, 1.15) },
  };
}

/**
 * Makes pairs, as many as are asked for.
 *
 * @param draw - one pair on a canvas of a size, from a stream of its own
 * @param accept - whether a pair is worth keeping; others are drawn anew
 * @param random - a stream of this batch's own
 */
export async function pairedStills(
  draw: (size: number, random: Random) => Promise<DrawnPair>,
  accept: (pair: Pair) => boolean,
  { options, inputSize }: { readonly options: ForgingOptions; readonly inputSize: number },
  count: number,
  random: Random,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let group = 0; pairs.length < count; group++) {
    const own = random.fork(group);
    const size = own.pick(options.canvasSizes);
    const drawn = await Promise.all(Array.from({ length: Math.min(GROUP, count - pairs.length) }, (_, i) => draw(size, own.fork(i))));
    const coded = await compressedStills(drawn.map(({ pictures }) => pictures), options.compression, own.fork('codec'));
    const made = drawn.map(({ pictures, place, mask: onCanvas, masked, source, method }, i): Pair => {
      const [real, forged] = (coded[i] ?? pictures).map((picture) => cropped(picture, place, inputSize)) as [ReturnType<typeof cropped>, ReturnType<typeof cropped>];
      const mask = croppedPlane(onCanvas, place, inputSize);
      return { real: [real], forged: [forged], mask: masked === 'region' ? mask : changedMask(real, forged, mask), source, method };
    });
    pairs.push(...made.filter((pair) => group >= PATIENCE || accept(pair)));
  }
  return pairs;
}
