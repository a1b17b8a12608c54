/** Made-up scenes for the tracker: people are boxes that move by a formula, and the truth is known. */
import type { DetectedFace, FaceObservation } from '../../src/domain/faces.js';
import type { FaceTracker, TrackedFrame, TrackerState } from '../../src/domain/ports.js';

export interface Person {
  readonly name: string;
  /** Centre and size at a time in seconds; undefined while the person is not in the picture or hidden. */
  readonly at: (seconds: number) => { x: number; y: number; size: number; confidence?: number } | undefined;
}

export interface FakeFrame {
  readonly ptsMicros: number;
  readonly faces: FaceObservation[];
  readonly names: string[];
  readonly signature: Uint8Array;
}

const CROP = { size: 0, data: new Uint8Array() };

/** A luma picture with structure; another `scene` has nothing to do with it. */
export function signature(scene: number): Uint8Array {
  return Uint8Array.from({ length: 144 }, (_, index) => {
    const v = Math.sin((index + 1) * 12.9898 + scene * 78.233) * 43758.5453;
    return 30 + Math.floor((v - Math.floor(v)) * 180);
  });
}

/** Frames at the given times. Faces come in order of falling confidence, as detectors give them. */
export function film(people: readonly Person[], times: readonly number[], scene: (seconds: number) => number = () => 1): FakeFrame[] {
  return times.map((seconds) => {
    const seen = people.flatMap(({ name, at }) => {
      const place = at(seconds);
      if (place === undefined) return [];
      const { x, y, size, confidence = 0.9 } = place;
      const face: DetectedFace = { box: { x: x - size / 2, y: y - size / 2, width: size, height: size }, confidence, keypoints: [] };
      return [{ name, face: { ...face, crop: CROP } }];
    }).sort((a, b) => b.face.confidence - a.face.confidence);
    return { ptsMicros: Math.round(seconds * 1e6), faces: seen.map((s) => s.face), names: seen.map((s) => s.name), signature: signature(scene(seconds)) };
  });
}

/** Times from `from` to before `to`, `perSecond` a second. */
export function every(perSecond: number, from: number, to: number): number[] {
  return Array.from({ length: Math.ceil((to - from) * perSecond) }, (_, k) => from + k / perSecond);
}

export interface Run {
  readonly steps: TrackedFrame[];
  /** For each person, the tracks in order of time, without repeats. */
  readonly tracksOf: Map<string, number[]>;
}

/** Runs a tracker over a film; `between` may do something to the state after each frame, such as save and restore it. */
export function follow(tracker: FaceTracker, frames: readonly FakeFrame[], between = (state: TrackerState): TrackerState => state): Run {
  const steps: TrackedFrame[] = [];
  const tracksOf = new Map<string, number[]>();
  let state = tracker.initial();
  for (const frame of frames) {
    const step = tracker.advance(state, frame);
    state = between(step.state);
    steps.push(step);
    for (const { face, track } of step.assigned) {
      const name = frame.names[face] ?? '?';
      const tracks = tracksOf.get(name) ?? [];
      if (tracks.at(-1) !== track) tracks.push(track);
      tracksOf.set(name, tracks);
    }
  }
  return { steps, tracksOf };
}
