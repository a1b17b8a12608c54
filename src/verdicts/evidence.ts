/** Evidence: a few thumbnails of each track, so that people can look at what was judged. */
import sharp from 'sharp';
import type { RgbImage } from '../domain/media.js';

/** How a thumbnail is made. */
export interface ThumbnailOptions {
  /** Side in pixels; a smaller crop is not enlarged. */
  readonly sizePixels: number;
  /** JPEG quality, 1 to 100. */
  readonly quality: number;
}

/** Thumbnails that a person can judge at about 4 kB each. */
export const DEFAULT_THUMBNAIL: ThumbnailOptions = { sizePixels: 96, quality: 80 };

/** JPEG of a crop as base64, without metadata: the same crop gives the same text on the same build of sharp. */
export async function encodeThumbnail(crop: RgbImage, options: ThumbnailOptions = DEFAULT_THUMBNAIL): Promise<string> {
  const side = Math.min(options.sizePixels, crop.size);
  const jpeg = await sharp(crop.data, { raw: { width: crop.size, height: crop.size, channels: 3 } })
    .resize(side, side, { kernel: 'lanczos3' })
    .jpeg({ quality: options.quality, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return jpeg.toString('base64');
}

/** A face that could be shown. `probability` is its frame score, null where it has none. */
export interface EvidenceCandidate {
  readonly track: number;
  readonly ptsMicros: number;
  readonly probability: number | null;
}

function extremes<T extends EvidenceCandidate>(faces: readonly T[]): { readonly highest: T | undefined; readonly lowest: T | undefined } {
  let highest: T | undefined;
  let lowest: T | undefined;
  for (const face of faces) {
    if (face.probability === null) continue;
    if (highest === undefined || face.probability > (highest.probability ?? -1)) highest = face;
    if (lowest === undefined || face.probability < (lowest.probability ?? 2)) lowest = face;
  }
  return { highest, lowest };
}

/** The face farthest in time from all chosen ones; the earlier of two that are equally far. */
function farthest<T extends EvidenceCandidate>(faces: readonly T[], chosen: ReadonlySet<T>): T | undefined {
  let best: T | undefined;
  let bestGap = -1;
  for (const face of faces) {
    if (chosen.has(face)) continue;
    let gap = Infinity;
    for (const other of chosen) gap = Math.min(gap, Math.abs(face.ptsMicros - other.ptsMicros));
    if (gap > bestGap) {
      best = face;
      bestGap = gap;
    }
  }
  return best;
}

/**
 * Up to `perTrack` faces of each track: the highest-scored, the lowest-scored, then whichever lies farthest in time from
 * those chosen. A function of its arguments alone; candidates may come in any order.
 *
 * @returns the chosen candidates themselves, by track, then by time
 */
export function chooseEvidence<T extends EvidenceCandidate>(candidates: readonly T[], perTrack: number): readonly T[] {
  const ordered = [...candidates].sort((a, b) => a.track - b.track || a.ptsMicros - b.ptsMicros);
  const tracks = new Map<number, T[]>();
  for (const face of ordered) {
    const faces = tracks.get(face.track);
    if (faces === undefined) tracks.set(face.track, [face]);
    else faces.push(face);
  }
  return [...tracks.values()].flatMap((faces) => {
    const chosen = new Set<T>();
    const { highest, lowest } = extremes(faces);
    for (const face of [highest, lowest]) if (face !== undefined && chosen.size < perTrack) chosen.add(face);
    while (chosen.size < Math.min(perTrack, faces.length)) {
      const next = farthest(faces, chosen);
      if (next === undefined) break;
      chosen.add(next);
    }
    return faces.filter((face) => chosen.has(face));
  });
}
