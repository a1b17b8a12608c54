/** What ingest needs of a connection to a feed; `topology/build` makes it. */
import type { ErrorLocation } from '../../domain/errors.js';
import type { FeedAddress } from '../../media/feed-address.js';
import type { FeedCutOptions, FeedPiece } from '../../media/feed-segmenter.js';

/** One connection. Close it. */
export interface FeedConnection {
  /** Whether the feed ends of itself, as a finished playlist does. */
  readonly isFinite: boolean;
  /** @returns the next piece; null when none came for a moment; `end` at the end. @throws FramewitnessError what broke the connection */
  next(): Promise<FeedPiece | 'end' | null>;
  /** Reads no further; what was read is still handed out, then comes the end. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Connects. `signal` gives up. @throws FramewitnessError why there is no connection */
export type OpenFeed = (feed: FeedAddress, options: FeedCutOptions, location: ErrorLocation, signal: AbortSignal) => Promise<FeedConnection>;
