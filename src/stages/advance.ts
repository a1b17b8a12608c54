/** Advance: one ordered step of a stream, tracks and clips together. */
import type { Clip, SegmentAnalysis } from '../domain/faces.js';
import type { FaceTracker, SamplingGrid } from '../domain/ports.js';
import { assembleClips, type ClipOptions } from './clips.js';
import { STATE_VERSION, type StreamState } from './state.js';
import { initialTracking, trackSegment, type TrackedSegment } from './track.js';

/** A tracked segment with the clips that end in it. */
export interface AdvancedSegment extends TrackedSegment {
  readonly clips: readonly Clip[];
}

/** Settings and tracker of the ordered step. */
export interface AdvanceOptions {
  readonly tracker: FaceTracker;
  readonly grid: SamplingGrid;
  readonly clips: ClipOptions;
}

/** The state before a stream's first segment. */
export function initialState(options: Pick<AdvanceOptions, 'tracker'>): StreamState {
  return { version: STATE_VERSION, tracking: initialTracking(options.tracker), windows: new Map() };
}

/** Advances a stream by one segment. Pure: the same state and analysis give the same answer. */
export function advanceStream(options: AdvanceOptions): (state: StreamState, analysis: SegmentAnalysis) => { state: StreamState; segment: AdvancedSegment } {
  const track = trackSegment(options.tracker, options.grid);
  const assemble = assembleClips(options.clips);
  return (state, analysis) => {
    const { state: tracking, tracked } = track(state.tracking, analysis);
    const { open, clips } = assemble(state.windows, tracked);
    return { state: { version: STATE_VERSION, tracking, windows: open }, segment: { ...tracked, clips } };
  };
}
