import { Subject, from, takeUntil } from 'rxjs';
import type { ObservableInput, Subscriber } from 'rxjs';

/** What {@link relay} calls; what these throw becomes the subscriber's error. @internal */
export interface RelayHandlers<T> {
  readonly next: (item: T) => void;
  readonly complete: () => void;
}

/**
 * Subscribes an operator to its source, or to an inner one, for as long as `subscriber` is open: errors pass on to it, and
 * ending it ends the subscription, a source that emits synchronously included. @internal
 */
export function relay<T>(input: ObservableInput<T>, subscriber: Subscriber<unknown>, handlers: RelayHandlers<T>): void {
  const ended = new Subject<void>();
  const end = (): void => {
    ended.next();
  };
  subscriber.add(end);
  from(input)
    .pipe(takeUntil(ended))
    .subscribe({
      next: (item) => {
        attempt(subscriber, () => {
          handlers.next(item);
        });
      },
      error: (error: unknown) => {
        subscriber.remove(end);
        subscriber.error(error);
      },
      complete: () => {
        // Ended from outside: there is nobody to tell, and nothing may start any more.
        if (subscriber.closed) return;
        // An endless outer stream must not collect the ends of its inner ones.
        subscriber.remove(end);
        attempt(subscriber, handlers.complete);
      },
    });
}

/** What `action` throws becomes the subscriber's error. @internal */
export function attempt(subscriber: Subscriber<unknown>, action: () => void): void {
  try {
    action();
  } catch (error) {
    subscriber.error(error);
  }
}
