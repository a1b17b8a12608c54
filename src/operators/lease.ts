import type { Meter } from './admission.js';

/**
 * A value together with the room that it takes up at the gate it came through ({@link pullLeased}, {@link boundedBuffer}).
 * The room is given back by {@link Lease.release}, once, when the value needs no memory any more: after the sink has it.
 */
export interface Lease<T> {
  readonly value: T;
  /** Bytes that the gate counts for this lease now. */
  readonly bytes: number;
  /**
   * The same room, now taken up by another value. Both leases stand for one room; release either.
   *
   * @param bytes - the size of the new value; left out, the gate goes on counting what it counted
   * @throws Error when the lease was released: the gate no longer counts it
   */
  with<R>(value: R, bytes?: number): Lease<R>;
  /** Gives the room back. Doing it again, or after the subscription ended, changes nothing. */
  release(): void;
}

/** What the leases of one admitted item share. */
interface Room {
  bytes: number;
  released: boolean;
}

/** What the gate does when its level has changed. @internal */
export interface LeaseEvents {
  readonly onRelease: () => void;
  /** The lease has another size; a smaller one may have made room. */
  readonly onRecharge?: () => void;
}

/** A lease on room that `meter` has counted already. @internal */
export function createLease<T>(value: T, bytes: number, meter: Meter, events: LeaseEvents): Lease<T> {
  return leaseOn({ bytes, released: false }, value, meter, events);
}

function leaseOn<T>(room: Room, value: T, meter: Meter, events: LeaseEvents): Lease<T> {
  return {
    value,
    get bytes() {
      return room.bytes;
    },
    with<R>(next: R, bytes = room.bytes): Lease<R> {
      if (room.released) throw new Error('The lease was released: its room is no longer counted.');
      if (!(bytes >= 0 && Number.isFinite(bytes))) throw new RangeError(`Lease.with: bytes must be a finite number, 0 or more, but is ${bytes}.`);
      meter.recharge(bytes, room.bytes);
      room.bytes = bytes;
      events.onRecharge?.();
      return leaseOn(room, next, meter, events);
    },
    release() {
      if (room.released) return;
      room.released = true;
      meter.release(room.bytes);
      events.onRelease();
    },
  };
}
