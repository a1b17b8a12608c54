/** The default decoder: libav inside the process (node-av), one thread, from memory. */
import { AV_FRAME_FLAG_CORRUPT } from 'node-av/constants';
import { Frame } from 'node-av/lib';
import type { DecodeAccounting, DecodedFrame, Segment, VideoInfo } from '../domain/media.js';
import type { DecodeRequest, GridFrame, SegmentDecoder, SegmentDecoding } from '../domain/ports.js';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import { DecodeLedger } from './decode-ledger.js';
import { planFrames, type PlannedFrame, type SegmentPlace } from './frame-plan.js';
import { FramePlanes } from './frame-planes.js';
import { LibavDecoding } from './libav-decoding.js';
import { refuseLargePicture } from './libav-input.js';
import { readSegmentPackets, type SegmentPackets } from './segment-packets.js';
import { colorMatrix, colorRange, describeVideo, frameRotation, uprightSize } from './video-info.js';

/** Codecs whose decoders honour «skip what nothing refers to» and give the same pixels for the rest (tested). */
const SELECTIVE_CODECS: ReadonlySet<string> = new Set(['h264', 'hevc', 'mpeg1video', 'mpeg2video', 'mpeg4']);

/**
 * Decodes segments in the calling thread. A frame is delivered only when it and all that it may refer to decoded without
 * an error (see {@link DamageMap}); what is on the grid and not delivered is counted as undecodable.
 */
export class LibavDecoder implements SegmentDecoder {
  // Synchronous inside; a rejected promise, not an exception, tells of failure.
  // eslint-disable-next-line @typescript-eslint/require-await
  async open(segment: Pick<Segment, 'stream' | 'sequence' | 'ptsStartMicros' | 'ownTime' | 'media'>, request: DecodeRequest): Promise<SegmentDecoding> {
    const location = { stream: segment.stream, sequence: segment.sequence };
    const packets = readSegmentPackets(segment.media, request.limits, location);
    return new LibavSegmentDecoding(segment, request, packets, location);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A decoded frame that waits until everything decoded before it is known to be sound. */
interface HeldFrame {
  readonly index: number;
  readonly frame: Frame;
}

class LibavSegmentDecoding implements SegmentDecoding {
  readonly video: VideoInfo;
  readonly #location: ErrorLocation;
  readonly #request: DecodeRequest;
  readonly #segment: SegmentPackets;
  readonly #plan: readonly PlannedFrame[];
  readonly #ledger: DecodeLedger;
  #started = false;

  constructor(place: SegmentPlace, request: DecodeRequest, packets: SegmentPackets, location: ErrorLocation) {
    this.#location = location;
    this.#request = request;
    this.#segment = packets;
    this.video = describeVideo(this.#segment.parameters, this.#segment.codecName);
    this.#plan = planFrames(this.#segment.times, place, request.grid.framesPerSecond);
    this.#ledger = new DecodeLedger(this.#plan, packets.codecName, packets.readError, packets.packets[0]?.packet.isKeyframe === true);
  }

  accounting(): DecodeAccounting {
    return this.#ledger.accounting();
  }

  warnings(): readonly { readonly code: string; readonly message: string }[] {
    return this.#ledger.warnings();
  }

  // The work is synchronous (one thread, in order); the port is asynchronous for decoders that are not.
  // eslint-disable-next-line @typescript-eslint/require-await
  async *frames(): AsyncGenerator<GridFrame, void, void> {
    if (this.#started) return;
    this.#started = true;
    yield* this.#run();
  }

  *#run(): Generator<GridFrame, void, void> {
    const planes = new FramePlanes();
    const held: HeldFrame[] = [];
    let decoding: LibavDecoding | undefined;
    try {
      decoding = this.#openDecoder();
      if (decoding === undefined) return;
      for (const step of this.#decodeAll(decoding, held)) {
        const done = step === 'end';
        for (let next = held[0]; next !== undefined && (done || this.#ledger.isSettledBefore(next.index)); next = held[0]) {
          held.shift();
          try {
            const planned = this.#plan[next.index];
            if (planned !== undefined && this.#ledger.deliver(next.index)) {
              yield { frame: this.#describe(next.frame, planned, planes), tentative: planned.tentative };
            }
          } finally {
            next.frame.free();
          }
        }
      }
      this.#ledger.finish();
    } finally {
      for (const { frame } of held) frame.free();
      planes.close();
      decoding?.close();
      this.#segment.close();
    }
  }

  /** @returns undefined when the decoder refuses the stream's headers: then every frame is undecodable */
  #openDecoder(): LibavDecoding | undefined {
    try {
      return LibavDecoding.open(this.#segment.codec, this.#segment.parameters, this.#request.limits.maxPixels);
    } catch (error) {
      if (!(error instanceof FramewitnessError) || error.code !== 'FW_SEGMENT_UNDECODABLE') throw error;
      this.#ledger.finish();
      return undefined;
    }
  }

  /** Feeds all packets; puts wanted frames into `held`. Yields after each packet, and `'end'` after the last frame. */
  *#decodeAll(decoding: LibavDecoding, held: HeldFrame[]): Generator<'more' | 'end', void, void> {
    const selective = this.#request.selective && SELECTIVE_CODECS.has(this.#segment.codecName);
    let decoded = 0;
    for (const { packet, frame: index, corrupt } of this.#segment.packets) {
      if (index !== undefined) decoded = index;
      const skippable = selective && (index === undefined || this.#plan[index]?.wanted !== true);
      if (corrupt) this.#ledger.damagedAt(decoded);
      const sound = decoding.send(packet, index ?? -1, skippable);
      if (!this.#drain(decoding, held, decoded) || !sound) this.#ledger.damagedAt(decoded);
      yield 'more';
    }
    decoding.send(null, -1);
    this.#drain(decoding, held, decoded);
    yield 'end';
  }

  /** @returns false when the decoder reported an error */
  #drain(decoding: LibavDecoding, held: HeldFrame[], decoded: number): boolean {
    let sound = true;
    for (let result = decoding.receive(); result !== 'drained'; result = decoding.receive()) {
      if (result === 'error') {
        sound = false;
        continue;
      }
      const { frame, token: index } = decoding;
      const planned = this.#plan[index];
      if (planned === undefined) continue;
      refuseLargePicture(frame.width, frame.height, { location: this.#location, maxPixels: this.#request.limits.maxPixels });
      if (frame.decodeErrorFlags !== 0 || frame.hasFlags(AV_FRAME_FLAG_CORRUPT)) this.#ledger.damagedAt(Math.min(index, decoded));
      this.#ledger.presented(index);
      const kept = planned.wanted ? frame.clone() : null;
      if (kept !== null) held.push({ index, frame: kept });
    }
    return sound;
  }

  #describe(frame: Frame, planned: PlannedFrame, planes: FramePlanes): DecodedFrame {
    const stream = this.#segment.parameters;
    const rotation = frameRotation(frame, this.video.rotation);
    const [width, height] = uprightSize(frame.width, frame.height, rotation);
    const range = colorRange(frame, stream);
    return {
      ptsMicros: planned.ptsMicros,
      storedWidth: frame.width,
      storedHeight: frame.height,
      width,
      height,
      rotation,
      matrix: colorMatrix(frame, stream),
      range,
      ...planes.of(frame, range),
    };
  }
}
