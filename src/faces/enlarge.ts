/** Enlarges a picture by whole numbers, without changing a colour. */

/**
 * Three planes of bytes as an RGBA picture in which each pixel is a square of `factor` × `factor`. Whoever scales the
 * result down again by `factor` gets the same colours back.
 *
 * @param planes - red, green and blue plane, 3 × size × size
 * @returns (size × factor)² × 4 bytes, opaque
 */
export function enlargeToRgba(planes: Uint8Array, size: number, factor: number): Uint8ClampedArray {
  const plane = size * size;
  const wide = size * factor;
  const bytes = new Uint8ClampedArray(wide * wide * 4);
  const rowBytes = wide * 4;
  for (let y = 0; y < size; y++) {
    let out = y * factor * rowBytes;
    const start = out;
    for (let index = y * size; index < (y + 1) * size; index++) {
      for (let copy = 0; copy < factor; copy++) {
        bytes[out++] = planes[index] ?? 0;
        bytes[out++] = planes[plane + index] ?? 0;
        bytes[out++] = planes[2 * plane + index] ?? 0;
        bytes[out++] = 255;
      }
    }
    for (let copy = 1; copy < factor; copy++) bytes.copyWithin(start + copy * rowBytes, start, start + rowBytes);
  }
  return bytes;
}
