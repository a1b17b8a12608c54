/** Connects to feeds, each connection in a child process of its own: demuxers crash, hang and leak, and reading waits. */
import type { ErrorLocation } from '../../domain/errors.js';
import type { FeedAddress } from '../../media/feed-address.js';
import type { FeedCutOptions, FeedPiece } from '../../media/feed-segmenter.js';
import type { FeedConnection, OpenFeed } from '../../transports/ingest/connection.js';
import { createPool } from '../../workers/pool.js';

/** What the child is asked. */
export type FeedJob =
  | { readonly kind: 'open'; readonly feed: FeedAddress; readonly options: FeedCutOptions; readonly location: ErrorLocation }
  | { readonly kind: 'next' }
  | { readonly kind: 'stop' };

/** What it answers. */
export type FeedResult = { readonly kind: 'open'; readonly isFinite: boolean } | { readonly kind: 'none' } | { readonly kind: 'end' } | { readonly kind: 'piece'; readonly piece: FeedPiece };

/** Longest timer of Node, milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;
/** An answer of a child that is alive takes a fraction of a second; muxing a large segment a few. */
const ANSWER_TIMEOUT_MILLIS = 60_000;
/** A child's reading thread may be stuck in the network. */
const CLOSE_GRACE_MILLIS = 200;

const entry = new URL(import.meta.url.endsWith('.ts') ? './feed-main.ts' : './feed-main.js', import.meta.url);

/** Connects; see {@link OpenFeed}. */
export const openFeed: OpenFeed = async (feed, options, location, signal) => {
  const pool = createPool<FeedJob, FeedResult>({ entry, size: 1, initial: null, jobTimeoutMillis: ANSWER_TIMEOUT_MILLIS, maxAttempts: 1, closeGraceMillis: CLOSE_GRACE_MILLIS, crashCode: 'FW_FEED_LOST', timeoutCode: 'FW_FEED_SILENT' });
  const close = (): void => {
    void pool.close().catch(() => undefined);
  };
  signal.addEventListener('abort', close);
  try {
    const opened = await pool.run({ kind: 'open', feed, options, location }, { location, timeoutMillis: feed.listen ? MAX_TIMEOUT : Math.ceil((2 * feed.connectMicros + options.silenceMicros) / 1000) + ANSWER_TIMEOUT_MILLIS });
    const connection: FeedConnection = {
      isFinite: opened.kind === 'open' && opened.isFinite,
      next: async () => {
        const answer = await pool.run({ kind: 'next' }, { location });
        return answer.kind === 'piece' ? answer.piece : answer.kind === 'end' ? 'end' : null;
      },
      stop: async () => {
        await pool.run({ kind: 'stop' }, { location });
      },
      close: async () => {
        await pool.close().catch(() => undefined);
      },
    };
    return connection;
  } catch (error) {
    await pool.close().catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
  }
};
