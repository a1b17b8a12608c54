/** Presentation times of packets in ticks of their time base, also where the container gives none. */
import type { IRational, Packet } from 'node-av/lib';
import { timestamp, toMicros } from './libav.js';

/** Nominal rate of streams that say nothing about time at all, frames a second. */
const DEFAULT_RATE = 25;

/**
 * Presentation time of a packet in ticks: its PTS, or for want of one its DTS. libav has already derived what the
 * container leaves out where it can (AVFMT_FLAG_GENPTS).
 */
export function presentationTicks(packet: Packet): bigint | undefined {
  return timestamp(packet.pts) ?? timestamp(packet.dts);
}

/** Ticks from a frame to the next where a packet does not say: one frame at {@link DEFAULT_RATE}. */
export function defaultDuration(timeBase: IRational): bigint {
  return BigInt(Math.max(1, Math.round(timeBase.den / timeBase.num / DEFAULT_RATE)));
}

/** Longest media time within one segment, and longest step between two, that is taken for true; beyond, clocks are broken. */
export const MAX_GAP_MICROS = 86_400_000_000;

/** Where packets come from, as far as their times go. */
export interface TimeSource {
  readonly timeBase: IRational;
  /** As in {@link PacketReader}. */
  readonly hasDecodeTimesOnly: boolean;
}

/**
 * Presentation times of a segment's packets, in ticks.
 *
 * Where the container gives decode times only, the k-th frame shown gets the k-th decode time. Where some packets have no
 * time at all (an elementary stream), or times lie more than {@link MAX_GAP_MICROS} apart (damage), the frames follow each other from `start`, each for as long as the first packet that
 * states a duration.
 *
 * @param displayOrder - finds packet indices in the order of presentation; called only where it is needed, for it decodes
 */
export function presentationTimes(packets: readonly Packet[], source: TimeSource, start: bigint, displayOrder: () => readonly number[]): readonly bigint[] {
  const known = packets.map(presentationTicks).filter((ticks) => ticks !== undefined);
  const complete = known.length === packets.length && isCredible(known, source.timeBase);
  if (complete && !source.hasDecodeTimesOnly) return known;
  const step = packets.map((packet) => packet.duration).find((duration) => duration > 0n) ?? defaultDuration(source.timeBase);
  const rising = complete ? known.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) : packets.map((_, rank) => start + BigInt(rank) * step);
  const ticks = new Array<bigint>(packets.length).fill(start);
  displayOrder().forEach((index, rank) => {
    ticks[index] = rising[rank] ?? start;
  });
  return ticks;
}

function isCredible(ticks: readonly bigint[], timeBase: IRational): boolean {
  const first = ticks[0] ?? 0n;
  return ticks.every((tick) => Math.abs(toMicros(tick - first, timeBase)) <= MAX_GAP_MICROS);
}
