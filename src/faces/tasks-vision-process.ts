/**
 * The body of the process in which `@mediapipe/tasks-vision` runs. The package wants to find a browser's global names; here
 * they stay among themselves. A graph that has failed once never works again, so it is made anew after every failure.
 */
import { createRequire } from 'node:module';
import { enlargeToRgba } from './enlarge.js';
import { StandInCanvas } from './webgl-stand-in.js';
import type { FromTasksVision, TasksVisionLook, TasksVisionStart, ToTasksVision } from './tasks-vision-protocol.js';
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

/**
 * MediaPipe gives boxes in whole pixels of the picture that it is shown. Each pixel of the network's input is shown as a
 * square of this side, which MediaPipe scales back to the very same input, and boxes are that much finer.
 */
const ENLARGEMENT = 4;

const reply = (message: FromTasksVision): void => {
  process.send?.(message);
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

async function createDetector(start: TasksVisionStart): Promise<MediaPipeDetector> {
  const tasks = (await import('@mediapipe/tasks-vision')) as unknown as TasksVision;
  // An empty loader path makes the package take the factory that it finds, and fetch nothing. It forgets it after use.
  const loader = (await import(LOADER)) as { readonly default: unknown };
  (globalThis as Record<string, unknown>).ModuleFactory = loader.default;
  const wasmBinaryPath = createRequire(import.meta.url).resolve('@mediapipe/tasks-vision/vision_wasm_module_internal.wasm');
  return tasks.FaceDetector.createFromOptions(
    { wasmLoaderPath: '', wasmBinaryPath },
    {
      canvas: new StandInCanvas(),
      baseOptions: { modelAssetBuffer: start.network.slice(), delegate: 'CPU' },
      runningMode: 'IMAGE',
      minDetectionConfidence: start.minScore,
      minSuppressionThreshold: start.suppressionIou,
    },
  );
}

function look(detector: MediaPipeDetector, request: TasksVisionLook): DetectedFace[] {
  const size = request.size * ENLARGEMENT;
  // A picture without extent would break the graph for good.
  if (!(request.size > 0) || request.planes.length !== 3 * request.size * request.size) throw new Error(`a picture of side ${request.size} with ${request.planes.length} bytes`);
  return detector.detect({ width: size, height: size, data: enlargeToRgba(request.planes, request.size, ENLARGEMENT) }).detections.map((detection) => {
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

let started: TasksVisionStart | undefined;
let detector: MediaPipeDetector | undefined;

async function answer(message: ToTasksVision): Promise<void> {
  const id = message.kind === 'start' ? 0 : message.id;
  try {
    if (message.kind === 'start') started = message;
    if (started === undefined) throw new Error('it was not started');
    detector ??= await createDetector(started);
    reply({ id, faces: message.kind === 'start' ? [] : look(detector, message) });
  } catch (error) {
    detector = undefined;
    reply({ id, failure: messageOf(error) });
  }
}

becomeBrowser();
let queue: Promise<void> = Promise.resolve();
process.on('message', (message: ToTasksVision) => {
  queue = queue.then(() => answer(message));
});
process.on('disconnect', () => {
  process.exit(0);
});
