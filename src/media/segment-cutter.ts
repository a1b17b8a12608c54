/** Gathers packets into segments: where to cut, what belongs together, what a limit cuts short. Holds one segment. */
import { AV_CODEC_ID_H264, AV_PKT_FLAG_CORRUPT, AV_PKT_FLAG_DISCARD } from 'node-av/constants';
import type { Codec, CodecParameters, Packet } from 'node-av/lib';
import type { SegmentWarning } from '../domain/media.js';
import type { MediaLimits } from '../domain/ports.js';
import { toMicros } from './libav.js';
import { findSignature, nalFraming, withSignature } from './encoder-signature.js';
import { displayOrder } from './display-order.js';
import { MAX_GAP_MICROS, defaultDuration, presentationTicks, presentationTimes, type TimeSource } from './packet-times.js';
import { muxSegment } from './segment-muxer.js';

/** Room that a container needs beside the packets: per packet (index entries) and once. */
const CONTAINER_BYTES_PER_PACKET = 64;
const CONTAINER_BYTES = 16_384;

/** One segment's media and its place. */
export interface CutPiece {
  readonly media: Uint8Array;
  readonly ptsStartMicros: number;
  /** End of its last frame, exclusive. */
  readonly ptsEndMicros: number;
  readonly frames: number;
  /** The container's clock jumped before this piece: stream time goes on at the end of the last one all the same. */
  readonly jumped: boolean;
  readonly warnings: readonly SegmentWarning[];
}

/** What the packets belong to. */
export interface CutStream extends TimeSource {
  readonly decoder: Codec;
  /** As they are when a segment ends. */
  readonly codecParameters: CodecParameters;
}

/** When to cut. */
export interface CutRules {
  readonly targetMicros: number;
  readonly limits: MediaLimits;
  /** Longest media time of a segment, where a feed's keyframes are rare. Default: no bound but those of `limits`. */
  readonly maxMicros?: number;
  /** A longer step ahead of the container's clock is a jump. Default {@link MAX_GAP_MICROS}. */
  readonly maxJumpMicros?: number;
}

/**
 * Cuts at the first keyframe at or after `targetMicros` since the segment's first keyframe. Everything is decided by media
 * time and packet sizes, so the same stream is cut in the same places however it is read.
 *
 * Where a limit is reached before a keyframe, the segment ends there with a warning; what follows up to the next keyframe
 * becomes segments of its own, which start without a keyframe: decoders count their frames as undecodable.
 *
 * Stream time is zero at the earliest frame shown in the first segment. Where the container's clock jumps back (joined
 * recordings) or ahead by more than a day (damage), later times are moved so that stream time goes on.
 */
export class SegmentCutter {
  readonly #rules: CutRules;
  readonly #stream: CutStream;
  #packets: Packet[] = [];
  #bytes = 0;
  /** The packets at hand follow a limit and do not start at a keyframe. */
  #remainder = false;
  /** Container time that is stream time zero. */
  #originTicks: bigint | undefined;
  /** Of the first packet of the input; null where it has none, undefined before it came. */
  #signature: Buffer | null | undefined;
  /** Container time of the last frame handed out, and of its end. */
  #lastTicks: bigint | undefined;
  #endTicks = 0n;

  constructor(rules: CutRules, stream: CutStream) {
    this.#rules = rules;
    this.#stream = stream;
  }

