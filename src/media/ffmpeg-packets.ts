/** Packets as ffprobe prints them, and their times. */
import { credibleOrigin, type PacketTimes } from './frame-plan.js';

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
 * Presentation times of the shown packets, microseconds, with exact distances from the earliest: PTS, or for want of one DTS; by the rules of
 * `packet-times.ts`. Where the container gives decode times only, the k-th frame shown gets the k-th decode time. Where a
 * packet has no time (an elementary stream, say), the frames follow each other evenly.
 *
 * @param timeBase - `numerator/denominator` seconds
 * @param positionsInOrder - packets' byte positions in the order of presentation; called only where it is needed
 */
export async function timesOf(
  shown: readonly PrintedPacket[],
  { timeBase, decodeTimesOnly }: { readonly timeBase: string; readonly decodeTimesOnly: boolean },
  positionsInOrder: () => Promise<readonly string[]>,
): Promise<readonly PacketTimes[]> {
  const [numerator = 1, denominator = 1] = timeBase.split('/').map(Number);
  const known = shown.map(({ pts, dts }) => (decodeTimesOnly ? dts : (pts ?? dts))).filter((tick) => tick !== undefined);
  const complete = known.length === shown.length;
  let ticks = known;
  if (!complete || decodeTimesOnly) {
    const nominal = BigInt(Math.max(1, Math.round(denominator / numerator / DEFAULT_RATE)));
    const step = shown.map(({ duration }) => duration ?? 0n).find((duration) => duration > 0n) ?? nominal;
    const rising = complete ? known.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) : shown.map((_, rank) => BigInt(rank) * step);
    ticks = ranksOf(shown, await positionsInOrder()).map((rank) => rising[rank] ?? 0n);
  }
  const origin = ticks.reduce((least, tick) => (tick < least ? tick : least), ticks[0] ?? 0n);
  const first = credibleOrigin(toMicros(origin, numerator, denominator));
  return shown.map(({ flags }, index) => ({
    ptsMicros: first + toMicros((ticks[index] ?? origin) - origin, numerator, denominator),
    keyframe: flags.startsWith('K'),
  }));
}

/**
 * Ranks in the order of presentation. Of packets that yield no frame, those right after the first one are taken for its
 * leading pictures, presented before it; others keep their place in decode order. As in `display-order.ts`.
 */
function ranksOf(shown: readonly PrintedPacket[], positions: readonly string[]): readonly number[] {
  const byPosition = new Map(shown.map(({ position }, index) => [position, index]));
  const presented = new Set(positions.flatMap((position) => byPosition.get(position) ?? []));
  const order = [...presented];
  let leading = 1;
  while (order[0] === 0 && leading < shown.length && !presented.has(leading)) leading += 1;
  for (let index = 1; index < leading; index += 1) {
    order.splice(index - 1, 0, index);
    presented.add(index);
  }
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
