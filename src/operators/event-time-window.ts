import { Observable } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { requireAtLeastOne } from './admission.js';
import { relay } from './relay.js';

/** Options of {@link eventTimeWindow} and {@link advanceWindow}. */
export interface WindowOptions<T> {
  /** Items in a window, T; an integer, at least 1. */
  readonly size: number;
  /** Items from the start of one window to the start of the next, S; an integer, at least 1. */
  readonly stride: number;
  /** A longer time between two items (microseconds) starts anew. */
  readonly maxGapMicros: number;
  /** Event time of an item, microseconds; must not fall from one item to the next. */
  readonly timeOf: (item: T) => number;
  /** Whether `item` starts anew although it follows `lastMicros` closely: a scene change, say. */
  readonly startsAnew?: (item: T, lastMicros: number) => boolean;
}

/** What {@link advanceWindow} needs of the items before: plain JSON data if the items are. At most `size` - 1 items. */
export interface WindowState<T> {
  /** The open window so far. */
  readonly items: readonly T[];
  /** Items that still come between the last window and the next; only where `stride` is greater than `size`. */
  readonly toPass: number;
  /** How many of `items`, from the front, were in a window that has been given already. */
  readonly given: number;
  /** Event time of the last item, microseconds. */
  readonly lastMicros: number;
}

/** What an item did to an open window. */
export interface WindowStep<T> {
  readonly state: WindowState<T>;
  /** The windows that the item completed: none or one. */
  readonly windows: readonly (readonly T[])[];
  /** Items that were let go without ever having been in a window, so that accounts can add up. */
  readonly discarded: number;
}

/** Event time ran backwards. */
export class EventTimeError extends Error {
  constructor(micros: number, lastMicros: number) {
    super(`An item at ${micros} µs follows one at ${lastMicros} µs: event time must not fall.`);
    this.name = 'EventTimeError';
  }
}

/**
 * Adds one item to a sliding window by count, which a gap in event time closes. Pure: same state and item, same answer.
 *
 * Within a run of items without a gap, the windows are items 0 to T-1, S to S+T-1, 2S to 2S+T-1 and so on. After a gap
 * greater than `maxGapMicros`, or where `startsAnew` says so, the item is item 0 of a new run, and what had not filled a
 * window is let go.
 *
 * @param state - the state after the item before; undefined starts anew
 * @throws EventTimeError when the item is earlier than the one before
 * @throws RangeError when an option is out of range, or a time is not a finite number
 */
export function advanceWindow<T>(state: WindowState<T> | undefined, item: T, options: WindowOptions<T>): WindowStep<T> {
  checkOptions(options);
  const { size, stride, maxGapMicros, timeOf, startsAnew } = options;
  const micros = timeOf(item);
  if (!Number.isFinite(micros)) throw new RangeError(`eventTimeWindow: timeOf must give a finite number, but gave ${micros}.`);
  if (state !== undefined && micros < state.lastMicros) throw new EventTimeError(micros, state.lastMicros);

  const goesOn = state !== undefined && micros - state.lastMicros <= maxGapMicros && startsAnew?.(item, state.lastMicros) !== true;
  const before: Omit<WindowState<T>, 'lastMicros'> = goesOn ? state : { items: [], toPass: 0, given: 0 };
  const lost = goesOn ? 0 : neverGiven(state);

  if (before.toPass > 0) return { state: { ...before, toPass: before.toPass - 1, lastMicros: micros }, windows: [], discarded: lost + 1 };
  const items = [...before.items, item];
  if (items.length < size) return { state: { ...before, items, lastMicros: micros }, windows: [], discarded: lost };
  const rest = items.slice(stride);
  return { state: { items: rest, toPass: Math.max(0, stride - size), given: rest.length, lastMicros: micros }, windows: [items], discarded: lost };
}

/** Items of an open window that no window has had: what is let go when a stream ends here. */
export function neverGiven(state: WindowState<unknown> | undefined): number {
  return state === undefined ? 0 : state.items.length - state.given;
}

/**
 * Slides windows of a fixed number of items over a stream, starting anew after a gap in event time.
 *
 * {@link advanceWindow} as an operator. Windows that are not full when the source completes or fails are not emitted. Time
 * is what `timeOf` reads from the items; no clock is involved.
 *
 * @example
 * ```ts
 * faces.pipe(eventTimeWindow({ size: 16, stride: 8, maxGapMicros: 500_000, timeOf: (face) => face.ptsMicros }));
 * ```
 * @param options - as of {@link advanceWindow}
 * @returns an operator that gives arrays of `size` items
 */
export function eventTimeWindow<T>(options: WindowOptions<T>): OperatorFunction<T, readonly T[]> {
  checkOptions(options);
  return (source) =>
    new Observable((subscriber) => {
      let state: WindowState<T> | undefined;
      subscriber.add(() => {
        state = undefined;
      });
      relay(source, subscriber, {
        next(item) {
          const step = advanceWindow(state, item, options);
          state = step.state;
          for (const window of step.windows) subscriber.next(window);
        },
        complete() {
          subscriber.complete();
        },
      });
    });
}

function checkOptions({ size, stride, maxGapMicros }: Pick<WindowOptions<unknown>, 'size' | 'stride' | 'maxGapMicros'>): void {
  for (const [name, value] of Object.entries({ size, stride })) {
    requireAtLeastOne('eventTimeWindow', name, value);
    if (!Number.isInteger(value)) throw new RangeError(`eventTimeWindow: ${name} must be an integer, but is ${value}.`);
  }
  if (!(maxGapMicros >= 0)) throw new RangeError(`eventTimeWindow: maxGapMicros must be 0 or more, but is ${maxGapMicros}.`);
}
