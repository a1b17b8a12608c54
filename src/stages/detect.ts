/** Detect: the faces of one sampled frame, or the reason why there are none. */
import { gridIndexOf } from '../domain/sampling.js';
import { FramewitnessError } from '../domain/errors.js';
import type { DetectedFace } from '../domain/faces.js';
import type { DecodedFrame, SegmentWarning } from '../domain/media.js';
import type { FaceDetector, SamplingGrid } from '../domain/ports.js';

/** Faces in order of falling confidence, or what went wrong. A failed detector never looks like a frame without faces. */
export type Detection = { readonly faces: readonly DetectedFace[] } | { readonly failure: SegmentWarning };

/** Finds the faces of a frame; a failure of the detector is a value, because it costs one frame and not the segment. */
export function detectFaces(detector: FaceDetector, grid: SamplingGrid): (frame: DecodedFrame) => Promise<Detection> {
  return async (frame) => {
    try {
      return { faces: await detector.detect(frame, gridIndexOf(frame.ptsMicros, grid.framesPerSecond)) };
    } catch (error) {
      const failure = FramewitnessError.from(error, 'FW_DETECTOR_FAILED', { ptsMicros: frame.ptsMicros });
      return { failure: { code: failure.code, message: failure.message } };
    }
  };
}
