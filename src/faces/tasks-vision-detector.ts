/**
 * The other face detector: the same network in `@mediapipe/tasks-vision`, in a process of its own. Slower; there for those
 * who want MediaPipe's own arithmetic. It is pinned to a release that sends nothing anywhere, and a test watches that.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { FramewitnessError } from '../domain/errors.js';
import { BLAZE_FACE_INPUT_SIZE } from '../models/blazeface.js';
import { asDetectorFailure } from './blazeface-detector.js';
import { detectInViews, detectionOptions } from './multi-view.js';
import { TasksVisionClient } from './tasks-vision-client.js';
import { withFaceMetadata } from './tflite-metadata.js';
import { sampleView } from './view-sampler.js';
import type { IdentifiedFaceDetector } from './blazeface-detector.js';
import type { DetectionSettings, Look } from './multi-view.js';

const NETWORK = '@mediapipe/face_detection/face_detection_full_range.tflite';

/**
 * Starts MediaPipe with BlazeFace full-range from the package `@mediapipe/face_detection`.
 *
 * @param settings - what is left out has the defaults of `DEFAULT_DETECTION`
 * @throws FramewitnessError FW_MODEL_FORMAT or FW_DETECTOR_FAILED when the network cannot be read or loaded
 */
export async function createTasksVisionDetector(settings: DetectionSettings = {}): Promise<IdentifiedFaceDetector> {
  const options = detectionOptions(settings);
  const inputSize = BLAZE_FACE_INPUT_SIZE;
  const file = readNetworkFile();
  const network = withFaceMetadata(file, { name: 'BlazeFace full-range', mean: 127.5, std: 127.5 });
  const start = (): Promise<TasksVisionClient> => TasksVisionClient.start({ network, minScore: options.weakScore, suppressionIou: options.suppressionIou });
  let client = await start();
  let restart: Promise<TasksVisionClient> | undefined;
  let closed = false;

  // A process that has died costs the frame that killed it, not the ones after.
  const living = async (): Promise<TasksVisionClient> => {
    if (closed || !client.ended) return client;
    restart ??= start().finally(() => {
      restart = undefined;
    });
    client = await restart;
    return client;
  };

  const look: Look = async (frame, view) => {
    const planes = new Float32Array(inputSize * inputSize * 3);
    sampleView(frame, view, inputSize, planes);
    return (await living()).look(inputSize, Uint8Array.from(planes, Math.round));
  };

  return {
    identity: { name: 'tasks-vision-blazeface-full-range', digest: `sha256:${createHash('sha256').update(file).digest('hex')}` },
    detect: async (frame, gridIndex) => {
      try {
        return await detectInViews(frame, gridIndex, options, look);
      } catch (error) {
        throw asDetectorFailure(error, frame.ptsMicros);
      }
    },
    close: async () => {
      closed = true;
      await restart?.catch(() => undefined); // whoever asked for it was told
      await client.close();
    },
  };
}

function readNetworkFile(): Buffer {
  try {
    return readFileSync(createRequire(import.meta.url).resolve(NETWORK));
  } catch (error) {
    throw new FramewitnessError('FW_MODEL_UNKNOWN', `${NETWORK} cannot be read; reinstall the package`, { cause: error });
  }
}
