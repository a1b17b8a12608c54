/** Ctrl-C and SIGTERM: the first asks for a graceful end, the second ends at once. */
import { EXIT } from './exit-codes.js';

/** What {@link onInterrupt} gives. */
export interface InterruptListener {
  happened(): boolean;
  stopListening(): void;
}

/** Calls `first` on the first signal; the second ends the process. */
export function onInterrupt(first: () => void): InterruptListener {
  let happened = false;
  const listener = (): void => {
    if (happened) process.exit(EXIT.interrupted);
    happened = true;
    first();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return {
    happened: () => happened,
    stopListening: () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    },
  };
}
