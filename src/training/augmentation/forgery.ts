/**
 * Forgeries by blending: a face, or a part of one, changed and pasted back into the picture that it came from.
 *
 * The idea is Shiohara and Yamasaki's (CVPR 2022): a forgery made from two versions of the same photograph shows what every
 * swap leaves behind (a seam, and a mismatch of colour, sharpness, noise and geometry between face and surroundings)
 * without any generator's own fingerprint. Here also: another person's face, single parts, a smoothed or low-resolution
 * face as generators give it, and a mouth of its own.
 */
import type { Random } from '../random.js';
import { fittedSimilarity, placement } from './pixels/affine.js';
import { blurredPlane } from './pixels/blur.js';
import { blend, type Picture, type Plane, type Vector } from './pixels/picture.js';
import { convexHull, drawPolygons, outset } from './pixels/polygon.js';
import { bent, warped } from './pixels/warp.js';
import { detailed, drawDetail, type Detail } from './detail.js';
import { meshPoint, regionCentre, REGIONS, stablePoints, type Region } from './mesh-points.js';
import { drawTone, matchedColour, shiftedTone, toned, type Tone } from './tone.js';

/** A face on a square picture. */
export interface FaceOnCanvas {
  readonly picture: Picture;
  /** Points of the face mesh, x and y in turn, in pixels. */
  readonly mesh: Float32Array;
  /** The longer side of the face box, pixels. */
  readonly unit: number;
  /** Centre of the face box. */
  readonly centre: Vector;
}

/** Kinds of forgery by blending. */
export const BLEND_KINDS = ['blend', 'swap', 'generator', 'mouth'] as const;
/** A member of {@link BLEND_KINDS}. */
export type BlendKind = (typeof BLEND_KINDS)[number];

const FIELD_SIDE = 5;

/** What was drawn; the same for every frame of a clip. Lengths are shares of the face box's longer side. */
export interface Blending {
  readonly kind: BlendKind;
  readonly region: Region;
  /** How far the region is grown (or shrunk, below 0). */
  readonly spread: number;
  readonly feather: number;
  /** Opacity at the middle. */
  readonly ratio: number;
  /** Shifts that bend the mask, 5 × 5 × (x, y). */
  readonly field: Float32Array;
  readonly shift: Vector;
  readonly stretch: Vector;
  /** Radians. */
  readonly turn: number;
  readonly tone?: Tone;
  readonly detail?: Detail;
  /** The face that is pasted in; absent: the face itself. */
  readonly donor?: FaceOnCanvas;
}

/** Shares of the regions where the kind does not settle it. */
export type RegionShares = Readonly<Record<Region, number>>;

const isSmall = (region: Region): boolean => region !== 'oval' && region !== 'inner' && region !== 'lower';

/** @param donor - for `swap` */
export function drawBlending(random: Random, kind: BlendKind, regions: RegionShares, donor?: FaceOnCanvas): Blending {
  const region = random.weighted(regions);
  const { tone, ...base } = drawAnyBlending(random, kind, region);
  switch (kind) {
    case 'blend':
      return { ...base, ...(tone === undefined ? {} : { tone }) };
    case 'swap':
      return {
        ...base,
        ...(tone === undefined ? {} : { tone }),
        ...(donor === undefined ? {} : { donor }),
        ratio: random.chance(0.8) ? 1 : 0.85,
        region: isSmall(region) ? 'inner' : region,
        spread: random.uniform(-0.05, 0.03),
      };
    case 'generator': {
      const detail: Detail = {
        shrink: random.uniform(0.3, 0.7),
        upscale: 'cubic',
        ...(random.chance(0.5) ? { smooth: random.uniform(0, 0.8) } : {}),
        ...(random.chance(0.4) ? { sharpen: random.uniform(0, 0.8) } : {}),
      };
      return { ...base, detail, ratio: 1, ...(tone !== undefined && random.chance(0.4) ? { tone } : {}) };
    }
    case 'mouth':
      return {
        ...base,
        ...(tone === undefined ? {} : { tone }),
        region: random.chance(0.5) ? 'lower' : 'mouth',
        spread: random.uniform(0.02, 0.1),
        stretch: [random.uniform(0.92, 1.08), random.uniform(0.8, 1.25)],
        ratio: 1,
        detail: { shrink: random.uniform(0.35, 0.8) },
      };
  }
}

