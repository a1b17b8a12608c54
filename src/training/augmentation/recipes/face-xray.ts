/**
 * The recipe `face-xray`: the blended images of Li et al., "Face X-ray for More General Face Forgery Detection" (CVPR 2020).
 *
 * Of some faces of other people the one with the nearest landmarks is laid over a face, its colours corrected, and blended in
 * through the deformed and softened hull M of the landmarks. The example's mask is the boundary B = 4 M (1 - M), 0 for real.
 */
import type { Random } from '../../random.js';
import { drawPose, onCanvas } from '../canvas.js';
import { detailed, drawDetail } from '../detail.js';
import { donorOver, type FaceOnCanvas } from '../forgery.js';
import type { KnownFace, Library } from '../library.js';
import { meshPoint, REGIONS } from '../mesh-points.js';
import type { RecipeOptions } from '../options.js';
import type { Pair } from '../pair.js';
import { pairedStills, stored, type DrawnPair } from '../paired-stills.js';
import { blurredPlane } from '../pixels/blur.js';
import { blend, type Plane } from '../pixels/picture.js';
import { convexHull, drawPolygons, outset } from '../pixels/polygon.js';
import { bent } from '../pixels/warp.js';
import { matchedColour } from '../tone.js';

/** What the maker needs. */
export interface FaceXray {
  readonly library: Library;
  readonly options: RecipeOptions<'face-xray'>;
  readonly inputSize: number;
}

/** Points whose places are compared: outline, eyes, nose and lips. */
const COMPARED = [...new Set([...REGIONS.oval[0], ...REGIONS.features.flat()])];
const FIELD_SIDE = 5;

/** Places of the compared points, relative to the face box. */
function shapeOf({ box, mesh }: Pick<KnownFace, 'box' | 'mesh'>): Float32Array {
  const side = Math.max(box.width, box.height);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return Float32Array.from(COMPARED.flatMap((index) => [(meshPoint(mesh, index)[0] - x) / side, (meshPoint(mesh, index)[1] - y) / side]));
}

/** Sum of squared distances of the compared points. */
function unlikeness(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return sum;
}

/** The most alike face of another person among some that are drawn. */
export function nearestFace({ library, options }: Pick<FaceXray, 'library' | 'options'>, face: KnownFace, random: Random): KnownFace {
  const shape = shapeOf(face);
  let [nearest, least] = [face, Infinity];
  for (let i = 0; i < options.candidates; i++) {
    const candidate = library.draw(random, face.dataset);
    if (candidate.person === face.person) continue;
    const distance = unlikeness(shape, shapeOf(candidate));
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** The hull of the landmarks, bent and softened: M. */
function blendMask({ picture, mesh, unit }: FaceOnCanvas, bend: number, random: Random): Plane {
  const hull = convexHull(Array.from({ length: mesh.length / 2 }, (_, index) => meshPoint(mesh, index)));
  const region = random.chance(0.5) ? hull : convexHull(REGIONS.inner[0].map((index) => meshPoint(mesh, index)));
  const hard = drawPolygons([outset(region, random.uniform(-0.04, 0.02) * unit)], picture.width, picture.height);
  const field = { side: FIELD_SIDE, shifts: Float32Array.from({ length: FIELD_SIDE * FIELD_SIDE * 2 }, () => random.normal(0, bend) * unit) };
  return blurredPlane(bent(hard, field), random.uniform(0.015, 0.07) * unit);
}

/** B = 4 M (1 - M): 1 where both pictures count the same, 0 where one alone does. */
export function boundary(mask: Plane): Plane {
  return { ...mask, data: mask.data.map((value) => 4 * value * (1 - value)) };
}

async function drawPair(making: FaceXray, size: number, random: Random): Promise<DrawnPair> {
  const { library, options } = making;
  const face = library.draw(random);
  const pose = drawPose(random);
  const canvas = onCanvas(await library.picture(face), face, size, pose);
  const target = random.chance(options.before) ? { ...canvas, picture: await detailed(canvas.picture, drawDetail(random), random.fork('before')) } : canvas;
  const other = nearestFace(making, face, random.fork('search'));
  // In the same pose, so that mirrored faces find mirrored ones.
  const donor = onCanvas(await library.picture(other), other, size, pose);
  const mask = blendMask(target, options.bend, random);
  const forged = blend(target.picture, matchedColour(donorOver(donor, target), target.picture, mask), mask);
  return { ...(await stored(target, [target.picture, forged], options, random)), mask: boundary(mask), masked: 'region', source: `${face.dataset}/${face.name}`, method: 'face-xray' };
}

/** Pairs of stills. @param random - a stream of this batch's own */
export function faceXrayStills(making: FaceXray, count: number, random: Random): Promise<readonly Pair[]> {
  return pairedStills((size, own) => drawPair(making, size, own), () => true, making, count, random);
}
