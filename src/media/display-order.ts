/** The order of presentation of packets that carry no times, found by decoding them once. */
import type { Codec, CodecParameters, Packet } from 'node-av/lib';
import { LibavDecoding } from './libav-decoding.js';

/** @returns packet indices in the order of presentation; a packet that yields no frame keeps its place in decode order */
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
  for (let index = 0; index < packets.length; index += 1) if (!seen.has(index)) order.splice(Math.min(index, order.length), 0, index);
  return order;
}