function drawAnyBlending(random: Random, kind: BlendKind, region: Region): Blending {
  const tone = random.chance(0.75) ? drawTone(random, random.uniform(0.4, 1.4)) : undefined;
  const detail = random.chance(0.75) ? drawDetail(random) : undefined;
  return {
    kind,
    region,
    spread: isSmall(region) ? random.uniform(0, 0.08) : random.uniform(-0.05, 0.05),
    feather: random.uniform(0.008, 0.07),
    ratio: random.pick([0.5, 0.75, 0.9, 1, 1, 1]),
    field: Float32Array.from({ length: FIELD_SIDE * FIELD_SIDE * 2 }, () => random.normal(0, 0.022)),
    shift: [random.normal(0, 0.018), random.normal(0, 0.012)],
    stretch: [random.uniform(0.95, 1.05), random.uniform(0.95, 1.05)],
    turn: random.normal(0, 0.03),
    ...(tone === undefined ? {} : { tone }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** The same forgery as a forger who works frame by frame would make it: each frame a little different. @param amount - about 1 */
export function jittered(forgery: Blending, random: Random, amount: number): Blending {
  if (amount === 0) return forgery;
  return {
    ...forgery,
    spread: forgery.spread + amount * random.normal(0, 0.01),
    field: forgery.field.map((shift) => shift + amount * random.normal(0, 0.008)),
    shift: [forgery.shift[0] + amount * random.normal(0, 0.006), forgery.shift[1] + amount * random.normal(0, 0.006)],
    stretch: [forgery.stretch[0] * (1 + amount * random.normal(0, 0.006)), forgery.stretch[1] * (1 + amount * random.normal(0, 0.006))],
    turn: forgery.turn + amount * random.normal(0, 0.006),
    ...(forgery.tone === undefined ? {} : { tone: shiftedTone(forgery.tone, amount * random.normal(0, 3)) }),
  };
}

/** The soft mask of a forgery, in [0, ratio]. */
export function maskOf(forgery: Pick<Blending, 'region' | 'spread' | 'feather' | 'ratio' | 'field'>, { picture, mesh, unit }: FaceOnCanvas): Plane {
  const hulls = REGIONS[forgery.region].map((part) => outset(convexHull(part.map((index) => meshPoint(mesh, index))), forgery.spread * unit));
  const hard = drawPolygons(hulls, picture.width, picture.height);
  const moved = bent(hard, { side: FIELD_SIDE, shifts: forgery.field.map((shift) => shift * unit) });
  const soft = blurredPlane(moved, Math.max(0.6, forgery.feather * unit));
  // A wide feather would reach far beyond the region: what is faint is cut off, and smoothed again.
  const trimmed = forgery.feather > 0.035 ? blurredPlane(levelled(soft, 1 / 0.94, -0.06 / 0.94), forgery.feather * unit * 0.5) : soft;
  return levelled(trimmed, forgery.ratio, 0);
}

/** Values times a gain plus an offset, kept in [0, 1]. */
function levelled(plane: Plane, gain: number, offset: number): Plane {
  const data = new Float32Array(plane.data.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, (plane.data[i] ?? 0) * gain + offset));
  return { ...plane, data };
}

/** The donor's face brought over this one by the similarity that fits nine stable points best. */
export function donorOver(donor: FaceOnCanvas, face: FaceOnCanvas): Picture {
  return warped(donor.picture, fittedSimilarity(stablePoints(donor.mesh), stablePoints(face.mesh)), face.picture.width, face.picture.height);
}

/** A forged picture, and where it was changed. */
export interface Forged {
  readonly picture: Picture;
  /** Opacity of what was pasted in. */
  readonly mask: Plane;
}

/**
 * Forges a face.
 *
 * @param face - on a square canvas
 * @param noise - a stream of its own for the noise of this picture
 * @param own - what is pasted in where there is no donor: the face's picture, or a better one of it
 */
export async function forge(face: FaceOnCanvas, forgery: Blending, noise: Random, own = face.picture): Promise<Forged> {
  const { picture, mesh, unit } = face;
  const mask = maskOf(forgery, face);
  let source = own;
  if (forgery.donor !== undefined) source = matchedColour(donorOver(forgery.donor, face), picture, mask);
  if (forgery.detail !== undefined) source = await detailed(source, forgery.detail, noise);
  if (forgery.tone !== undefined) source = toned(source, forgery.tone);
  const centre = regionCentre(mesh, forgery.region);
  const target: Vector = [centre[0] + forgery.shift[0] * unit, centre[1] + forgery.shift[1] * unit];
  source = warped(source, placement(forgery.turn, forgery.stretch, centre, target), picture.width, picture.height);
  return { picture: blend(picture, source, mask), mask };
}
