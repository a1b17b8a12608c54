/** Which faces of an item are cut out, and what is said of the others. Plain data: crosses process boundaries. */
import type { FaceItem, ManifestItem } from '../manifest.js';

/** Which frames are looked at. */
export type FrameChoice =
  /** Every `step`-th frame, from the first. */
  | { readonly kind: 'every'; readonly step: number }
  /** So many frames, evenly spaced from the first to the last. */
  | { readonly kind: 'count'; readonly frames: number }
  /** Frames on the sampling grid of the topology, as a scan looks at them: whole tracks for clip networks. */
  | { readonly kind: 'tracks'; readonly framesPerSecond: number };

/** How crops are cut. */
export interface CropPlan {
  readonly frames: FrameChoice;
  /** Side of the crop, pixels. */
  readonly size: number;
  /** Side of the crop in units of the face box's longer side. */
  readonly scale: number;
  readonly format: 'png' | 'jpeg';
  /** Only the largest face of each frame. */
  readonly largest: boolean;
}

/** Why something was not cut out, or not whole; counted by what the key says. */
export type Skipped = Readonly<Record<string, number>>;

/** What became of an item. */
export interface CroppedItem {
  readonly faces: readonly FaceItem[];
  readonly frames: number;
  readonly skipped: Skipped;
  /** Set where the item, or its end, could not be read. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** An item to cut faces from. Paths are absolute; `folder` is where the crops go, `prefix` its name in the file of faces. */
export interface CropJob {
  readonly item: ManifestItem;
  readonly file: string;
  readonly mask?: string;
  readonly folder: string;
  readonly prefix: string;
}

/** Numbers of the frames of a choice by count: the first, the last, and evenly between. */
export function evenlySpaced(frames: number, total: number): ReadonlySet<number> {
  const wanted = Math.min(frames, total);
  return new Set(Array.from({ length: wanted }, (_, i) => (wanted === 1 ? 0 : Math.round((i * (total - 1)) / (wanted - 1)))));
}
