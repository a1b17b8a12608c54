/** The order of presentation of packets that carry no times, found by decoding them once. */
import type { Codec, CodecParameters, Packet } from 'node-av/lib';
import { LibavDecoding } from './libav-decoding.js';

/**
 * @returns packet indices in the order of presentation. Of packets that yield no frame, those right after the first one are
 * taken for its leading pictures, presented before it; others keep their place in decode order.
 */
export function displayOrder(codec: Codec, parameters: CodecParameters, packets: readonly Packet[]): readonly number[] {
  const order: number[] = [];
  const decoding = LibavDecoding.open(codec, parameters);
  try {
    const drain = (): void => {
      for (let result = decoding.receive(); result !== 'drained'; result = decoding.receive()) {
        if (result === 'frame') order.push(decoding.token);
      }
    };
    packets.forEach((packet, index) => {
      decoding.send(packet, index);
      drain();
    });
    decoding.send(null, packets.length);
    drain();
  } finally {
    decoding.close();
  }
  const seen = new Set(order);
  let leading = 1;
  while (leading < packets.length && !seen.has(leading)) leading += 1;
  const placedLeading = order[0] === 0 ? Array.from({ length: leading - 1 }, (_, index) => index + 1) : [];
  const full = [...placedLeading, ...order];
  for (const index of placedLeading) seen.add(index);
  for (let index = 0; index < packets.length; index += 1) if (!seen.has(index)) full.splice(Math.min(index, full.length), 0, index);
  return full;
}
