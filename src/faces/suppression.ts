/** Non-maximum suppression: one face out of many candidates for it. */
import { intersectionOverSmaller, intersectionOverUnion } from './box.js';
import type { DetectedFace } from '../domain/faces.js';
import type { Box, Point } from '../domain/media.js';

/** Falling confidence; equal confidences by place, so that the order of the input never matters. */
export function byConfidence(a: DetectedFace, b: DetectedFace): number {
  return b.confidence - a.confidence || a.box.y - b.box.y || a.box.x - b.box.x || a.box.width - b.box.width || a.box.height - b.box.height;
}

/**
 * Weighted ("blended") non-maximum suppression, section 3 of Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face
 * Detection on Mobile GPUs", 2019: candidates that overlap the best one are averaged into it, weighted by confidence,
 * which steadies the box from frame to frame. The confidence is that of the best candidate.
 *
 * @param minOverlap - intersection over union from which two candidates are the same face
 * @returns faces in order of falling confidence
 */
export function suppressWeighted(candidates: readonly DetectedFace[], minOverlap: number): DetectedFace[] {
  const faces: DetectedFace[] = [];
  let rest = [...candidates].sort(byConfidence);
  for (let best = rest[0]; best !== undefined; best = rest[0]) {
    const { box } = best;
    const same: DetectedFace[] = [best];
    const others: DetectedFace[] = [];
    for (const candidate of rest.slice(1)) (intersectionOverUnion(box, candidate.box) > minOverlap ? same : others).push(candidate);
    faces.push(average(best, same));
    rest = others;
  }
  return faces;
}

/**
 * Joins what several views of one frame found. Of two faces that overlap, the more confident stays as it is: a view that
 * saw the face whole and large beats one that saw half of it. A face that lies inside a better one (a part of a face, cut
 * by the border of a tile) goes too.
 *
 * @param minOverlap - intersection over union from which two faces are the same
 * @param minInside - share of the smaller face inside the other from which the less confident is a part of it
 * @param before - order of preference; falling confidence unless given
 * @returns the faces that stay, in order of preference
 */
export function suppressDuplicates(faces: readonly DetectedFace[], minOverlap: number, minInside: number, before = byConfidence): DetectedFace[] {
  const kept: DetectedFace[] = [];
  for (const face of [...faces].sort(before)) {
    if (!kept.some((better) => isDuplicate(better.box, face.box, minOverlap, minInside))) kept.push(face);
  }
  return kept;
}

function isDuplicate(a: Box, b: Box, minOverlap: number, minInside: number): boolean {
  return intersectionOverUnion(a, b) > minOverlap || intersectionOverSmaller(a, b) > minInside;
}

function average(best: DetectedFace, same: readonly DetectedFace[]): DetectedFace {
  if (same.length === 1) return best;
  const total = same.reduce((sum, face) => sum + face.confidence, 0);
  const mean = (value: (face: DetectedFace) => number): number => same.reduce((sum, face) => sum + value(face) * face.confidence, 0) / total;
  const keypoints = best.keypoints.map((_, index): Point => ({ x: mean((face) => face.keypoints[index]?.x ?? 0), y: mean((face) => face.keypoints[index]?.y ?? 0) }));
  const box: Box = { x: mean((f) => f.box.x), y: mean((f) => f.box.y), width: mean((f) => f.box.width), height: mean((f) => f.box.height) };
  return { box, confidence: best.confidence, keypoints };
}
