/** Colour and orientation of a stream or a frame, and what stands in where the stream is silent. */
import {
  AV_FRAME_DATA_DISPLAYMATRIX,
  AV_PIX_FMT_YUVJ411P,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ440P,
  AV_PIX_FMT_YUVJ444P,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_BT2020_CL,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_FCC,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE240M,
  AVCOL_SPC_UNSPECIFIED,
} from 'node-av/constants';
import { avGetPixFmtName } from 'node-av/lib';
import type { CodecParameters, Frame } from 'node-av/lib';
import type { ColorMatrix, ColorRange, Rotation, VideoInfo } from '../domain/media.js';

/** Stored height from which an unlabelled stream is taken for BT.709; below it, BT.601. The usual rule of players. */
export const HD_HEIGHT = 720;

const FULL_RANGE_FORMATS: ReadonlySet<number> = new Set([
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ411P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ440P,
  AV_PIX_FMT_YUVJ444P,
]);

/** The fields that both codec parameters and frames have. Numbers are libav's enumerations. */
export interface ColourLabels {
  readonly format: number;
  readonly height: number;
  readonly colorSpace: number;
  readonly colorRange: number;
}

/**
 * Matrix: the frame's label, else the stream's, else by stored height ({@link HD_HEIGHT}). SMPTE 240M counts as BT.709 and
 * FCC as BT.601 (they differ in the third decimal); matrices without an own entry count as unlabelled. RGB sources are
 * converted to BT.601 (see {@link FramePlanes}).
 */
export function colorMatrix(frame: ColourLabels, stream: ColourLabels): ColorMatrix {
  for (const { colorSpace } of [frame, stream]) {
    if (colorSpace === AVCOL_SPC_UNSPECIFIED) continue;
    const matrix = labelledMatrix(colorSpace);
    if (matrix !== undefined) return matrix;
  }
  return frame.height >= HD_HEIGHT ? 'bt709' : 'bt601';
}

function labelledMatrix(colorSpace: number): ColorMatrix | undefined {
  switch (colorSpace) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_SMPTE240M:
      return 'bt709';
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC:
    case AVCOL_SPC_RGB:
      return 'bt601';
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return 'bt2020';
    default:
      return undefined;
  }
}

/** Range: full where the frame, its pixel format or the stream says so, else limited. RGB sources become limited. */
export function colorRange(frame: ColourLabels, stream: ColourLabels): ColorRange {
  if (frame.colorSpace === AVCOL_SPC_RGB) return 'limited';
  if (FULL_RANGE_FORMATS.has(frame.format)) return 'full';
  if (frame.colorRange === AVCOL_RANGE_JPEG) return 'full';
  if (frame.colorRange !== 0) return 'limited';
  return stream.colorRange === AVCOL_RANGE_JPEG ? 'full' : 'limited';
}

/**
 * Clockwise rotation that brings a picture upright, from libav's display matrix: nine int32 in native byte order, of which
 * the upper left 2 × 2 is 16.16 fixed point. The angle is rounded to a quarter turn; mirroring is not undone.
 */
export function rotationOf(displayMatrix: Uint8Array | null): Rotation {
  if (displayMatrix === null || displayMatrix.length < 36) return 0;
  const view = new DataView(displayMatrix.buffer, displayMatrix.byteOffset, displayMatrix.length);
  const at = (index: number): number => view.getInt32(index * 4, true);
  const columnScale = Math.hypot(at(0), at(3));
  const rowScale = Math.hypot(at(1), at(4));
  if (columnScale === 0 || rowScale === 0) return 0;
  const quarterTurns = Math.round(Math.atan2(at(1) / rowScale, at(0) / columnScale) / (Math.PI / 2));
  return (((quarterTurns + 4) % 4) * 90) as Rotation;
}

/** Rotation of a frame: its own display matrix, else the stream's. */
export function frameRotation(frame: Frame, stream: Rotation): Rotation {
  const own = frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX);
  return own === null ? stream : rotationOf(own);
}

/** Rotation of a stream. */
export function streamRotation(parameters: CodecParameters): Rotation {
  return rotationOf(parameters.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX));
}

/** Upright width and height. */
export function uprightSize(width: number, height: number, rotation: Rotation): readonly [number, number] {
  return rotation === 90 || rotation === 270 ? [height, width] : [width, height];
}

/** What the container and the codec's headers say of the stream. */
export function describeVideo(parameters: CodecParameters, codec: string): VideoInfo {
  const rotation = streamRotation(parameters);
  const [width, height] = uprightSize(parameters.width, parameters.height, rotation);
  return {
    codec,
    pixelFormat: avGetPixFmtName(parameters.format as Parameters<typeof avGetPixFmtName>[0]) ?? 'unknown',
    width,
    height,
    rotation,
    matrix: colorMatrix(parameters, parameters),
    range: colorRange(parameters, parameters),
  };
}
