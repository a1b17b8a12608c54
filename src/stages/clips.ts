/** Clips: windows of T faces of one track with stride S, by event time; they may cross segments. */
import type { Clip, TrackedFace } from '../domain/faces.js';
import { advanceWindow, type WindowState } from '../operators/event-time-window.js';
import type { TrackedSegment } from './track.js';

/** Settings of the clip stage. */
export interface ClipOptions {
  /** Faces in a clip, T. */
  readonly length: number;
  /** Faces from the start of one clip to the start of the next, S. */
  readonly stride: number;
  /** A longer gap between two faces of a track (microseconds) begins a new run of clips. */
  readonly maxGapMicros: number;
}

/** Open clips, by track. */
export type OpenClips = ReadonlyMap<number, WindowState<TrackedFace>>;

/** Adds a segment's faces to the open clips and returns the clips that end in it, in order of their end, then of track. */
export function assembleClips(options: ClipOptions): (open: OpenClips, segment: Pick<TrackedSegment, 'faces' | 'ended'>) => { open: OpenClips; clips: Clip[] } {
  const window = { size: options.length, stride: options.stride, maxGapMicros: options.maxGapMicros, timeOf: (face: TrackedFace) => face.ptsMicros };
  return (open, segment) => {
    const next = new Map(open);
    const clips: Clip[] = [];
    for (const face of segment.faces) {
      const step = advanceWindow(next.get(face.track), face, window);
      next.set(face.track, step.state);
      for (const faces of step.windows) clips.push({ track: face.track, startMicros: faces[0]?.ptsMicros ?? face.ptsMicros, endMicros: face.ptsMicros, faces });
    }
    for (const { track } of segment.ended) next.delete(track);
    return { open: next, clips };
  };
}
