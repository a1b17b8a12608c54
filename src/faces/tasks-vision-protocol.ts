/** What the process that runs MediaPipe and its owner say to each other. Plain data. */
import type { DetectedFace } from '../domain/faces.js';

/** The owner's first message. */
export interface TasksVisionStart {
  readonly kind: 'start';
  /** A TensorFlow Lite file with metadata. */
  readonly network: Uint8Array;
  readonly minScore: number;
  readonly suppressionIou: number;
}

/** One square picture to look at. */
export interface TasksVisionLook {
  readonly kind: 'look';
  readonly id: number;
  /** Side in pixels. */
  readonly size: number;
  /** Red, green and blue plane, 3 × size × size. */
  readonly planes: Uint8Array;
}

/** From the owner. When the owner goes, its process goes too. */
export type ToTasksVision = TasksVisionStart | TasksVisionLook;

/** What came of a message; the start has id 0. */
export type FromTasksVision = { readonly id: number; readonly faces: readonly DetectedFace[] } | { readonly id: number; readonly failure: string };
