/** Presentation times of packets in ticks of their time base, also where the container gives none. */
import type { IRational, Packet } from 'node-av/lib';
import { timestamp } from './libav.js';

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

/**
 * Times for packets of which some have neither PTS nor DTS (an elementary stream, say): the frames follow each other in the
 * order of presentation, each for as long as the first packet that states a duration.
 *
 * @param order - packet indices in the order of presentation
 * @param start - time of the first
 */
export function evenTicks(packets: readonly Packet[], order: readonly number[], start: bigint, timeBase: IRational): readonly bigint[] {
  const step = packets.map((packet) => packet.duration).find((duration) => duration > 0n) ?? defaultDuration(timeBase);
  const ticks = new Array<bigint>(packets.length).fill(start);
  order.forEach((index, rank) => {
    ticks[index] = start + BigInt(rank) * step;
  });
  return ticks;
}
