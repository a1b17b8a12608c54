/** Crop: aligned squares of the faces worth judging, from full-resolution planes. */
import type { DetectedFace, FaceObservation, SampledFrame, SkipReason } from '../domain/faces.js';
import type { DecodedFrame } from '../domain/media.js';
import type { CropFace } from '../domain/ports.js';

/** Settings of the crop stage. */
export interface CropOptions {
  /** Side of the square crop in pixels. */
  readonly size: number;
  /** Side of the square in the frame, in units of the longer side of the face box. */
  readonly scale: number;
  /** Faces whose box is shorter than this on its shorter side (pixels of the frame) are left out and counted. */
  readonly minFaceSize: number;
  /** Most faces kept of one frame, by confidence; the others are left out and counted. */
  readonly maxFaces: number;
}

/** Faces kept, faces left out, and the reason when none was kept. */
export type CroppedFaces = Pick<SampledFrame, 'faces' | 'facesSkipped' | 'skipped'>;

/**
 * Cuts the faces out of one frame.
 * @param faces - in order of falling confidence
 */
export function cropFaces(cropFace: CropFace, options: CropOptions): (frame: DecodedFrame, faces: readonly DetectedFace[]) => CroppedFaces {
  return (frame, faces) => {
    const largeEnough = faces.filter((face) => Math.min(face.box.width, face.box.height) >= options.minFaceSize);
    const kept = largeEnough.slice(0, options.maxFaces);
    const facesSkipped: Partial<Record<SkipReason, number>> = {};
    if (faces.length > largeEnough.length) facesSkipped['face-too-small'] = faces.length - largeEnough.length;
    if (largeEnough.length > kept.length) facesSkipped['too-many-faces'] = largeEnough.length - kept.length;
    const observations: FaceObservation[] = kept.map((face) => ({ ...face, crop: cropFace(frame, face, options.size, options.scale) }));
    if (observations.length > 0) return { faces: observations, facesSkipped };
    return { faces: observations, facesSkipped, skipped: faces.length > 0 ? 'face-too-small' : 'no-face' };
  };
}
