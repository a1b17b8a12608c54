/** Progress: all that a job keeps of a stream between two segments. Restored from its saved form, it goes on as if nothing had been. */
import { FramewitnessError } from '../domain/errors.js';
import type { TrackedFace } from '../domain/faces.js';
import type { RgbImage } from '../domain/media.js';
import type { WindowState } from '../operators/event-time-window.js';
import { ALERT_STATE_VERSION, type AlertState } from './alert.js';
import type { SequenceState } from './sequence.js';
import { STATE_VERSION, type StreamState } from './state.js';
import type { StreamTally } from './stream-tally.js';

/** Version of the saved form. */
export const PROGRESS_VERSION = 1;

/** Progress of an open stream. */
export interface StreamProgress {
  readonly sequence: SequenceState;
  readonly media: StreamState;
  /** `hash` of the last segment verdict; null before the first. */
  readonly head: string | null;
  readonly tally: StreamTally;
  readonly alerts: AlertState;
}

/** A progress as plain JSON, its crops apart: they are most of it, and bytes. */
export interface SavedProgress {
  readonly json: string;
  /** Crops in the order in which the JSON counts them. */
  readonly crops: readonly RgbImage[];
}

/** A face whose crop is kept apart. */
interface SavedFace extends Omit<TrackedFace, 'crop'> {
  readonly crop: number;
}

interface SavedJson {
  readonly version: number;
  readonly progress: Omit<StreamProgress, 'media'> & { readonly media: Omit<StreamState, 'windows'> & { readonly windows: readonly (readonly [number, WindowState<SavedFace>])[] } };
}

/** The saved form of a progress. */
export function saveProgress(progress: StreamProgress): SavedProgress {
  const crops: RgbImage[] = [];
  const saveFace = ({ crop, ...face }: TrackedFace): SavedFace => ({ ...face, crop: crops.push(crop) - 1 });
  const windows = [...progress.media.windows].sort(([a], [b]) => a - b).map(([track, window]) => [track, { ...window, items: window.items.map(saveFace) }] as const);
  const saved: SavedJson = { version: PROGRESS_VERSION, progress: { ...progress, media: { ...progress.media, windows } } };
  return { json: JSON.stringify(saved), crops };
}

/**
 * The progress that was saved.
 *
 * @throws FramewitnessError FW_STATE_VERSION when this release does not know the version of it or of one of its parts;
 * FW_STATE_DAMAGED when it is not what {@link saveProgress} gave
 */
export function restoreProgress({ json, crops }: SavedProgress, stream: string): StreamProgress {
  const location = { stream };
  let saved: SavedJson;
  try {
    saved = JSON.parse(json) as SavedJson;
  } catch (error) {
    throw new FramewitnessError('FW_STATE_DAMAGED', 'the saved state is not JSON', { location, cause: error });
  }
  const check = (part: string, version: number, known: number): void => {
    if (version !== known) throw new FramewitnessError('FW_STATE_VERSION', `the saved ${part} state has version ${String(version)}, and this release knows version ${known}`, { location });
  };
  check('stream', saved.version, PROGRESS_VERSION);
  const { progress } = saved;
  check('media', progress.media.version, STATE_VERSION);
  check('tracker', progress.media.tracking.tracker.version, 1);
  check('alert', progress.alerts.version, ALERT_STATE_VERSION);
  const restoreFace = ({ crop, ...face }: SavedFace): TrackedFace => {
    const image = crops[crop];
    if (image === undefined) throw new FramewitnessError('FW_STATE_DAMAGED', `the saved state has ${crops.length} crops and names crop ${crop}`, { location });
    return { ...face, crop: image };
  };
  const windows = new Map(progress.media.windows.map(([track, window]) => [track, { ...window, items: window.items.map(restoreFace) }]));
  return { ...progress, media: { ...progress.media, windows } };
}
