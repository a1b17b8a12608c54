/** Clips of the recipe `self-blended`: a face over time, and its forgery as a forger would make it, frame by frame. */
import type { RgbImage } from '../../../domain/media.js';
import type { Random } from '../../random.js';
import { CANVAS_SCALE, cropped, croppedPlane, drawPose, onCanvas, type CropPlace, type Pose } from '../canvas.js';
import { changed, drawChange } from '../change.js';
import { compressedClip, drawCodec } from '../compression.js';
import { detailed, grainOf, withGrain } from '../detail.js';
import { forge, jittered, type FaceOnCanvas } from '../forgery.js';
import type { KnownFace } from '../library.js';
import { changedMask, type Pair } from '../pair.js';
import { evenPlane, type Picture, type Plane } from '../pixels/picture.js';
import { drawOrdinary, ordinary, Synthesiser } from '../synthesis.js';
import { drawForgery, drawSofterSurroundings, isPlain, keptSharp, methodOf, type DrawnForgery, type SelfBlending } from './self-blended.js';

/** Draws after which a clip is taken however faint. */
const PATIENCE = 8;

/** `steps` places on a smooth path: a random walk of four knots, straight between them, in units of its amount. */
function smoothPath(random: Random, steps: number): readonly number[] {
  let place = 0;
  const knots = Array.from({ length: 4 }, () => (place += random.normal()));
  const mean = knots.reduce((sum, knot) => sum + knot, 0) / knots.length;
  return Array.from({ length: steps }, (_, step) => {
    const at = steps === 1 ? 0 : (3 * step) / (steps - 1);
    const knot = Math.min(2, Math.floor(at));
    const [from, to] = [knots[knot] ?? 0, knots[knot + 1] ?? 0];
    return from + (to - from) * (at - knot) - mean;
  });
}

/** The faces of a clip's frames: one picture held still, or crops of one video to and fro, each held for a few frames. */
function clipFaces({ library, options }: SelfBlending, length: number, random: Random): readonly KnownFace[] {
  const filmed = random.chance(options.held) ? undefined : library.drawFilmed(random);
  if (filmed === undefined) {
    const face = library.draw(random);
    return Array.from({ length }, () => face);
  }
  const track = library.trackOf(filmed);
  const tour = [...track, ...track.slice(1, -1).reverse()];
  const hold = random.pick([1, 2, 4]);
  const start = random.below(track.length);
  return Array.from({ length }, (_, step) => tour[(start + Math.floor(step / hold)) % tour.length] ?? filmed);
}

/** Makes the forged and the real frame of one face. */
type Forger = (face: FaceOnCanvas, random: Random) => Promise<{ readonly real: Picture; readonly forged: Picture; readonly mask: Plane }>;

function forgerOf(forgery: DrawnForgery, { options }: SelfBlending, random: Random): Forger {
  if (forgery.kind === 'none') return (face) => Promise.resolve({ real: face.picture, forged: face.picture, mask: evenPlane(face.picture.width, face.picture.height, 0) });
  if (forgery.kind === 'synthetic') {
    const synthesiser = new Synthesiser(forgery);
    const counterweight = random.chance(options.counterweight) ? drawOrdinary(random, forgery) : {};
    return (face, frame) => {
      const real = ordinary(face.picture, counterweight, frame.fork('ordinary'));
      const made = synthesiser.frame(forgery.margin === undefined ? face : { ...face, picture: real }, frame.fork('synthesis'));
      return Promise.resolve({ real, forged: made.picture, mask: made.mask });
    };
  }
  const jitter = random.pick([0, 0.5, 1, 2]);
  const lost = drawSofterSurroundings(forgery, options, random);
  const kept = lost === undefined ? forgery : keptSharp(forgery, random);
  return async (face, frame) => {
    const real = lost === undefined ? face.picture : await detailed(face.picture, lost, frame.fork('surroundings'));
    const { picture, mask } = await forge({ ...face, picture: real }, jittered(kept, frame.fork('jitter'), jitter), frame.fork('forge'), face.picture);
    return { real, forged: picture, mask };
  };
}

async function drawClip(making: SelfBlending, length: number, random: Random): Promise<Pair> {
  const { library, options, inputSize } = making;
  const size = random.pick(options.canvasSizes.length > 1 ? options.canvasSizes.slice(1) : options.canvasSizes);
  const faces = clipFaces(making, length, random);
  const [first] = faces;
  if (first === undefined) throw new RangeError('drawClip: a clip has at least one face');
  const pose = drawPose(random);
  const range = random.uniform(0, 1.5);
  const [turns, scales, xs, ys] = [0.02, 0.015, 0.02, 0.015].map((amount) => smoothPath(random, length).map((step) => step * amount * range)) as [number[], number[], number[], number[]];
  const forgery = await drawForgery(making, first, size, true, random);
  const forger = forgerOf(forgery, making, random);
  const change = drawChange(random, options);
  const grain = random.uniform(0, 2.5);
  const tremor = random.uniform(0, 0.01);
  const framing = random.uniform(0.93, 1.1);
  const codec = random.chance(0.9) ? drawCodec(random) : undefined;
  const [real, forged]: [Picture[], Picture[]] = [[], []];
  const places: CropPlace[] = [];
  let firstMask: Plane | undefined;
  for (const [step, face] of faces.entries()) {
    const frame = random.fork(step);
    const moved: Pose = { ...pose, turn: pose.turn + (turns[step] ?? 0), scale: pose.scale + (scales[step] ?? 0), shift: [pose.shift[0] + (xs[step] ?? 0), pose.shift[1] + (ys[step] ?? 0)] };
    const canvas = onCanvas(await library.picture(face), face, size, moved);
    const made = await forger(canvas, frame);
    firstMask ??= made.mask;
    const noise = grainOf(made.real.data.length, grain, frame.fork('grain'));
    for (const [pictures, picture] of [[real, made.real], [forged, made.forged]] as const) pictures.push(withGrain(await changed(picture, change, frame.fork('change')), noise));
    const { unit, centre } = canvas;
    places.push({ centre: [centre[0] + frame.normal(0, tremor) * unit, centre[1] + frame.normal(0, tremor) * unit], side: options.cropScale * unit * frame.normal(1, tremor) * framing });
  }
  const cropsOf = (pictures: readonly Picture[]): readonly RgbImage[] => compressedClip(pictures, codec).map((picture, step) => cropped(picture, places[step] ?? { centre: [size / 2, size / 2], side: (size / CANVAS_SCALE) * options.cropScale }, inputSize));
  const pair = { real: cropsOf(real), forged: cropsOf(forged) };
  const [realCrop, forgedCrop] = [pair.real[0], pair.forged[0]];
  const [place] = places;
  if (realCrop === undefined || forgedCrop === undefined || place === undefined || firstMask === undefined) throw new RangeError('drawClip: a clip has at least one face');
  const region = croppedPlane(firstMask, place, inputSize);
  const mask = forgery.kind === 'synthetic' ? region : changedMask(realCrop, forgedCrop, region);
  return { ...pair, mask, source: `${first.dataset}/${first.name}`, method: methodOf(forgery) };
}

/**
 * Pairs of clips.
 *
 * @param count - pairs
 * @param length - faces of a clip
 * @param random - a stream of this batch's own
 */
export async function selfBlendedClips(making: SelfBlending, count: number, length: number, random: Random): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index++) {
    let pair = await drawClip(making, length, random.fork(index));
    for (let again = 1; again < PATIENCE && !isPlain(pair, making.options.faintest); again++) pair = await drawClip(making, length, random.fork(index).fork(again));
    pairs.push(pair);
  }
  return pairs;
}
