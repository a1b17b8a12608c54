/** Cuts files and standard input in a child process: demuxers crash, and reading blocks. */
import type { Segment } from '../../domain/media.js';
import type { MediaLimits } from '../../domain/ports.js';
import type { Segmenter } from '../../transports/file-source.js';
import { createPool, type Pool } from '../../workers/pool.js';

/** How inputs are cut. */
export interface CutOptions {
  readonly targetMicros: number;
  readonly limits: MediaLimits;
}

/** What the child is asked: one input at a time, one segment at a time. */
export type SegmenterJob =
  | { readonly kind: 'open'; readonly input: { readonly path: string; readonly stream: string }; readonly options: CutOptions }
  | { readonly kind: 'next' }
  | { readonly kind: 'close' };

/** The next segment; null at the end, and as the answer to `open` and `close`. */
export type SegmenterResult = Segment | null;

/** Longest timer of Node, milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;
/** A child that waits for standard input does not hear that it should stop. */
const CLOSE_GRACE_MILLIS = 500;

const entry = new URL(import.meta.url.endsWith('.ts') ? './segmenter-main.ts' : './segmenter-main.js', import.meta.url);

async function* cutInChild(pool: Pool<SegmenterJob, SegmenterResult>, input: { readonly path: string; readonly stream: string }, options: CutOptions): AsyncGenerator<Segment, void, void> {
  // Whoever writes to standard input may take any time.
  const patience = input.path === '-' ? { timeoutMillis: MAX_TIMEOUT } : {};
  const location = { input: input.path, stream: input.stream };
  await pool.run({ kind: 'open', input, options }, { location });
  let finished = false;
  try {
    for (;;) {
      const segment = await pool.run({ kind: 'next' }, { location, ...patience }).catch((error: unknown) => {
        // The child has let go of the input, or is gone: there is nothing to close.
        finished = true;
        throw error;
      });
      if (segment === null) {
        finished = true;
        return;
      }
      yield segment;
    }
  } finally {
    if (!finished) await pool.run({ kind: 'close' }, { location });
  }
}

/** A segmenter that reads one input at a time. @param timeoutMillis - longest wait for one segment of a file */
export function createSegmenter(options: CutOptions, timeoutMillis: number): { readonly segmenter: Segmenter; close(): Promise<void> } {
  const pool = createPool<SegmenterJob, SegmenterResult>({ entry, size: 1, initial: null, jobTimeoutMillis: timeoutMillis, maxAttempts: 1, inheritInput: true, closeGraceMillis: CLOSE_GRACE_MILLIS });
  return {
    segmenter: (input) => cutInChild(pool, input, options),
    close: () => pool.close(),
  };
}
