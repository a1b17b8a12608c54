/** Planes of 8-bit 4:2:0 out of a libav frame: borrowed where it already is that, converted where it is not. */
import {
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  SWS_ACCURATE_RND,
  SWS_BICUBIC,
  SWS_BITEXACT,
} from 'node-av/constants';
import { Frame, SoftwareScaleContext } from 'node-av/lib';
import { FramewitnessError } from '../domain/errors.js';
import type { ColorRange } from '../domain/media.js';
import { libavMessage } from './libav.js';

const NEUTRAL_CHROMA = 128;

/** Y, U, V and their strides in bytes. */
export interface Planes {
  readonly planes: readonly [Uint8Array, Uint8Array, Uint8Array];
  readonly strides: readonly [number, number, number];
}

/**
 * Turns frames into planes. yuv420p is borrowed as it lies in the decoder; grey gets neutral chroma; all else (10 bit, 4:2:2,
 * 4:4:4, NV12, palettes, RGB) goes through libswscale with the stream's own matrix and range kept, RGB becoming BT.601
 * limited. Holds one scaler at a time. Close it.
 */
export class FramePlanes {
  #scaler: { readonly key: string; readonly context: SoftwareScaleContext; readonly target: Frame } | undefined;
  #neutral = new Uint8Array(0);

  /** @returns views of memory of `frame` or of this object: valid until either is used again */
  of(frame: Frame, range: ColorRange): Planes {
    const strides = frame.linesize;
    const upward = (strides[0] ?? 0) <= 0;
    if (!upward && (frame.format === AV_PIX_FMT_YUV420P || frame.format === AV_PIX_FMT_YUVJ420P)) return borrow(frame);
    if (!upward && frame.format === AV_PIX_FMT_GRAY8) return this.#withNeutralChroma(frame);
    return borrow(this.#convert(frame, range));
  }

  close(): void {
    this.#scaler?.context.freeContext();
    this.#scaler?.target.free();
    this.#scaler = undefined;
  }

  #withNeutralChroma(frame: Frame): Planes {
    const chromaWidth = (frame.width + 1) >> 1;
    const size = chromaWidth * ((frame.height + 1) >> 1);
    if (this.#neutral.length !== size) this.#neutral = new Uint8Array(size).fill(NEUTRAL_CHROMA);
    return { planes: [planeOf(frame, 0), this.#neutral, this.#neutral], strides: [strideOf(frame, 0), chromaWidth, chromaWidth] };
  }

  #convert(frame: Frame, range: ColorRange): Frame {
    const key = [frame.width, frame.height, frame.format, range].join(' ');
    if (this.#scaler?.key !== key) {
      this.close();
      this.#scaler = { key, ...makeScaler(frame, range) };
    }
    const { context, target } = this.#scaler;
    const code = context.scaleFrameSync(target, frame);
    if (code < 0) throw new FramewitnessError('FW_INTERNAL', `pixel format conversion failed: ${libavMessage(code)}`);
    return target;
  }
}

function makeScaler(frame: Frame, range: ColorRange): { context: SoftwareScaleContext; target: Frame } {
  const context = new SoftwareScaleContext();
  context.allocContext();
  const fullRange = range === 'full' ? 1 : 0;
  const settings: Readonly<Record<string, number>> = {
    srcw: frame.width,
    srch: frame.height,
    src_format: frame.format,
    dstw: frame.width,
    dsth: frame.height,
    dst_format: AV_PIX_FMT_YUV420P,
    src_range: fullRange,
    dst_range: fullRange,
    sws_flags: SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT,
  };
  for (const [name, value] of Object.entries(settings)) context.setOption(name, value);
  const target = new Frame();
  target.alloc();
  target.format = AV_PIX_FMT_YUV420P;
  target.width = frame.width;
  target.height = frame.height;
  const code = Math.min(context.initContext(), target.getBuffer());
  if (code >= 0) return { context, target };
  context.freeContext();
  target.free();
  throw new FramewitnessError('FW_INPUT_UNSUPPORTED_CODEC', `pixel format ${frame.format} cannot be converted: ${libavMessage(code)}`);
}

function borrow(frame: Frame): Planes {
  return {
    planes: [planeOf(frame, 0), planeOf(frame, 1), planeOf(frame, 2)],
    strides: [strideOf(frame, 0), strideOf(frame, 1), strideOf(frame, 2)],
  };
}

function planeOf(frame: Frame, index: number): Uint8Array {
  const plane = frame.data?.[index];
  if (plane === undefined) throw new FramewitnessError('FW_INTERNAL', `a decoded frame lacks plane ${index}`);
  return plane;
}

function strideOf(frame: Frame, index: number): number {
  return frame.linesize[index] ?? 0;
}
