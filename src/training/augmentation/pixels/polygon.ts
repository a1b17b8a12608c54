/** Convex polygons: hulls of points, grown or shrunk, drawn with soft edges. */
import type { Plane, Vector } from './picture.js';

/** Directions in which a grown polygon is rounded off. */
const DIRECTIONS = 16;

/** Convex hull, counter-clockwise where y points down the screen as up (Andrew's monotone chain, 1979). */
export function convexHull(points: readonly Vector[]): Vector[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (order: readonly Vector[]): Vector[] => {
    const chain: Vector[] = [];
    for (const point of order) {
      for (let [a, b] = chain.slice(-2); a !== undefined && b !== undefined && cross(a, b, point) <= 0; [a, b] = chain.slice(-2)) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function cross(origin: Vector, a: Vector, b: Vector): number {
  return (a[0] - origin[0]) * (b[1] - origin[1]) - (a[1] - origin[1]) * (b[0] - origin[0]);
}

/**
 * All that is nearer to a convex polygon than `distance`; for a negative distance, all inside that is farther from its
 * border. May be empty.
 */
export function outset(hull: readonly Vector[], distance: number): Vector[] {
  if (distance === 0 || hull.length < 3) return [...hull];
  if (distance > 0) {
    const circle = Array.from({ length: DIRECTIONS }, (_, i): Vector => [distance * Math.cos((2 * Math.PI * i) / DIRECTIONS), distance * Math.sin((2 * Math.PI * i) / DIRECTIONS)]);
    return convexHull(hull.flatMap(([x, y]) => circle.map(([dx, dy]): Vector => [x + dx, y + dy])));
  }
  let rest: Vector[] = [...hull];
  hull.forEach((from, i) => {
    const to = hull[(i + 1) % hull.length] ?? from;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (length === 0) return;
    const depth = (point: Vector): number => cross(from, to, point) / length + distance;
    rest = rest.flatMap((point, k) => {
      const next = rest[(k + 1) % rest.length] ?? point;
      const [here, there] = [depth(point), depth(next)];
      const kept: Vector[] = here >= 0 ? [point] : [];
      if (here >= 0 !== there >= 0) {
        const share = here / (here - there);
        kept.push([point[0] + (next[0] - point[0]) * share, point[1] + (next[1] - point[1]) * share]);
      }
      return kept;
    });
  });
  return rest;
}

const SUB_ROWS = 4;

/** Draws convex polygons into a plane: 1 inside, shares of pixels at the edges, the larger where polygons meet. */
export function drawPolygons(polygons: readonly (readonly Vector[])[], width: number, height: number): Plane {
  const data = new Float32Array(width * height);
  const row = new Float32Array(width);
  for (const polygon of polygons) {
    if (polygon.length < 3) continue;
    const ys = polygon.map(([, y]) => y);
    const last = Math.min(height - 1, Math.floor(Math.max(...ys)));
    for (let y = Math.max(0, Math.floor(Math.min(...ys))); y <= last; y++) {
      row.fill(0);
      for (let sub = 0; sub < SUB_ROWS; sub++) addSpan(row, spanAt(polygon, y + (sub + 0.5) / SUB_ROWS));
      for (let x = 0; x < width; x++) data[y * width + x] = Math.max(data[y * width + x] ?? 0, row[x] ?? 0);
    }
  }
  return { width, height, data };
}

/** Where a horizontal line runs through a convex polygon. */
function spanAt(polygon: readonly Vector[], y: number): readonly [from: number, to: number] {
  let [from, to] = [Infinity, -Infinity];
  polygon.forEach(([x1, y1], i) => {
    const [x2, y2] = polygon[(i + 1) % polygon.length] ?? [x1, y1];
    if (y1 <= y === y2 <= y) return;
    const x = x1 + ((y - y1) / (y2 - y1)) * (x2 - x1);
    from = Math.min(from, x);
    to = Math.max(to, x);
  });
  return [from, to];
}

function addSpan(row: Float32Array, [from, to]: readonly [number, number]): void {
  const first = Math.max(0, Math.floor(from));
  const last = Math.min(row.length - 1, Math.ceil(to) - 1);
  for (let x = first; x <= last; x++) row[x] = (row[x] ?? 0) + Math.max(0, Math.min(to, x + 1) - Math.max(from, x)) / SUB_ROWS;
}
