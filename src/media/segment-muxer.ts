/** Puts packets of one video stream into a container in memory, without re-encoding. Same packets, same bytes. */
import {
  AV_CODEC_ID_HEVC,
  AV_PKT_FLAG_DISCARD,
  AVERROR_EIO,
  AVFMT_FLAG_BITEXACT,
  AVFMT_FLAG_CUSTOM_IO,
  AVSEEK_CUR,
  AVSEEK_END,
  AVSEEK_FORCE,
  AVSEEK_SET,
  AVSEEK_SIZE,
  type AVFormatFlag,
} from 'node-av/constants';
import { Dictionary, FormatContext, IOContext, Rational, type CodecParameters, type Packet } from 'node-av/lib';
import { FramewitnessError } from '../domain/errors.js';
import { libavMessage } from './libav.js';
import { Spare } from './spare.js';

const IO_BUFFER_BYTES = 65_536;
const HEVC: number = AV_CODEC_ID_HEVC;
const MICROS_PER_SECOND = 1_000_000;
const INITIAL_BYTES = 1 << 20;

/** One packet with its time in the segment's stream. */
export interface TimedPacket {
  /** Freed by nobody here. */
  readonly packet: Packet;
  /** Presentation time, microseconds; any origin. */
  readonly ptsMicros: number;
  readonly durationMicros: number;
}

/**
 * Containers in order of preference: MP4 for what players know, QuickTime for older codecs, NUT for the rest. All three keep
 * microseconds exactly (Matroska would round to milliseconds).
 */
const FORMATS = ['mp4', 'mov', 'nut'] as const;

/**
 * Muxes one segment. The clock is the microsecond, so that times survive exactly; edit lists are off except where packets
 * are marked as not shown, which only an edit list can say.
 *
 * @param packets - in decode order, at least one
 * @throws FramewitnessError FW_INPUT_UNSUPPORTED_CODEC when no container takes the codec
 */
export function muxSegment(packets: readonly TimedPacket[], parameters: CodecParameters): Uint8Array {
  const failures: string[] = [];
  for (const format of FORMATS) {
    const result = tryMux(format, packets, parameters);
    if (typeof result !== 'string') return result;
    failures.push(`${format}: ${result}`);
  }
  throw new FramewitnessError('FW_INPUT_UNSUPPORTED_CODEC', `the video cannot be cut into segments: ${failures.join('; ')}`);
}

/** @returns the bytes, or why this format does not take them */
function tryMux(format: (typeof FORMATS)[number], packets: readonly TimedPacket[], parameters: CodecParameters): Uint8Array | string {
  const sink = takeSink();
  const context = new FormatContext();
  let whole = false;
  try {
    const allocated = context.allocOutputContext2(null, format, null);
    if (allocated < 0) return libavMessage(allocated);
    context.pb = sink.native;
    context.flags = (context.flags | AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO) as AVFormatFlag;
    const stream = context.newStream(null);
    const copied = parameters.copy(stream.codecpar);
    if (copied < 0) return libavMessage(copied);
    // The source container's tag may mean something else here. hev1 keeps parameter sets where they are in the stream.
    stream.codecpar.codecTag = format !== 'nut' && isHevc(parameters) ? 'hev1' : 0;
    stream.timeBase = new Rational(1, MICROS_PER_SECOND);
    const hidden = packets.some(({ packet }) => packet.hasFlags(AV_PKT_FLAG_DISCARD));
    using options = Dictionary.fromObject(
      format === 'nut' ? {} : { video_track_timescale: MICROS_PER_SECOND, movie_timescale: MICROS_PER_SECOND, use_editlist: hidden ? 1 : 0 },
    );
    const begun = context.writeHeaderSync(options);
    if (begun < 0) return libavMessage(begun);
    const written = writePackets(context, packets, hidden);
    if (written < 0) return libavMessage(written);
    const ended = context.writeTrailerSync();
    if (ended < 0) return libavMessage(ended);
    sink.native.flushSync();
    whole = true;
    return sink.bytes();
  } finally {
    // It would free the I/O context otherwise.
    context.pb = null;
    context.freeContext();
    if (!whole || !spareSink.keep(sink)) sink.native.freeContext();
  }
}

