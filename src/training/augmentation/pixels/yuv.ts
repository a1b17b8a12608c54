/** RGB to 8-bit 4:2:0 and back: BT.601, limited range, chroma in the middle of two by two pixels. */
import type { Picture } from './picture.js';

/** Y, U and V one after the other. @param picture - of even width and height */
export function yuv420Of({ width, height, data }: Picture): Buffer {
  const planes = Buffer.alloc((width * height * 3) / 2);
  const chroma = width * height;
  for (let y = 0, i = 0, out = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3, out++) planes[out] = (16.5 + 0.256788 * (data[i] ?? 0) + 0.504129 * (data[i + 1] ?? 0) + 0.097906 * (data[i + 2] ?? 0)) | 0;
  }
  for (let y = 0, out = chroma; y < height; y += 2) {
    for (let x = 0; x < width; x += 2, out++) {
      const i = (y * width + x) * 3;
      const j = i + width * 3;
      const red = (data[i] ?? 0) + (data[i + 3] ?? 0) + (data[j] ?? 0) + (data[j + 3] ?? 0);
      const green = (data[i + 1] ?? 0) + (data[i + 4] ?? 0) + (data[j + 1] ?? 0) + (data[j + 4] ?? 0);
      const blue = (data[i + 2] ?? 0) + (data[i + 5] ?? 0) + (data[j + 2] ?? 0) + (data[j + 5] ?? 0);
      planes[out] = (128.5 - 0.037056 * red - 0.072748 * green + 0.109804 * blue) | 0;
      planes[out + chroma / 4] = (128.5 + 0.109804 * red - 0.091947 * green - 0.017857 * blue) | 0;
    }
  }
  return planes;
}

/** The picture of planes as {@link yuv420Of} makes them; chroma between its samples is bilinear. */
export function rgbOf(planes: Uint8Array, width: number, height: number): Picture {
  const data = new Uint8ClampedArray(width * height * 3);
  const half = width / 2;
  const u = width * height;
  const v = u + u / 4;
  for (let y = 0, i = 0, pixel = 0; y < height; y++) {
    const near = (y >> 1) * half;
    const far = Math.min(height / 2 - 1, Math.max(0, (y >> 1) + (y & 1 ? 1 : -1))) * half;
    for (let x = 0; x < width; x++, i += 3, pixel++) {
      const column = x >> 1;
      const beside = Math.min(half - 1, Math.max(0, column + (x & 1 ? 1 : -1)));
      const blueness = (9 * (planes[u + near + column] ?? 0) + 3 * (planes[u + near + beside] ?? 0) + 3 * (planes[u + far + column] ?? 0) + (planes[u + far + beside] ?? 0)) / 16 - 128;
      const redness = (9 * (planes[v + near + column] ?? 0) + 3 * (planes[v + near + beside] ?? 0) + 3 * (planes[v + far + column] ?? 0) + (planes[v + far + beside] ?? 0)) / 16 - 128;
      const grey = 1.164384 * ((planes[pixel] ?? 0) - 16);
      data[i] = grey + 1.596027 * redness;
      data[i + 1] = grey - 0.391762 * blueness - 0.812968 * redness;
      data[i + 2] = grey + 2.017232 * blueness;
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}
