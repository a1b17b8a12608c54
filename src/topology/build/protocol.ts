/** What the pool's children are asked, and what they answer. Plain data: crosses process boundaries. */
import type { SegmentAnalysis } from '../../domain/faces.js';
import type { Box, RgbImage, Segment } from '../../domain/media.js';
import type { ClipScore, MappedScore, ModelIdentity } from '../../domain/ports.js';
import type { Topology } from '../schema.js';

/** Sent once to every child. */
export interface WorkerSetup {
  readonly topology: Topology;
  /** The topology file's folder: relative model cards are found from there. */
  readonly folder: string;
}

/** A job for a child. */
export type WorkerJob =
  /** `box`: the one face of every frame, given instead of found. */
  | { readonly kind: 'analyse'; readonly segment: Segment; readonly box?: Box }
  | { readonly kind: 'score-frames'; readonly model: string; readonly crops: readonly RgbImage[] }
  | { readonly kind: 'score-maps'; readonly model: string; readonly crops: readonly RgbImage[] }
  | { readonly kind: 'score-clips'; readonly model: string; readonly clips: readonly (readonly RgbImage[])[] }
  | { readonly kind: 'identify' };

/** What the children serve with: goes into every verdict's provenance. */
export interface WorkerIdentity {
  readonly models: readonly (ModelIdentity & { readonly clipLength: number; readonly makesMaps: boolean })[];
  readonly detector: { readonly name: string; readonly digest: string };
  readonly decoder: string;
}

/** The answer to a {@link WorkerJob} of the same kind. */
export type WorkerResult =
  | { readonly kind: 'analyse'; readonly analysis: SegmentAnalysis }
  | { readonly kind: 'score-frames'; readonly scores: readonly number[] }
  | { readonly kind: 'score-maps'; readonly scores: readonly MappedScore[] }
  | { readonly kind: 'score-clips'; readonly scores: readonly ClipScore[] }
  | { readonly kind: 'identify'; readonly identity: WorkerIdentity };