  /** Takes over `packet`. @returns the segment that ended before it, if one did */
  add(packet: Packet): CutPiece | undefined {
    const ended = this.#packets.length === 0 ? undefined : this.#endsBefore(packet);
    const piece = ended === undefined ? undefined : this.#take(ended);
    if (this.#signature === undefined) this.#signature = this.#findSignature(packet);
    if (this.#packets.length === 0) this.#sign(packet);
    this.#packets.push(packet);
    this.#bytes += packet.size + CONTAINER_BYTES_PER_PACKET;
    return piece;
  }

  /** The last segment. @returns undefined when nothing is left */
  finish(): CutPiece | undefined {
    const last = this.#packets.at(-1);
    // The input ended within this packet. Some decoders make a picture of half a packet without a word: make sure that
    // this one is undecodable. (No container has a mark for that which survives.)
    if (last?.hasFlags(AV_PKT_FLAG_CORRUPT) === true) replaceData(last, Buffer.alloc(1));
    return this.#packets.length === 0 ? undefined : this.#take(this.#remainder ? [REMAINDER_WARNING] : []);
  }

  /** Frees what was not taken. */
  close(): void {
    for (const packet of this.#packets) packet.free();
    this.#packets = [];
  }

  #findSignature(packet: Packet): Buffer | null {
    const { codecParameters } = this.#stream;
    const data = isH264(codecParameters) ? packet.data : null;
    const found = data === null ? undefined : findSignature(data, nalFraming(codecParameters.extradata));
    return found === undefined ? null : Buffer.from(found);
  }

  /** Lets a segment's first packet say which encoder made it, as the input's first packet does. */
  #sign(packet: Packet): void {
    const data = packet.data;
    if (this.#signature === undefined || this.#signature === null || data === null) return;
    const framing = nalFraming(this.#stream.codecParameters.extradata);
    if (findSignature(data, framing) === undefined) replaceData(packet, withSignature(data, this.#signature, framing));
  }

  /** @returns warnings for the segment that ends before this packet; undefined when it goes on */
  #endsBefore(packet: Packet): readonly SegmentWarning[] | undefined {
    const warnings = this.#remainder ? [REMAINDER_WARNING] : [];
    const elapsedMicros = this.#elapsedBefore(packet);
    if (packet.isKeyframe && (this.#remainder || elapsedMicros >= this.#rules.targetMicros || elapsedMicros < 0)) {
      this.#remainder = false;
      return warnings;
    }
    const { maxSegmentBytes, maxSegmentFrames } = this.#rules.limits;
    if (this.#packets.length >= maxSegmentFrames) {
      warnings.push({ code: 'FW_LIMIT_SEGMENT_FRAMES', message: `cut short at the allowed ${maxSegmentFrames} frames: no keyframe came before` });
    } else if (this.#bytes + packet.size + CONTAINER_BYTES_PER_PACKET + CONTAINER_BYTES > maxSegmentBytes) {
      warnings.push({ code: 'FW_LIMIT_SEGMENT_BYTES', message: `cut short at the allowed ${maxSegmentBytes} bytes: no keyframe came before` });
    } else if (elapsedMicros >= (this.#rules.maxMicros ?? Infinity)) {
      warnings.push({ code: 'FW_LIMIT_SEGMENT_SECONDS', message: `cut short at the allowed ${(this.#rules.maxMicros ?? 0) / 1e6} seconds: no keyframe came before` });
    } else {
      return undefined;
    }
    this.#remainder = !packet.isKeyframe;
    return warnings;
  }

  /** Media time from the segment's first packet to `packet`, microseconds. */
  #elapsedBefore(packet: Packet): number {
    const first = this.#packets[0];
    const start = first === undefined ? undefined : presentationTicks(first);
    const now = presentationTicks(packet);
    if (start !== undefined && now !== undefined) return toMicros(now - start, this.#stream.timeBase);
    const duration = packet.duration > 0n ? packet.duration : defaultDuration(this.#stream.timeBase);
    return toMicros(duration * BigInt(this.#packets.length), this.#stream.timeBase);
  }

  #take(warnings: readonly SegmentWarning[]): CutPiece {
    const packets = this.#packets;
    this.#packets = [];
    this.#bytes = 0;
    try {
      const ticks = this.#ticksOf(packets);
      const shown = ticks.filter((_, index) => packets[index]?.hasFlags(AV_PKT_FLAG_DISCARD) === false);
      const times = shown.length > 0 ? shown : ticks;
      const earliest = times.reduce((least, time) => (time < least ? time : least));
      const latest = times.reduce((most, time) => (time > most ? time : most));
      this.#originTicks ??= earliest;
      const jumped = this.#jumpsTo(earliest);
      if (jumped) this.#originTicks += earliest - this.#endTicks;
      const micros = (time: bigint): number => toMicros(time - (this.#originTicks ?? 0n), this.#stream.timeBase);
      const lastDuration = packets.find((packet) => packet.duration > 0n)?.duration ?? defaultDuration(this.#stream.timeBase);
      this.#lastTicks = latest;
      this.#endTicks = latest + lastDuration;
      const timed = packets.map((packet, index) => ({
        packet,
        ptsMicros: micros(ticks[index] ?? earliest),
        durationMicros: toMicros(packet.duration > 0n ? packet.duration : lastDuration, this.#stream.timeBase),
      }));
      const media = muxSegment(timed, this.#stream.codecParameters);
      return { media, ptsStartMicros: micros(earliest), ptsEndMicros: micros(this.#endTicks), frames: packets.length, jumped, warnings };
    } finally {
      for (const packet of packets) packet.free();
    }
  }

  #jumpsTo(earliest: bigint): boolean {
    if (this.#lastTicks === undefined) return false;
    return earliest <= this.#lastTicks || toMicros(earliest - this.#endTicks, this.#stream.timeBase) > (this.#rules.maxJumpMicros ?? MAX_GAP_MICROS);
  }

  #ticksOf(packets: readonly Packet[]): readonly bigint[] {
    const { decoder, codecParameters } = this.#stream;
    return presentationTimes(packets, this.#stream, this.#endTicks, () => displayOrder(decoder, codecParameters, packets));
  }
}

/** Gives a packet other bytes. (Setting `data` alone also resets its times and flags.) */
function replaceData(packet: Packet, data: Buffer): void {
  const { pts, dts, duration, flags } = packet;
  packet.data = data;
  packet.pts = pts;
  packet.dts = dts;
  packet.duration = duration;
  packet.flags = flags;
}

function isH264({ codecId }: CodecParameters): boolean {
  return codecId === AV_CODEC_ID_H264;
}

const REMAINDER_WARNING: SegmentWarning = {
  code: 'FW_SEGMENT_UNDECODABLE',
  message: 'follows a segment that a limit cut short, and has no keyframe to start from',
};
