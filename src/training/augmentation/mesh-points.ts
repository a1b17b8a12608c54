/** Parts of the face by numbers of MediaPipe's face mesh (468 points), and what is made of them. */
import type { Vector } from './pixels/picture.js';

/** Points of a mesh. */
export const MESH_POINTS = 468;

const OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109];
const LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185];
const EYE_A = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246];
const EYE_B = [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466];
const BROWS = [70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276];
const NOSE = [168, 6, 197, 195, 5, 4, 1, 19, 94, 2, 98, 97, 326, 327, 49, 279, 129, 358];
const JAW = [454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234];

/** Convex parts that make up each region. */
export const REGIONS = {
  oval: [OVAL],
  inner: [[...BROWS, ...LIPS, ...NOSE]],
  lower: [[...JAW, 4, 49, 279]],
  mouth: [LIPS],
  eyes: [EYE_A, EYE_B],
  nose: [NOSE],
  features: [EYE_A, EYE_B, NOSE, LIPS],
} as const satisfies Readonly<Record<string, readonly (readonly number[])[]>>;

/** A region of the face. */
export type Region = keyof typeof REGIONS;

/** Corners of the eyes, nose, corners of the mouth and chin: what expressions move little. */
const STABLE = [33, 133, 362, 263, 1, 168, 61, 291, 152];
const STABLE_MIRRORED = [263, 362, 133, 33, 1, 168, 291, 61, 152];

/** One point of a mesh whose numbers stand x, y, x, y … */
export function meshPoint(mesh: Float32Array, index: number): Vector {
  return [mesh[2 * index] ?? 0, mesh[2 * index + 1] ?? 0];
}

/** Nine points that expressions move little, named by their side of the picture: a mirrored face is a face too. */
export function stablePoints(mesh: Float32Array): Vector[] {
  const upright = (mesh[2 * 33] ?? 0) < (mesh[2 * 263] ?? 0);
  return (upright ? STABLE : STABLE_MIRRORED).map((index) => meshPoint(mesh, index));
}

/** The mean of the points of a region's first part. */
export function regionCentre(mesh: Float32Array, region: Region): Vector {
  const points = REGIONS[region][0].map((index) => meshPoint(mesh, index));
  return [points.reduce((sum, [x]) => sum + x, 0) / points.length, points.reduce((sum, [, y]) => sum + y, 0) / points.length];
}
