/** What the pool and its children say to each other, over the IPC channel with V8's structured serialisation. */
import type { SerialisedError } from '../domain/errors.js';

/** To a child. */
export type ToChild =
  /** First, once. */
  | { readonly kind: 'start'; readonly initial: unknown }
  /** One at a time, after `ready`. */
  | { readonly kind: 'job'; readonly id: number; readonly job: unknown }
  /** Last: finish the job under way, close, and end. */
  | { readonly kind: 'stop' };

/** From a child. */
export type FromChild =
  | { readonly kind: 'ready' }
  /** The start failed; the child ends. */
  | { readonly kind: 'start-failed'; readonly error: SerialisedError }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  /** The job threw; the child goes on. */
  | { readonly kind: 'job-failed'; readonly id: number; readonly error: SerialisedError }
  /** Answer to `stop`; the child has nothing left to do. */
  | { readonly kind: 'closed'; readonly error?: SerialisedError };

/** Whether something that came over the channel is a message of ours: libraries in the child may send their own. */
export function isFromChild(message: unknown): message is FromChild {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  const { kind } = message;
  return kind === 'ready' || kind === 'start-failed' || kind === 'result' || kind === 'job-failed' || kind === 'closed';
}

/** The same, in a child. */
export function isToChild(message: unknown): message is ToChild {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  const { kind } = message;
  return kind === 'start' || kind === 'job' || kind === 'stop';
}
