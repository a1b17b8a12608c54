/** Hand-made inputs of the stages. */
import type { FaceObservation, SampledFrame, SegmentAnalysis } from '../../src/domain/faces.js';
import type { RgbImage } from '../../src/domain/media.js';

/** A crop of one grey value. */
export function crop(grey = 0): RgbImage {
  return { size: 2, data: new Uint8Array(12).fill(grey) };
}

/** A face at `x`, 100 pixels wide. */
export function face(x = 0, confidence = 0.9): FaceObservation {
  return { box: { x, y: 50, width: 100, height: 120 }, confidence, keypoints: [], crop: crop() };
}

/** A sampled frame; `scene` sets the luma picture, so that another scene is a hard cut away. */
export function frame(ptsMicros: number, faces: readonly FaceObservation[], more: Partial<SampledFrame> = {}, scene = 0): SampledFrame {
  const signature = Uint8Array.from({ length: 144 }, (_, i) => (scene === 0 ? i : (i * 97 + scene * 31) % 256));
  return { ptsMicros, tentative: false, faces, facesSkipped: {}, signature, ...more };
}

/** An analysis with these frames, all of them on the grid. */
export function analysis(frames: readonly SampledFrame[], more: Partial<SegmentAnalysis> = {}): SegmentAnalysis {
  const times = frames.map(({ ptsMicros }) => ptsMicros);
  return {
    stream: 'stream',
    sequence: 0,
    ptsStartMicros: times[0] ?? 0,
    sha256: '0'.repeat(64),
    bytes: 1,
    source: { kind: 'file', name: 'stream' },
    accounting: { present: frames.length, wanted: frames.length, notWanted: 0, undecodable: 0, ...(times.length > 0 ? { firstPtsMicros: times[0]!, lastPtsMicros: times.at(-1)! } : {}) },
    frames,
    warnings: [],
    ...more,
  };
}
