/**
 * The thread in which `@mediapipe/tasks-vision` runs. It wants to find a browser's global names; here they stay among
 * themselves. A graph that has failed once never works again, so it is made anew after every failure.
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { StandInCanvas } from './webgl-stand-in.js';
import { STOP } from './tasks-vision-protocol.js';
import type { TasksVisionReply, TasksVisionRequest, TasksVisionThreadData } from './tasks-vision-protocol.js';
import type { Pixels } from './webgl-stand-in.js';
import type { DetectedFace } from '../domain/faces.js';

/** The part of the package that is used; its own types speak of a browser's classes, which Node's types lack. */
interface TasksVision {
  readonly FaceDetector: { createFromOptions(fileset: { readonly wasmLoaderPath: string; readonly wasmBinaryPath: string }, options: object): Promise<MediaPipeDetector> };
}

interface MediaPipeDetector {
  detect(picture: Pixels): { readonly detections: readonly MediaPipeDetection[] };
  close(): void;
}

interface MediaPipeDetection {
  /** Whole pixels. */
  readonly boundingBox?: { readonly originX: number; readonly originY: number; readonly width: number; readonly height: number };
  readonly categories: readonly { readonly score: number }[];
  /** Relative to the picture. */
  readonly keypoints: readonly { readonly x: number; readonly y: number }[];
}

/** A name of its own keeps the compiler from looking for types that the package lacks. */
const LOADER: string = '@mediapipe/tasks-vision/vision_wasm_module_internal.js';

const data = workerData as TasksVisionThreadData;
const port = parentPort;
if (port === null) throw new Error('This file is the body of a worker thread');
const reply = (message: TasksVisionReply): void => {
  port.postMessage(message);
};
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The names that the package looks for. `WebGLRenderingContext` tells WebGL 1 contexts from WebGL 2; ours is the latter. */
function becomeBrowser(): void {
  const names = globalThis as Record<string, unknown>;
  names.self = globalThis;
  names.WebGLRenderingContext = class {
    readonly version = 1;
  };
  if (names.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'node' }, configurable: true });
}

async function createDetector(): Promise<MediaPipeDetector> {
  const tasks = (await import('@mediapipe/tasks-vision')) as unknown as TasksVision;
  // An empty loader path makes the package take the factory that it finds, and fetch nothing.
  const loader = (await import(LOADER)) as { readonly default: unknown };
  (globalThis as Record<string, unknown>).ModuleFactory = loader.default;
  const wasmBinaryPath = createRequire(import.meta.url).resolve('@mediapipe/tasks-vision/vision_wasm_module_internal.wasm');
  return tasks.FaceDetector.createFromOptions(
    { wasmLoaderPath: '', wasmBinaryPath },
    {
      canvas: new StandInCanvas(),
      baseOptions: { modelAssetBuffer: data.network.slice(), delegate: 'CPU' },
      runningMode: 'IMAGE',
      minDetectionConfidence: data.minScore,
      minSuppressionThreshold: data.suppressionIou,
    },
  );
}

function look(detector: MediaPipeDetector, request: TasksVisionRequest): DetectedFace[] {
  const { size } = request;
  return detector.detect({ width: size, height: size, data: new Uint8ClampedArray(request.pixels) }).detections.map((detection) => {
    const box = detection.boundingBox;
    const confidence = detection.categories[0]?.score;
    if (box === undefined || confidence === undefined) throw new Error('MediaPipe gave a face without a box or a score');
    return {
      box: { x: box.originX / size, y: box.originY / size, width: box.width / size, height: box.height / size },
      confidence,
      keypoints: detection.keypoints.map(({ x, y }) => ({ x, y })),
    };
  });
}

async function serve(): Promise<void> {
  becomeBrowser();
  let detector: MediaPipeDetector | undefined = await createDetector();
  let queue: Promise<void> = Promise.resolve();
  const answer = async (request: TasksVisionRequest): Promise<void> => {
    try {
      detector ??= await createDetector();
      reply({ id: request.id, faces: look(detector, request) });
    } catch (error) {
      detector = undefined;
      reply({ id: request.id, failure: messageOf(error) });
    }
  };
  port?.on('message', (message: TasksVisionRequest | typeof STOP) => {
    queue = queue.then(() => {
      if (message !== STOP) return answer(message);
      detector?.close();
      port.close();
      return undefined;
    });
  });
  reply({ id: 0, faces: [] });
}

serve().catch((error: unknown) => {
  reply({ id: 0, failure: messageOf(error) });
});
