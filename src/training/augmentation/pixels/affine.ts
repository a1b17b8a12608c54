/** Affine maps of the plane and the ones that fit points. */
import type { Vector } from './picture.js';

/** x' = a·x + b·y + c, y' = d·x + e·y + f. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Where a point goes. */
export function applied([a, b, c, d, e, f]: Affine, [x, y]: Vector): Vector {
  return [a * x + b * y + c, d * x + e * y + f];
}

/** The map back. */
export function inverted([a, b, c, d, e, f]: Affine): Affine {
  const determinant = a * e - b * d;
  const [ia, ib, id, ie] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)];
}

/** Points one after the other, x and y in turn, each mapped. */
export function appliedToAll(map: Affine, points: Float32Array): Float32Array {
  const moved = new Float32Array(points.length);
  for (let i = 0; i + 1 < points.length; i += 2) [moved[i], moved[i + 1]] = applied(map, [points[i] ?? 0, points[i + 1] ?? 0]);
  return moved;
}

/** The turn (radians), scale and mirror of a map about `centre`, which goes to `target`. */
export function placement(turn: number, scale: Vector, centre: Vector, target: Vector): Affine {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [a, b, d, e] = [cos * scale[0], -sin * scale[1], sin * scale[0], cos * scale[1]];
  return [a, b, target[0] - a * centre[0] - b * centre[1], d, e, target[1] - d * centre[0] - e * centre[1]];
}

/**
 * The similarity (turn, one scale, shift; no mirror) that brings points nearest to others in the sense of least squares
 * (Umeyama 1991, in the plane).
 */
export function fittedSimilarity(from: readonly Vector[], to: readonly Vector[]): Affine {
  const meanOf = (points: readonly Vector[], axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [mx, my, nx, ny] = [meanOf(from, 0), meanOf(from, 1), meanOf(to, 0), meanOf(to, 1)];
  let [along, across, spread] = [0, 0, 0];
  from.forEach(([fx, fy], i) => {
    const [tx, ty] = to[i] ?? [nx, ny];
    const [x, y, u, v] = [fx - mx, fy - my, tx - nx, ty - ny];
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  });
  if (spread === 0) return [1, 0, nx - mx, 0, 1, ny - my];
  const [cos, sin] = [along / spread, across / spread];
  return [cos, -sin, nx - cos * mx + sin * my, sin, cos, ny - sin * mx - cos * my];
}