const spareSink = new Spare<MemorySink>();

function takeSink(): MemorySink {
  const sink = spareSink.take() ?? new MemorySink();
  sink.rewind();
  return sink;
}

function isHevc(parameters: CodecParameters): boolean {
  return parameters.codecId === HEVC;
}

function writePackets(context: FormatContext, packets: readonly TimedPacket[], hidden: boolean): number {
  const stream = context.streams[0];
  if (stream === undefined) return -1;
  const { num, den } = stream.timeBase;
  const ticks = (micros: number): bigint => (BigInt(micros) * BigInt(den)) / (BigInt(num) * BigInt(MICROS_PER_SECOND));
  const { pts, dts } = decodeTimes(packets.map((packet) => packet.ptsMicros));
  // Without an edit list the clock starts at the first decode time. With one, presentation starts at zero, and what the
  // source marked as not shown lies before it.
  const shownPts = packets.flatMap(({ packet }, index) => (packet.hasFlags(AV_PKT_FLAG_DISCARD) ? [] : [pts[index] ?? 0]));
  const origin = hidden && shownPts.length > 0 ? shownPts.reduce((least, time) => Math.min(least, time)) : (dts[0] ?? 0);
  for (const [index, { packet, durationMicros }] of packets.entries()) {
    packet.pts = ticks((pts[index] ?? 0) - origin);
    packet.dts = ticks((dts[index] ?? 0) - origin);
    packet.duration = ticks(durationMicros);
    packet.timeBase = { num, den };
    packet.streamIndex = 0;
    packet.pos = -1n;
    const code = context.writeFrameSync(packet);
    if (code < 0) return code;
  }
  return 0;
}

/**
 * Decode times that any container accepts: the presentation times in rising order, made strictly rising, and moved back by
 * as much as the deepest reordering asks for, so that none lies after its presentation time.
 */
export function decodeTimes(pts: readonly number[]): { readonly pts: readonly number[]; readonly dts: readonly number[] } {
  const rising: number[] = [];
  for (const time of [...pts].sort((a, b) => a - b)) rising.push(Math.max(time, (rising.at(-1) ?? -Infinity) + 1));
  const delay = rising.reduce((most, time, index) => Math.max(most, time - (pts[index] ?? 0)), 0);
  return { pts, dts: rising.map((time) => time - delay) };
}

/** Memory that libav writes to; grows as needed. */
class MemorySink {
  readonly native = new IOContext();
  #buffer = new Uint8Array(INITIAL_BYTES);
  #size = 0;
  #position = 0;

  constructor() {
    this.native.allocContextWithCallbacks(
      IO_BUFFER_BYTES,
      1,
      null,
      (chunk) => this.#write(chunk),
      (offset, whence) => this.#seek(Number(offset), whence),
    );
  }

  /** Empties it, and has libav begin at its start. */
  rewind(): void {
    this.native.seekSync(0n, AVSEEK_SET);
    this.#size = 0;
  }

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#size);
  }

  #write(chunk: Uint8Array): number {
    const end = this.#position + chunk.length;
    if (end > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(end, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#position);
    this.#position = end;
    this.#size = Math.max(this.#size, end);
    return chunk.length;
  }

  #seek(offset: number, whence: number): bigint | number {
    if (whence === AVSEEK_SIZE) return BigInt(this.#size);
    const mode = whence & ~AVSEEK_FORCE;
    const base = mode === AVSEEK_SET ? 0 : mode === AVSEEK_CUR ? this.#position : mode === AVSEEK_END ? this.#size : Number.NaN;
    const target = base + offset;
    if (!(target >= 0)) return AVERROR_EIO;
    this.#position = target;
    return BigInt(target);
  }
}
