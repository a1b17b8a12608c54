/** Cuts a file or standard input into segments at keyframes, without re-encoding. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Packet } from 'node-av/lib';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';
import type { Segment } from '../domain/media.js';
import type { MediaLimits } from '../domain/ports.js';
import { LibavInput } from './libav-input.js';
import { libavMessage } from './libav.js';
import { openInput, type OpenInput } from './open-input.js';
import { PacketReader, isEndOfInput } from './packet-reader.js';
import { SegmentCutter, type CutPiece } from './segment-cutter.js';

/** libav reports a damaged place and can often go on behind it; after so many reports in a row it is taken for the end. */
const MAX_READ_ERRORS_IN_A_ROW = 100;

/** What to cut. */
export interface SegmentFileInput {
  /** Path, or `-` for standard input. */
  readonly path: string;
  /** Stream id that the segments get. */
  readonly stream: string;
}

/** How to cut. */
export interface SegmentFileOptions {
  /** A segment ends at the first keyframe at or after this much media time. */
  readonly targetMicros: number;
  readonly limits: MediaLimits;
}

/**
 * Cuts the best video stream of an input into self-contained segments: each holds its packets unchanged, with colour,
 * orientation and times as in the source, exact to the microsecond, so that decoding the segments gives the frames that
 * decoding the file gives. Leading pictures of open GOPs stay with their keyframe (decode order) and are undecodable there.
 * Holds one segment and read buffers in memory. The same input gives the same bytes, and so the same digests.
 *
 * @throws FramewitnessError before the first segment: FW_INPUT_NOT_FOUND, FW_INPUT_UNREADABLE, FW_INPUT_EMPTY,
 * FW_INPUT_NOT_MEDIA, FW_INPUT_NO_VIDEO, FW_INPUT_UNSUPPORTED_CODEC, FW_LIMIT_PIXELS; after the segments that could be
 * read: FW_INPUT_TRUNCATED, FW_INPUT_VANISHED
 */
export async function* segmentFile(input: SegmentFileInput, options: SegmentFileOptions): AsyncGenerator<Segment, void, void> {
  const location: ErrorLocation = { input: input.path, stream: input.stream };
  const opened = openInput(input.path, location);
  let sequence = 0;
  try {
    for (const piece of cutInput(opened, options, location)) {
      yield {
        stream: input.stream,
        sequence,
        ptsStartMicros: piece.ptsStartMicros,
        media: piece.media,
        sha256: createHash('sha256').update(piece.media).digest('hex'),
        source: { kind: 'file', name: input.path },
        warnings: piece.warnings,
      };
      sequence += 1;
      // Reading blocks; others get their turn between segments.
      await nextTurn();
    }
    if (sequence === 0) throw new FramewitnessError('FW_INPUT_TRUNCATED', 'the input holds no video frame', { location });
  } finally {
    opened.close();
  }
}

function* cutInput(opened: OpenInput, options: SegmentFileOptions, location: ErrorLocation): Generator<CutPiece, void, void> {
  const input = LibavInput.open(opened.source, { location, maxPixels: options.limits.maxPixels });
  let reader: PacketReader | undefined;
  let cutter: SegmentCutter | undefined;
  try {
    const packets = (reader = new PacketReader(input, location));
    cutter = new SegmentCutter(options, packets);
    yield* readPieces(packets, cutter, opened, location);
  } finally {
    cutter?.close();
    reader?.close();
    input.close();
  }
}

function* readPieces(reader: PacketReader, cutter: SegmentCutter, opened: OpenInput, location: ErrorLocation): Generator<CutPiece, void, void> {
  const failure = yield* readAll(reader, cutter);
  const rest = cutter.finish();
  if (rest !== undefined) yield rest;
  if (failure !== undefined) throw FramewitnessError.from(failure, 'FW_INPUT_TRUNCATED', location);
  if (opened.isCutOff()) {
    throw new FramewitnessError('FW_INPUT_TRUNCATED', 'the input ends before its container says that it should', { location });
  }
}

/** @returns what ended the reading early; undefined at the regular end */
function* readAll(reader: PacketReader, cutter: SegmentCutter): Generator<CutPiece, unknown, void> {
  let errors = 0;
  for (;;) {
    const packet = new Packet();
    packet.alloc();
    let taken = false;
    try {
      const code = reader.next(packet);
      if (code < 0) {
        errors += 1;
        if (isEndOfInput(code)) return undefined;
        if (errors >= MAX_READ_ERRORS_IN_A_ROW) return new Error(`reading fails: ${libavMessage(code)}`);
        continue;
      }
      errors = 0;
      const piece = cutter.add(packet);
      taken = true;
      if (piece !== undefined) yield piece;
    } catch (error) {
      return error;
    } finally {
      if (!taken) packet.free();
    }
  }
}
