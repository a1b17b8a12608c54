/** All video packets of one segment, with their times: the demultiplexing half of decoding. */
import { AV_PKT_FLAG_CORRUPT, AV_PKT_FLAG_DISCARD } from 'node-av/constants';
import { CodecParameters, Packet, type Codec } from 'node-av/lib';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { MediaLimits } from '../domain/ports.js';
import { MemorySource } from './byte-source.js';
import { displayOrder } from './display-order.js';
import { credibleOrigin, type PacketTimes } from './frame-plan.js';
import { LibavInput } from './libav-input.js';
import { toMicros } from './libav.js';
import { PacketReader, isEndOfInput } from './packet-reader.js';
import { presentationTimes, type TimeSource } from './packet-times.js';

/** One packet of the video stream. */
export interface SegmentPacket {
  readonly packet: Packet;
  /** Marked damaged by the demultiplexer. */
  readonly corrupt: boolean;
  /**
   * Index among the frames that the container presents, in decode order; undefined for a packet that the container itself
   * says is not shown (before the start of an edit list): it is decoded, because others may refer to it, and nothing else.
   */
  readonly frame: number | undefined;
}

/** What {@link readSegmentPackets} found. Close it. */
export interface SegmentPackets {
  readonly codec: Codec;
  readonly codecName: string;
  readonly parameters: CodecParameters;
  readonly packets: readonly SegmentPacket[];
  /** One entry a presented frame, in decode order; times of the container's own clock. */
  readonly times: readonly PacketTimes[];
  /** Set when the container broke off in the middle. */
  readonly readError: number | undefined;
  close(): void;
}

/** @throws FramewitnessError when the media cannot be opened or passes a limit */
export function readSegmentPackets(media: Uint8Array, limits: MediaLimits, location: ErrorLocation): SegmentPackets {
  if (media.length > limits.maxSegmentBytes) {
    throw new FramewitnessError('FW_LIMIT_SEGMENT_BYTES', `the segment has ${media.length} bytes, ${limits.maxSegmentBytes} are allowed`, { location });
  }
  if (media.length === 0) throw new FramewitnessError('FW_INPUT_EMPTY', 'the segment holds no bytes', { location });
  const input = LibavInput.open(new MemorySource(media), { location, maxPixels: limits.maxPixels });
  const packets: SegmentPacket[] = [];
  const parameters = new CodecParameters();
  const close = (): void => {
    for (const { packet } of packets) packet.free();
    parameters.free();
  };
  let reader: PacketReader | undefined;
  try {
    reader = new PacketReader(input, location);
    const readError = collect(reader, packets, limits, location);
    parameters.alloc();
    reader.codecParameters.copy(parameters);
    const shown = packets.filter(({ frame }) => frame !== undefined).map(({ packet }) => packet);
    const times = timesOf(shown, reader, () => displayOrder(input.decoder, parameters, shown));
    return { codec: input.decoder, codecName: input.codecName, parameters, packets, times, readError, close };
  } catch (error) {
    close();
    throw error;
  } finally {
    reader?.close();
    input.close();
  }
}

function collect(reader: PacketReader, into: SegmentPacket[], limits: MediaLimits, location: ErrorLocation): number | undefined {
  const packet = new Packet();
  packet.alloc();
  let frames = 0;
  try {
    for (;;) {
      const code = reader.next(packet);
      if (code < 0) return isEndOfInput(code) ? undefined : code;
      if (into.length >= limits.maxSegmentFrames) {
        throw new FramewitnessError('FW_LIMIT_SEGMENT_FRAMES', `the segment has more than the allowed ${limits.maxSegmentFrames} frames`, { location });
      }
      const kept = packet.clone();
      if (kept === null) throw new FramewitnessError('FW_INTERNAL', 'a packet could not be kept: out of memory', { location });
      const shown = !packet.hasFlags(AV_PKT_FLAG_DISCARD);
      into.push({ packet: kept, corrupt: packet.hasFlags(AV_PKT_FLAG_CORRUPT), frame: shown ? frames : undefined });
      if (shown) frames += 1;
    }
  } finally {
    packet.free();
  }
}

/** Times of the shown packets, microseconds: that of the earliest, and exact distances from it. */
function timesOf(shown: readonly Packet[], source: TimeSource, order: () => readonly number[]): readonly PacketTimes[] {
  const ticks = presentationTimes(shown, source, 0n, order);
  const origin = ticks.reduce((least, tick) => (tick < least ? tick : least), ticks[0] ?? 0n);
  const first = credibleOrigin(toMicros(origin, source.timeBase));
  return shown.map((packet, index) => ({ ptsMicros: first + toMicros((ticks[index] ?? origin) - origin, source.timeBase), keyframe: packet.isKeyframe }));
}
