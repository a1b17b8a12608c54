/** Packets as ffprobe prints them, and their times. */
import type { PacketTimes } from './frame-plan.js';

/** Nominal rate of streams that say nothing about time at all, frames a second; as in `packet-times.ts`. */
const DEFAULT_RATE = 25;

/** One line of `ffprobe -show_packets` in its compact form. Times are ticks of the stream's time base. */
export interface PrintedPacket {
  readonly pts: bigint | undefined;
  readonly dts: bigint | undefined;
  readonly duration: bigint | undefined;
  readonly size: number;
  /** Byte position in the file. */
  readonly position: string | undefined;
  /** `K`: keyframe; `D` in the second place: not to be shown; `C` in the third: damaged. */
  readonly flags: string;
}

/** Lines of `name=value|name=value…`; others are passed over. */
export function parsePackets(text: string): readonly PrintedPacket[] {
  return text.split('\n').filter((line) => line.includes('flags=')).map(parsePacket);
}

function parsePacket(line: string): PrintedPacket {
  const fields = new Map(line.split('|').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1).trim()]));
  const number = (name: string): string | undefined => {
    const text = fields.get(name);
    return text !== undefined && /^-?\d+$/.test(text) ? text : undefined;
  };
  const ticks = (name: string): bigint | undefined => {
    const text = number(name);
    return text === undefined ? undefined : BigInt(text);
  };
  return {
    pts: ticks('pts'),
    dts: ticks('dts'),
    duration: ticks('duration'),
    size: Number(number('size') ?? 0),
    position: number('pos'),
    flags: fields.get('flags') ?? '',
  };
}

/**
 * Presentation times of the shown packets, microseconds from the earliest: PTS, or for want of one DTS. Where a packet has
 * neither (an elementary stream, say), the frames follow each other evenly in the order of presentation.
 *
 * @param timeBase - `numerator/denominator` seconds
 * @param positionsInOrder - packets' byte positions in the order of presentation
 */
export async function timesOf(
  shown: readonly PrintedPacket[],
  timeBase: string,
  positionsInOrder: () => Promise<readonly string[]>,
): Promise<readonly PacketTimes[]> {
  const [numerator = 1, denominator = 1] = timeBase.split('/').map(Number);
  const given = shown.map(({ pts, dts }) => pts ?? dts);
  let ticks = given.filter((tick) => tick !== undefined);
  if (ticks.length < shown.length) {
    const nominal = BigInt(Math.max(1, Math.round(denominator / numerator / DEFAULT_RATE)));
    const step = shown.map(({ duration }) => duration ?? 0n).find((duration) => duration > 0n) ?? nominal;
    ticks = ranksOf(shown, await positionsInOrder()).map((rank) => BigInt(rank) * step);
  }
  const origin = ticks.reduce((least, tick) => (tick < least ? tick : least), ticks[0] ?? 0n);
  return shown.map(({ flags }, index) => ({
    ptsMicros: toMicros((ticks[index] ?? origin) - origin, numerator, denominator),
    keyframe: flags.startsWith('K'),
  }));
}

/** A packet that yields no frame keeps its place in decode order. */
function ranksOf(shown: readonly PrintedPacket[], positions: readonly string[]): readonly number[] {
  const byPosition = new Map(shown.map(({ position }, index) => [position, index]));
  const order = [...new Set(positions.flatMap((position) => byPosition.get(position) ?? []))];
  const presented = new Set(order);
  shown.forEach((_, index) => {
    if (!presented.has(index)) order.splice(Math.min(index, order.length), 0, index);
  });
  const ranks = new Array<number>(shown.length).fill(0);
  order.forEach((index, rank) => {
    ranks[index] = rank;
  });
  return ranks;
}

/** `ticks` (not negative) of `numerator / denominator` seconds in microseconds, rounded half up, exactly. */
function toMicros(ticks: bigint, numerator: number, denominator: number): number {
  return Number((ticks * 1_000_000n * BigInt(numerator) * 2n + BigInt(denominator)) / (BigInt(denominator) * 2n));
}
