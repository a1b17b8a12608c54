/** Arithmetic of axis-aligned boxes. */
import type { Box } from '../domain/media.js';

/** Area in square pixels; 0 for a box without extent. */
export function areaOf(box: Box): number {
  return Math.max(0, box.width) * Math.max(0, box.height);
}

/** Area that two boxes share, in square pixels. */
export function intersectionArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Intersection over union (Jaccard index), 0..1; 0 where neither box has an area. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = intersectionArea(a, b);
  const union = areaOf(a) + areaOf(b) - shared;
  return union > 0 ? shared / union : 0;
}

/** Intersection over the smaller of the two areas, 0..1: 1 where one box lies inside the other. */
export function intersectionOverSmaller(a: Box, b: Box): number {
  const smaller = Math.min(areaOf(a), areaOf(b));
  return smaller > 0 ? intersectionArea(a, b) / smaller : 0;
}

/** The box with `fraction` of its width and height added on every side. */
export function expandBox(box: Box, fraction: number): Box {
  const dx = box.width * fraction;
  const dy = box.height * fraction;
  return { x: box.x - dx, y: box.y - dy, width: box.width + 2 * dx, height: box.height + 2 * dy };
}
