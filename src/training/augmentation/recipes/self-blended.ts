/** The recipe `self-blended`: real faces, and what a forger would have made of them. */
import type { Random } from '../../random.js';
import { onCanvas, drawPose } from '../canvas.js';
import { detailed, drawDetail, type Detail } from '../detail.js';
import { drawBlending, forge, type Blending, type FaceOnCanvas } from '../forgery.js';
import type { KnownFace, Library } from '../library.js';
import type { RecipeOptions } from '../options.js';
import { meanDifference, meanOf, type Pair } from '../pair.js';
import { pairedStills, stored, type DrawnPair } from '../paired-stills.js';
import { evenPlane, type Plane } from '../pixels/picture.js';
import { drawOrdinary, drawSynthesis, ordinary, Synthesiser, type Synthesis } from '../synthesis.js';

/** What the makers of pairs need. */
export interface SelfBlending {
  readonly library: Library;
  readonly options: RecipeOptions<'self-blended'>;
  /** Side of the crops. */
  readonly inputSize: number;
}

/** A synthetic pair that differs by less, in grey levels, shows nothing any more. */
const FAINTEST_TRACE = 0.7;

/** What was drawn for a pair. */
export type DrawnForgery = Blending | Synthesis | { readonly kind: 'none' };

/** The face to paste in: mostly another one of the same data set, sometimes the same one, perhaps mirrored. */
async function drawDonor({ library, options }: SelfBlending, face: KnownFace, size: number, random: Random): Promise<FaceOnCanvas> {
  const other = random.chance(options.donorIsSelf) ? face : library.draw(random, face.dataset);
  return onCanvas(await library.picture(other), other, size, drawPose(random));
}

/** Draws a forgery of any kind. */
export async function drawForgery(making: SelfBlending, face: KnownFace, size: number, clip: boolean, random: Random): Promise<DrawnForgery> {
  const { kinds, regions, traces, courses } = making.options;
  const kind = random.weighted(kinds);
  if (kind === 'none') return { kind };
  if (kind === 'synthetic') return drawSynthesis(random, { traces, courses: clip ? courses : { steady: 1, flicker: 0, sticking: 0 } });
  return drawBlending(random, kind, regions, kind === 'swap' ? await drawDonor(making, face, size, random.fork('donor')) : undefined);
}

/**
 * What the surroundings lose where the face is to be the sharper one; undefined where it is not. Forgers' faces are not always the
 * softer ones, and generated heads are sharper than most videos: a network must not take soft for forged.
 */
export function drawSofterSurroundings(forgery: DrawnForgery, { sharper }: Pick<SelfBlending['options'], 'sharper'>, random: Random): Detail | undefined {
  if (forgery.kind === 'synthetic' || forgery.kind === 'none') return undefined;
  // A generator's face and a stretched mouth are soft by nature.
  const bySize = forgery.kind === 'generator' || forgery.kind === 'mouth';
  if (!random.chance(bySize ? sharper * 0.7 : sharper)) return undefined;
  const choice = random.uniform();
  if (bySize || choice < 0.7) return { shrink: random.uniform(0.25, bySize ? 0.5 : 0.75), upscale: random.pick(['linear', 'cubic', 'lanczos'] as const) };
  return choice < 0.85 ? { smooth: random.uniform(0.3, 1) } : { jpeg: 30 + random.below(45) };
}

/** A forgery whose face keeps more detail than its surroundings, and may be sharpened. */
export function keptSharp(forgery: Blending, random: Random): Blending {
  const sharpen = random.chance(0.75) ? random.uniform(0.2, 1.4) : 0;
  return { ...forgery, detail: forgery.kind === 'generator' || forgery.kind === 'mouth' ? { shrink: random.uniform(0.6, 0.9), upscale: 'cubic', sharpen } : { sharpen } };
}

/** The name of a forgery among the methods. */
export function methodOf(forgery: DrawnForgery): string {
  if (forgery.kind !== 'synthetic') return forgery.kind;
  return `synthetic-${forgery.course === 'sticking' ? forgery.course : forgery.trace}`;
}

/** Draws a pair of pictures. */
async function drawPair(making: SelfBlending, size: number, random: Random): Promise<DrawnPair> {
  const { library, options } = making;
  const face = library.draw(random);
  const canvas = onCanvas(await library.picture(face), face, size, drawPose(random));
  let target: FaceOnCanvas = random.chance(options.before) ? { ...canvas, picture: await detailed(canvas.picture, drawDetail(random), random.fork('before')) } : canvas;
  const forgery = await drawForgery(making, face, size, false, random);
  let real = target.picture;
  let forged = target.picture;
  let mask: Plane = evenPlane(size, size, 0);
  if (forgery.kind === 'synthetic') {
    const counterweight = random.chance(options.counterweight) ? drawOrdinary(random, forgery) : {};
    const weighed = ordinary(target.picture, counterweight, random.fork('ordinary'));
    // A head that is synthetic stands before an ordinary background, the same in both.
    if (forgery.margin !== undefined) target = { ...target, picture: weighed };
    real = weighed;
    const made = new Synthesiser(forgery).frame(target, random.fork('synthesis'));
    forged = made.picture;
    mask = made.mask;
  } else if (forgery.kind !== 'none') {
    const lost = drawSofterSurroundings(forgery, options, random);
    if (lost !== undefined) target = { ...target, picture: await detailed(target.picture, lost, random.fork('surroundings')) };
    const made = await (lost === undefined ? forge(target, forgery, random.fork('forge')) : forge(target, keptSharp(forgery, random), random.fork('forge'), real));
    forged = made.picture;
    mask = made.mask;
    real = target.picture;
  }
  return { ...(await stored(target, [real, forged], options, random)), mask, masked: forgery.kind === 'synthetic' ? 'region' : 'changes', source: `${face.dataset}/${face.name}`, method: methodOf(forgery) };
}

/** Whether there is something left to learn from a pair. */
export function isPlain(pair: Pair, faintest: number): boolean {
  if (pair.method === 'none') return true;
  return pair.method.startsWith('synthetic') ? meanDifference(pair) >= FAINTEST_TRACE : meanOf(pair.mask) >= faintest;
}

/** Pairs of stills. @param random - a stream of this batch's own */
export function selfBlendedStills(making: SelfBlending, count: number, random: Random): Promise<readonly Pair[]> {
  return pairedStills((size, own) => drawPair(making, size, own), (pair) => isPlain(pair, making.options.faintest), making, count, random);
}
