/** Segments, frames and what a decoder says about them. Times are integers in microseconds of media time. */

/** One self-contained piece of a stream: starts at a keyframe, any container and codec that libav reads. */
export interface Segment {
  /** Stream id. */
  readonly stream: string;
  /** Position in the stream, from 0, rising. */
  readonly sequence: number;
  /** Media time of the segment's first frame in the stream (microseconds, from 0 at the stream's first frame). */
  readonly ptsStartMicros: number;
  /** Set where nobody said when the segment begins: its frames have the container's own times, and `ptsStartMicros` is 0. */
  readonly ownTime?: true;
  /** The media itself. */
  readonly media: Uint8Array;
  /** Lower-case hex SHA-256 of `media`. */
  readonly sha256: string;
  /** Where the segment was read. */
  readonly source: SegmentSource;
  /** What the cutter already knows to be lost or wrong with this piece (a truncated input, say). */
  readonly warnings: readonly SegmentWarning[];
}

/** A segment's place in media time. @param ptsStartMicros - what the producer says; null where it says nothing */
export function mediaPlace(ptsStartMicros: number | null): Pick<Segment, 'ptsStartMicros' | 'ownTime'> {
  return ptsStartMicros === null ? { ptsStartMicros: 0, ownTime: true } : { ptsStartMicros };
}

/** Where a segment was read: goes into the provenance of its verdict. */
export interface SegmentSource {
  /** `file` for the embedded transport; `kafka` and `archive` for others. */
  readonly kind: 'file' | 'kafka' | 'archive';
  /** Path as the user gave it, `-`, or the topic. */
  readonly name: string;
  readonly partition?: number;
  /** Decimal string. */
  readonly offset?: string;
}

/** Something that was wrong with a segment's input, said once. */
export interface SegmentWarning {
  /** A code of the error catalogue. */
  readonly code: string;
  readonly message: string;
}

/** Matrix that turns Y'CbCr into R'G'B'. */
export type ColorMatrix = 'bt601' | 'bt709' | 'bt2020';

/** `limited`: luma 16..235, chroma 16..240 (8 bit). `full`: 0..255. */
export type ColorRange = 'limited' | 'full';

/** Clockwise rotation, in degrees, that brings a stored frame upright. */
export type Rotation = 0 | 90 | 180 | 270;

/**
 * One decoded picture as 8-bit planar 4:2:0, as stored (before rotation). Planes belong to the decoder and are valid only
 * until the next frame is asked for.
 */
export interface DecodedFrame {
  /** Media time in the stream, microseconds. */
  readonly ptsMicros: number;
  /** Stored size in pixels. */
  readonly storedWidth: number;
  readonly storedHeight: number;
  /** Upright size in pixels: stored size after `rotation`. */
  readonly width: number;
  readonly height: number;
  readonly rotation: Rotation;
  readonly matrix: ColorMatrix;
  readonly range: ColorRange;
  /** Y, U, V. Chroma planes have ceil(width / 2) × ceil(height / 2) samples. */
  readonly planes: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** Bytes from one row to the next, per plane. */
  readonly strides: readonly [number, number, number];
}

/** What the decoder found out about a segment's video stream. */
export interface VideoInfo {
  /** libav's codec name, for example `h264`. */
  readonly codec: string;
  readonly pixelFormat: string;
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly rotation: Rotation;
  readonly matrix: ColorMatrix;
  readonly range: ColorRange;
}

/** Decoder accounting for one segment: `present = wanted + notWanted + undecodable`. */
export interface DecodeAccounting {
  /** Frames that the container carries. */
  readonly present: number;
  /** Frames on the sampling grid that were delivered. */
  readonly wanted: number;
  /** Frames off the grid. */
  readonly notWanted: number;
  /** Frames that could not be decoded, were damaged, or referred to damaged or missing frames. */
  readonly undecodable: number;
  /** Media time of the first and last frame present (microseconds); absent when there is none. */
  readonly firstPtsMicros?: number;
  readonly lastPtsMicros?: number;
}

/** An axis-aligned box in pixels of the upright frame. May reach beyond the frame. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A point in pixels of the upright frame. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A square RGB image, 8 bit, height × width × channel. */
export interface RgbImage {
  readonly size: number;
  /** size × size × 3 bytes. */
  readonly data: Uint8Array;
}
