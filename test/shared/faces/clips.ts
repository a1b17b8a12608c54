/** Runs detector and tracker over one of the shared clips. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBlazeFaceDetector } from '../../../src/faces/blazeface-detector.js';
import { createTracker } from '../../../src/faces/tracker.js';
import { lumaSignature } from '../../../src/media/luma-signature.js';
import { framesOf } from '../../faces/frames.js';
import type { DetectedFace } from '../../../src/domain/faces.js';
import type { TrackedFrame } from '../../../src/domain/ports.js';

const SHARED = process.env.FRAMEWITNESS_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));

/** Path of a clip, which has to be there. */
export function clip(name: string): string {
  const path = join(SHARED, 'data/clips/dev', name);
  if (!existsSync(path)) throw new Error(`${name} is not in ${SHARED}`);
  return path;
}

export interface SeenFrame {
  readonly gridIndex: number;
  readonly faces: readonly DetectedFace[];
  readonly step: TrackedFrame;
}

/** Every frame on a grid of eight a second, up to `limit` frames. */
export async function watch(name: string, limit = Number.POSITIVE_INFINITY): Promise<SeenFrame[]> {
  const detector = await createBlazeFaceDetector();
  const tracker = createTracker();
  const seen: SeenFrame[] = [];
  let state = tracker.initial();
  try {
    for await (const { frame, gridIndex } of framesOf(clip(name), 8)) {
      const faces = await detector.detect(frame, gridIndex);
      const step = tracker.advance(state, { ptsMicros: frame.ptsMicros, faces: faces.map((face) => ({ ...face, crop: { size: 0, data: new Uint8Array() } })), signature: lumaSignature(frame) });
      state = step.state;
      seen.push({ gridIndex, faces, step });
      if (seen.length >= limit) break;
    }
  } finally {
    await detector.close();
  }
  return seen;
}

/** Grid points at which each track was seen. */
export function sightings(seen: readonly SeenFrame[]): Map<number, number[]> {
  const tracks = new Map<number, number[]>();
  for (const { gridIndex, step } of seen) for (const { track } of step.assigned) tracks.set(track, [...(tracks.get(track) ?? []), gridIndex]);
  return tracks;
}
