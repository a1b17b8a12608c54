/**
 * What the outputs of the BlazeFace full-range network mean: Bazarevsky et al., "BlazeFace", 2019, and the model card
 * "MediaPipe Face Detection (Full Range)". One anchor in the middle of each cell of a square grid; for each anchor one
 * logit and 16 numbers in pixels of the network's input: centre of the box relative to the anchor, its width and height,
 * then six key points relative to the anchor.
 */
import { FramewitnessError } from '../domain/errors.js';
import type { DetectedFace } from '../domain/faces.js';
import type { Point } from '../domain/media.js';

/** Numbers per anchor in the regression output. */
export const NUMBERS_PER_ANCHOR = 16;
const KEYPOINTS = 6;

/** Centre of the anchor with number `index` on a `gridSize` × `gridSize` grid; the input's side is 1. */
export function anchorCentre(index: number, gridSize: number): Point {
  return { x: ((index % gridSize) + 0.5) / gridSize, y: (Math.floor(index / gridSize) + 0.5) / gridSize };
}

/**
 * Candidates whose confidence is at least `minScore`, before any suppression.
 *
 * @param regression - anchors × 16, pixels of the network's input
 * @param logits - anchors × 1
 * @param inputSize - side of the network's input in pixels (192)
 * @returns boxes and key points relative to the input square, whose side is 1
 * @throws FramewitnessError FW_DETECTOR_FAILED when the outputs do not fit a square grid or are not finite numbers
 */
export function decodeBlazeFace(regression: Float32Array, logits: Float32Array, inputSize: number, minScore: number): DetectedFace[] {
  const gridSize = Math.round(Math.sqrt(logits.length));
  if (gridSize === 0 || gridSize * gridSize !== logits.length || regression.length !== logits.length * NUMBERS_PER_ANCHOR) {
    throw new FramewitnessError('FW_DETECTOR_FAILED', `The face detector gave ${logits.length} scores and ${regression.length} coordinates, which fit no square grid of anchors`);
  }
  const minLogit = Math.log(minScore / (1 - minScore));
  const candidates: DetectedFace[] = [];
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index] ?? Number.NaN;
    if (Number.isNaN(logit)) throw new FramewitnessError('FW_DETECTOR_FAILED', 'The face detector gave a score that is not a number');
    if (logit >= minLogit) candidates.push(decodeAnchor(regression, index, anchorCentre(index, gridSize), inputSize, logit));
  }
  return candidates;
}

function decodeAnchor(regression: Float32Array, index: number, anchor: Point, inputSize: number, logit: number): DetectedFace {
  const at = (offset: number): number => {
    const value = (regression[index * NUMBERS_PER_ANCHOR + offset] ?? Number.NaN) / inputSize;
    if (!Number.isFinite(value)) throw new FramewitnessError('FW_DETECTOR_FAILED', 'The face detector gave a coordinate that is not a finite number');
    return value;
  };
  const width = Math.max(0, at(2));
  const height = Math.max(0, at(3));
  const keypoints: Point[] = [];
  for (let k = 0; k < KEYPOINTS; k++) keypoints.push({ x: anchor.x + at(4 + 2 * k), y: anchor.y + at(5 + 2 * k) });
  return {
    box: { x: anchor.x + at(0) - width / 2, y: anchor.y + at(1) - height / 2, width, height },
    confidence: 1 / (1 + Math.exp(-logit)),
    keypoints,
  };
}
