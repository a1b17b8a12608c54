import type { ObservableInput, Subscriber } from 'rxjs';
import { relay } from './relay.js';

/** A projection of {@link orderedParallelMap} or {@link pullMap} gave no result, or more than one. */
export class ProjectionCountError extends Error {
  constructor(index: number, given: 'none' | 'several') {
    super(`The projection of item ${index} gave ${given === 'none' ? 'no result' : 'more than one result'}; it must give exactly one.`);
    this.name = 'ProjectionCountError';
  }
}

/** What {@link orderedSlots} asks of the operator around it. @internal */
export interface SlotRules<T, R> {
  readonly concurrency: number;
  readonly project: (item: T, index: number) => ObservableInput<R>;
  /** Whether a projection that is not the oldest may start; the oldest always may, so that order never blocks progress. */
  readonly mayStart: () => boolean;
  /** A projection gave its result, which waits for its turn from now on. */
  readonly onFinished: (item: T, result: R) => void;
  /** It is the result's turn. */
  readonly emit: (item: T, result: R) => void;
}

/** Items on their way through an ordered parallel map. @internal */
export interface OrderedSlots<T> {
  readonly add: (item: T) => void;
  /** The source has completed. */
  readonly noMore: () => void;
  /** Forgets everything and returns the items that have not left. */
  readonly clear: () => readonly T[];
}

interface Slot<T, R> {
  readonly item: T;
  readonly index: number;
  result?: { readonly value: R };
  finished: boolean;
}

/**
 * The order-keeping core of the ordered parallel maps: one slot an item from arrival to emission, started from the front,
 * emitted from the front. Bounds are the operators' business. @internal
 */
export function orderedSlots<T, R>(subscriber: Subscriber<unknown>, rules: SlotRules<T, R>): OrderedSlots<T> {
  let slots: Slot<T, R>[] = [];
  let started = 0;
  let running = 0;
  let index = 0;
  let noMoreItems = false;
  let pumping = false;

  const start = (slot: Slot<T, R>): void => {
    started++;
    running++;
    relay(rules.project(slot.item, slot.index), subscriber, {
      next(value) {
        if (slot.result !== undefined) throw new ProjectionCountError(slot.index, 'several');
        slot.result = { value };
      },
      complete() {
        if (slot.result === undefined) throw new ProjectionCountError(slot.index, 'none');
        running--;
        slot.finished = true;
        rules.onFinished(slot.item, slot.result.value);
        pump();
      },
    });
  };

  /** Emits or starts one item, if any can be. */
  const step = (): boolean => {
    const head = slots[0];
    if (head?.finished === true && head.result !== undefined) {
      slots.shift();
      started--;
      rules.emit(head.item, head.result.value);
      return true;
    }
    const candidate = slots[started];
    if (candidate !== undefined && running < rules.concurrency && (started === 0 || rules.mayStart())) {
      start(candidate);
      return true;
    }
    return false;
  };

  // Projections and subscribers may call back in synchronously: the outermost call does the work, in order.
  const pump = (): void => {
    if (pumping) return;
    pumping = true;
    try {
      let progress = true;
      while (progress && !subscriber.closed) progress = step();
    } finally {
      pumping = false;
    }
    if (noMoreItems && slots.length === 0) subscriber.complete();
  };

  return {
    add: (item) => {
      slots.push({ item, index: index++, finished: false });
      pump();
    },
    noMore: () => {
      noMoreItems = true;
      pump();
    },
    clear: () => {
      const left = slots.map(({ item }) => item);
      slots = [];
      return left;
    },
  };
}
