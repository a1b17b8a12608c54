/** Pictures in memory. Coordinates are continuous: pixel (i, j) covers [i, i + 1) × [j, j + 1). */

/** RGB, 8 bit, height × width × channel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** width × height × 3 bytes. */
  readonly data: Uint8Array;
}

/** One number a pixel, height × width, mostly in [0, 1]. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A point, in pixels. */
export type Vector = readonly [x: number, y: number];

/** Index of a place outside, mirrored at the border without repeating the border itself (… 2 1 | 0 1 2 …). */
export function mirrored(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = ((index % period) + period) % period;
  return place < length ? place : period - place;
}

/** Rounds to the nearest whole number in 0..255. */
export function clampByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
}

/** `base + (top - base) × alpha`, pixel by pixel. @param alpha - in [0, 1], of the size of the pictures */
export function blend(base: Picture, top: Picture, alpha: Plane): Picture {
  const { width, height } = base;
  const data = new Uint8Array(base.data);
  for (let pixel = 0, i = 0; pixel < width * height; pixel++, i += 3) {
    const share = alpha.data[pixel] ?? 0;
    if (share <= 0) continue;
    for (let c = i; c < i + 3; c++) {
      const below = base.data[c] ?? 0;
      data[c] = (below + ((top.data[c] ?? 0) - below) * share + 0.5) | 0;
    }
  }
  return { width, height, data };
}

/** A plane that has one value everywhere. */
export function evenPlane(width: number, height: number, value: number): Plane {
  return { width, height, data: new Float32Array(width * height).fill(value) };
}

/** Brightness, 0..255 (BT.601). */
export function lumaOf({ width, height, data }: Picture): Plane {
  const luma = new Float32Array(width * height);
  for (let pixel = 0, i = 0; pixel < luma.length; pixel++, i += 3) luma[pixel] = 0.299 * (data[i] ?? 0) + 0.587 * (data[i + 1] ?? 0) + 0.114 * (data[i + 2] ?? 0);
  return { width, height, data: luma };
}

/** The picture with something added to all three channels. @param levels - grey levels, one a pixel */
export function brightened({ width, height, data }: Picture, levels: Float32Array): Picture {
  const out = new Uint8ClampedArray(data.length);
  for (let pixel = 0, i = 0; pixel < levels.length; pixel++) {
    const level = levels[pixel] ?? 0;
    for (const end = i + 3; i < end; i++) out[i] = (data[i] ?? 0) + level;
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}
