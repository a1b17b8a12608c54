/** What the thread that runs MediaPipe and its owner say to each other. Plain data. */
import type { DetectedFace } from '../domain/faces.js';

/** Given to the thread when it starts. */
export interface TasksVisionThreadData {
  /** A TensorFlow Lite file with metadata. */
  readonly network: Uint8Array;
  readonly minScore: number;
  readonly suppressionIou: number;
}

/** One square picture to look at. */
export interface TasksVisionRequest {
  readonly id: number;
  /** Side in pixels. */
  readonly size: number;
  /** RGBA, size × size × 4, handed over. */
  readonly pixels: ArrayBuffer;
}

/** What came of a request; the first reply, with id 0, says that the thread is ready or why it is not. */
export type TasksVisionReply =
  | { readonly id: number; readonly faces: readonly DetectedFace[] }
  | { readonly id: number; readonly failure: string };

/** Asks the thread to end. */
export const STOP = 'stop';
