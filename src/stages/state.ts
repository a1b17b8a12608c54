/** The state of one stream between two segments: explicit, versioned, and all that a restart needs. */
import type { TrackedFace } from '../domain/faces.js';
import type { WindowState } from '../operators/event-time-window.js';
import type { TrackingState } from './track.js';

/** Version of {@link StreamState}. */
export const STATE_VERSION = 1;

/** State after a segment. Nothing in it depends on when or where the segments were read. */
export interface StreamState {
  readonly version: typeof STATE_VERSION;
  readonly tracking: TrackingState;
  /** Open clips, by track. */
  readonly windows: ReadonlyMap<number, WindowState<TrackedFace>>;
}
