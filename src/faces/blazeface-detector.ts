/** The default face detector: BlazeFace full-range in ONNX Runtime, in the calling thread. */
import { blazeFaceFullRange } from '../models/blazeface.js';
import { createSession } from '../inference/onnx-runtime.js';
import { FramewitnessError } from '../domain/errors.js';
import { decodeBlazeFace, NUMBERS_PER_ANCHOR } from './blazeface-decode.js';
import { detectInViews, detectionOptions } from './multi-view.js';
import { suppressWeighted } from './suppression.js';
import { sampleView } from './view-sampler.js';
import type { DetectionSettings, Look } from './multi-view.js';
import type { FloatTensor } from '../inference/onnx-runtime.js';
import type { FaceDetector } from '../domain/ports.js';

/** What a verdict's provenance says of a detector. */
export interface DetectorIdentity {
  readonly name: string;
  /** `sha256:` and lower-case hex, over the network's file. */
  readonly digest: string;
}

/** A face detector that can say what it is. */
export interface IdentifiedFaceDetector extends FaceDetector {
  readonly identity: DetectorIdentity;
}

/**
 * Loads BlazeFace full-range from the package `@mediapipe/face_detection`.
 *
 * @param settings - what is left out has the defaults of `DEFAULT_DETECTION`
 * @throws FramewitnessError FW_MODEL_FORMAT or FW_MODEL_FAILED when the network cannot be read or loaded
 */
export async function createBlazeFaceDetector(settings: DetectionSettings = {}): Promise<IdentifiedFaceDetector> {
  const options = detectionOptions(settings);
  const { onnx, inputSize, digest } = blazeFaceFullRange();
  const session = await createSession(onnx, { name: 'BlazeFace full-range' });
  const [input = ''] = session.inputNames;

  // A detector may be asked about two frames at once, so each run has a buffer of its own; they are used again.
  const spare: Float32Array[] = [];

  const look: Look = async (frame, view) => {
    const pixels = spare.pop() ?? new Float32Array(inputSize * inputSize * 3);
    sampleView(frame, view, inputSize, pixels, 1 / 127.5, -1);
    const outputs = Object.values(await session.run({ [input]: { data: pixels, dims: [1, 3, inputSize, inputSize] } }));
    spare.push(pixels);
    const candidates = decodeBlazeFace(lastOf(outputs, NUMBERS_PER_ANCHOR), lastOf(outputs, 1), inputSize, options.weakScore);
    return suppressWeighted(candidates, options.suppressionIou);
  };

  return {
    identity: { name: 'blazeface-full-range', digest },
    detect: async (frame, gridIndex) => {
      try {
        return await detectInViews(frame, gridIndex, options, look);
      } catch (error) {
        throw asDetectorFailure(error, frame.ptsMicros);
      }
    },
    close: () => session.close(),
  };
}

/** The output whose last dimension is `width`: the network's two outputs are told apart by it, not by name or order. */
function lastOf(outputs: readonly FloatTensor[], width: number): Float32Array {
  const found = outputs.find(({ dims }) => dims.at(-1) === width);
  if (found === undefined) throw new FramewitnessError('FW_DETECTOR_FAILED', `The face detector has no output with ${width} numbers for each anchor`);
  return found.data;
}

/** Whatever goes wrong while a frame is looked at costs that frame, under one code. */
export function asDetectorFailure(error: unknown, ptsMicros: number): FramewitnessError {
  const detail = error instanceof Error ? error.message : String(error);
  return new FramewitnessError('FW_DETECTOR_FAILED', detail, { location: { ptsMicros }, cause: error });
}
