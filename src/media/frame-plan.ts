/** Which of a segment's frames are on the sampling grid: pure arithmetic on packet times, before anything is decoded. */
import { isFirstOnGrid } from '../domain/sampling.js';

/** Times of one packet, in the order of the container (decode order). */
export interface PacketTimes {
  /** Presentation time, microseconds on the container's own clock. */
  readonly ptsMicros: number;
  readonly keyframe: boolean;
}

/**
 * Container time of a segment's earliest frame, for segments that have no other: 0 where it is so far off that it cannot be
 * one, and that microseconds would no longer be exact.
 */
export function credibleOrigin(micros: number): number {
  return Math.abs(micros) < 2 ** 50 ? micros : 0;
}

/** What is known of one frame before it is decoded. The index into the plan is the decode order. */
export interface PlannedFrame {
  /** Stream time, microseconds. */
  readonly ptsMicros: number;
  readonly keyframe: boolean;
  /** Position in the order of presentation, from 0. */
  readonly rank: number;
  /** On the grid, or the segment's first frame. */
  readonly wanted: boolean;
  /** As in {@link SampledFrame}: the first frame of a segment that is not a stream's first. */
  readonly tentative: boolean;
}

/** Where a segment lies in its stream. */
export interface SegmentPlace {
  readonly sequence: number;
  /** Stream time of the segment's earliest frame, microseconds. */
  readonly ptsStartMicros: number;
  /** Set: stream time is the container's own, and `ptsStartMicros` says nothing. */
  readonly ownTime?: true;
}

/**
 * Puts the packets of one segment on the stream's clock and on its grid.
 *
 * Stream time is `ptsStartMicros` plus the distance from the segment's earliest frame. A frame is wanted when it is the
 * first to reach some grid point, judged against the frame presented before it; frames of equal time are presented in
 * decode order. The segment's first frame has no predecessor here: it is always wanted, and tentative unless it begins
 * the stream (sequence 0 at time 0), where it is on the grid by definition.
 */
export function planFrames(packets: readonly PacketTimes[], place: SegmentPlace, framesPerSecond: number): readonly PlannedFrame[] {
  const byTime = packets.map((_, index) => index).sort((a, b) => timeOf(packets, a) - timeOf(packets, b) || a - b);
  const firstIndex = byTime[0];
  if (firstIndex === undefined) return [];
  const origin = timeOf(packets, firstIndex);
  const start = place.ownTime === true ? origin : place.ptsStartMicros;
  const beginsStream = place.sequence === 0 && place.ptsStartMicros === 0;
  const plan = new Array<PlannedFrame>(packets.length);
  let previous: number | undefined;
  byTime.forEach((index, rank) => {
    const ptsMicros = start + timeOf(packets, index) - origin;
    plan[index] = {
      ptsMicros,
      keyframe: packets[index]?.keyframe === true,
      rank,
      wanted: isFirstOnGrid(previous, ptsMicros, framesPerSecond),
      tentative: rank === 0 && !beginsStream,
    };
    previous = ptsMicros;
  });
  return plan;
}

function timeOf(packets: readonly PacketTimes[], index: number): number {
  const packet = packets[index];
  if (packet === undefined) throw new RangeError(`no packet ${index}`);
  return packet.ptsMicros;
}
